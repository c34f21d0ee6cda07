package spooltest

import (
	"time"

	"github.com/pagebridge/pagebridge/mailbridge/spool"
)

// usage counts what an account had accepted, and the pages of it.
func usage(o *office) {
	o.start()
	old, mine, other := letter("1"), letter("1", "2"), letter("3")
	old.Account, mine.Account, other.Account = "a/user:ann", "a/user:ann", "a/user:bob"
	old.Received = time.Now().Add(-2 * time.Hour)
	for _, m := range []string{o.acceptMail(old), o.acceptMail(mine), o.acceptMail(other), o.acceptMail(letter("4"))} {
		o.wantState("delivered", m, 0, spool.Delivered)
	}
	for _, q := range []struct {
		account string
		since   time.Duration
		jobs    int
	}{
		{"a/user:ann", time.Hour, 2}, {"a/user:ann", 3 * time.Hour, 3}, {"a/user:bob", time.Hour, 1},
		{"a/", time.Hour, 3}, {"a/user:an", time.Hour, 0}, {"b/", time.Hour, 0},
	} {
		jobs, pages, err := o.spool.Usage(o.ctx(), q.account, time.Now().Add(-q.since))
		if err != nil || jobs != q.jobs || (pages == 0) != (jobs == 0) {
			o.t.Errorf("%s in %v: %d jobs, %d pages, %v; want %d jobs", q.account, q.since, jobs, pages, err, q.jobs)
		}
	}
}
