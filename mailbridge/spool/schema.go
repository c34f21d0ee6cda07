package spool

import (
	"context"
	"fmt"
)

// migrations make our tables, beside River's own. A release adds an entry and
// never changes one. The statements are read by SQLite and PostgreSQL alike:
// bytea means nothing to SQLite, which stores what it is given.
var migrations = [][]string{{
	// One mail. rendering is 1 while its pages are made; rendered is 1 when
	// they are there. record is the mailbridge.Submission without its message.
	`CREATE TABLE fax_submission (
		id text PRIMARY KEY,
		created bigint NOT NULL,
		rendering bigint NOT NULL DEFAULT 0,
		rendered bigint NOT NULL DEFAULT 0,
		renders bigint NOT NULL DEFAULT 0,
		interrupted bigint NOT NULL DEFAULT 0,
		next bigint NOT NULL DEFAULT 0,
		record text NOT NULL
	)`,
	`CREATE TABLE fax_message (submission text PRIMARY KEY, body bytea NOT NULL)`,
	// The pages of a submission or of a received fax, which is their owner.
	`CREATE TABLE fax_page (
		owner text NOT NULL,
		n bigint NOT NULL,
		coding bigint NOT NULL,
		width bigint NOT NULL,
		height bigint NOT NULL,
		resolution bigint NOT NULL,
		bad_rows bigint NOT NULL,
		bad_run bigint NOT NULL,
		data bytea NOT NULL,
		PRIMARY KEY (owner, n)
	)`,
	// One document to one number. ended is 0 until it is delivered or failed.
	// attempts counts all calls, interrupted those that ended with a process.
	`CREATE TABLE fax_job (
		id text PRIMARY KEY,
		submission text NOT NULL,
		position bigint NOT NULL,
		created bigint NOT NULL,
		ended bigint NOT NULL DEFAULT 0,
		state text NOT NULL,
		number text NOT NULL,
		peer text NOT NULL,
		remote_id text NOT NULL DEFAULT '',
		pages bigint NOT NULL DEFAULT 0,
		confirmed bigint NOT NULL DEFAULT 0,
		attempts bigint NOT NULL DEFAULT 0,
		interrupted bigint NOT NULL DEFAULT 0,
		next bigint NOT NULL DEFAULT 0,
		recipient text NOT NULL,
		outcome text NOT NULL DEFAULT '{}'
	)`,
	`CREATE INDEX fax_job_submission ON fax_job (submission)`,
	`CREATE INDEX fax_job_created ON fax_job (created)`,
	`CREATE INDEX fax_job_state ON fax_job (state)`,
	// One call of a job. ended is 0 while it is under way on node.
	`CREATE TABLE fax_attempt (
		job text NOT NULL,
		n bigint NOT NULL,
		node text NOT NULL,
		started bigint NOT NULL,
		ended bigint NOT NULL DEFAULT 0,
		confirmed bigint NOT NULL DEFAULT 0,
		outcome text NOT NULL DEFAULT '{}',
		PRIMARY KEY (job, n)
	)`,
	`CREATE INDEX fax_attempt_open ON fax_attempt (node) WHERE ended = 0`,
	// One fax that came in. record is the mailbridge.Received without the
	// ladder, which is long and seldom read.
	`CREATE TABLE fax_received (
		id text PRIMARY KEY,
		node text NOT NULL,
		created bigint NOT NULL,
		ended bigint NOT NULL DEFAULT 0,
		state text NOT NULL,
		number text NOT NULL,
		peer text NOT NULL,
		remote_id text NOT NULL DEFAULT '',
		pages bigint NOT NULL DEFAULT 0,
		record text NOT NULL,
		ladder text NOT NULL DEFAULT ''
	)`,
	`CREATE INDEX fax_received_created ON fax_received (created)`,
	`CREATE INDEX fax_received_state ON fax_received (state)`,
	`CREATE TABLE fax_delivery (
		received text NOT NULL,
		n bigint NOT NULL,
		mailbox text NOT NULL,
		state text NOT NULL,
		created bigint NOT NULL,
		ended bigint NOT NULL DEFAULT 0,
		next bigint NOT NULL DEFAULT 0,
		tries bigint NOT NULL DEFAULT 0,
		error text NOT NULL DEFAULT '',
		PRIMARY KEY (received, n)
	)`,
	// What a sender is told of one job: there is at most one report of each.
	`CREATE TABLE fax_report (
		job text PRIMARY KEY,
		state text NOT NULL,
		created bigint NOT NULL,
		ended bigint NOT NULL DEFAULT 0,
		next bigint NOT NULL DEFAULT 0,
		tries bigint NOT NULL DEFAULT 0,
		error text NOT NULL DEFAULT ''
	)`,
	`CREATE TABLE fax_event (fax text NOT NULL, at bigint NOT NULL, what text NOT NULL)`,
	`CREATE INDEX fax_event_fax ON fax_event (fax, at)`,
}, {
	// held: it is not called. cancelled: nor is it after the call under way. aged:
	// when its time began anew, 0 for created.
	`ALTER TABLE fax_job ADD COLUMN held bigint NOT NULL DEFAULT 0`,
	`ALTER TABLE fax_job ADD COLUMN cancelled bigint NOT NULL DEFAULT 0`,
	`ALTER TABLE fax_job ADD COLUMN aged bigint NOT NULL DEFAULT 0`,
}, {
	// The one under whose account the faxes of a mail are counted; '': nobody.
	`ALTER TABLE fax_submission ADD COLUMN account text NOT NULL DEFAULT ''`,
}, {
	// That a fax is delayed is reported once. next is when it is late; the row goes
	// when the fax ends before.
	`CREATE TABLE fax_delay (
		job text PRIMARY KEY,
		state text NOT NULL,
		created bigint NOT NULL,
		ended bigint NOT NULL DEFAULT 0,
		next bigint NOT NULL DEFAULT 0,
		tries bigint NOT NULL DEFAULT 0,
		error text NOT NULL DEFAULT ''
	)`,
	// returned is set in a delivery to the postmaster: the mailbox that mail did not
	// reach; why says what its server said.
	`ALTER TABLE fax_delivery ADD COLUMN returned text NOT NULL DEFAULT ''`,
	`ALTER TABLE fax_delivery ADD COLUMN why text NOT NULL DEFAULT ''`,
}, {
	// held: it goes to its mailboxes when it is released.
	`ALTER TABLE fax_received ADD COLUMN held bigint NOT NULL DEFAULT 0`,
	// What an administrator wants of a fax, from another process than the one that
	// works. answer is '' until that has carried it out.
	`CREATE TABLE fax_order (
		id text PRIMARY KEY,
		created bigint NOT NULL,
		fax text NOT NULL,
		what text NOT NULL,
		who text NOT NULL,
		answer text NOT NULL DEFAULT ''
	)`,
	`CREATE INDEX fax_order_open ON fax_order (created) WHERE answer = ''`,
	// A process that works on this database, until its faxes are in other hands.
	`CREATE TABLE fax_node (
		node text PRIMARY KEY,
		client text NOT NULL,
		host text NOT NULL,
		started bigint NOT NULL
	)`,
}, {
	// reply_key stands in the mail's return path; '' in mail that is not replied to.
	`ALTER TABLE fax_delivery ADD COLUMN reply_key text NOT NULL DEFAULT ''`,
	`CREATE UNIQUE INDEX fax_delivery_reply_key ON fax_delivery (reply_key) WHERE reply_key <> ''`,
	// What mail servers and readers said of a delivery.
	`CREATE TABLE fax_reply (
		received text NOT NULL,
		n bigint NOT NULL,
		recipient text NOT NULL,
		kind text NOT NULL,
		at bigint NOT NULL,
		status text NOT NULL,
		said text NOT NULL,
		PRIMARY KEY (received, n, recipient, kind)
	)`,
	// What a mailbox, in lower case, has said that it takes.
	`CREATE TABLE fax_features (mailbox text PRIMARY KEY, features text NOT NULL, at bigint NOT NULL)`,
	// The disposition notification of a fax: there is at most one of each.
	`CREATE TABLE fax_receipt (
		job text PRIMARY KEY,
		state text NOT NULL,
		created bigint NOT NULL,
		ended bigint NOT NULL DEFAULT 0,
		next bigint NOT NULL DEFAULT 0,
		tries bigint NOT NULL DEFAULT 0,
		error text NOT NULL DEFAULT ''
	)`,
}}

// migrate brings our tables to the newest form.
func migrate(ctx context.Context, db database) error {
	return db.update(ctx, func(tx tx) error {
		const table = `CREATE TABLE IF NOT EXISTS fax_schema (version bigint PRIMARY KEY)`
		if _, err := tx.exec(ctx, table); err != nil {
			return err
		}
		version, err := one(ctx, tx, column[int], `SELECT coalesce(max(version), 0) FROM fax_schema`)
		if err != nil {
			return err
		}
		if version > len(migrations) {
			return fmt.Errorf("it was written by a newer release (tables of version %d; this one knows %d)",
				version, len(migrations))
		}
		for ; version < len(migrations); version++ {
			for _, statement := range migrations[version] {
				if _, err := tx.exec(ctx, statement); err != nil {
					return fmt.Errorf("making tables of version %d: %w", version+1, err)
				}
			}
			if _, err := tx.exec(ctx, `INSERT INTO fax_schema VALUES ($1)`, version+1); err != nil {
				return err
			}
		}
		return nil
	})
}
