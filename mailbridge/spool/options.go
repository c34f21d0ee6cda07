package spool

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// Options says where the spool lives and how patient it is. Path or Database must
// be set.
type Options struct {
	// Path is a folder, which is made if it is missing and then holds
	// pagebridge.db, or the database file itself (a name ending in ".db").
	Path string
	// Database is the URL of a PostgreSQL database, postgres://user@host/name, that
	// is used instead of Path.
	Database string

	// Logger gets one line per thing that matters; default slog.Default().
	Logger *slog.Logger

	// MaxCalls is how many calls are made at a time; default 8.
	MaxCalls int
	// MaxRenders is how many submissions are rendered at a time; default 2.
	MaxRenders int
	// MaxDeliveries is how many mails are handed to the relay at a time;
	// default 4.
	MaxDeliveries int

	// CallTimeout ends an attempt whose call does not end by itself; default
	// 4 h. It must outlast the longest fax.
	CallTimeout time.Duration

	// Retry says when a call that may be repeated is repeated.
	Retry Retry
	// MailRetry says when mail that the relay refused for now is tried again.
	MailRetry MailRetry

	// DefaultNotify is what a sender who said nothing about NOTIFY (RFC 3461
	// 4.1) gets. Default all of them: who sends a fax wants to know that it
	// arrived, and that it is late.
	DefaultNotify mailbridge.Notify

	// DelayAfter is how long after its acceptance a fax that is still tried is
	// reported as delayed, once; default 30 min, negative: never.
	DelayAfter time.Duration

	// Postmaster is the mailbox that gets a received fax whose mail to another was
	// refused for good or for MailRetry.MaxAge; "": nobody does, and its pages stay
	// in the spool for Keep.
	Postmaster string

	// Keep is how long the message and the pages of a finished fax are kept;
	// default 30 days, negative: for ever. The history of it stays.
	Keep time.Duration
	// KeepOctets is how much of such messages and pages is kept: above it those that
	// finished first go before their time. 0: no limit.
	KeepOctets int64
	// KeepHistory is how long the history of a finished fax is kept, at least two
	// days: senders' limits are counted by it. 0: for ever.
	KeepHistory time.Duration

	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Retry is the schedule of the calls of one job.
type Retry struct {
	// Delays gives, for an Outcome.Cause, the pause after the first attempt,
	// the second and so on; the last one repeats. The entry "" serves every
	// cause that has none of its own, and when it is given, no other defaults
	// remain but that of CauseInterrupted.
	Delays map[string][]time.Duration
	// MaxAttempts is how many calls are made at most; default 10. A call that
	// this machine's own end broke off is not counted.
	MaxAttempts int
	// MaxAge is how long after its acceptance a job is still called; default
	// 24 h.
	MaxAge time.Duration
}

// CauseInterrupted is the cause of an attempt that ended with this process.
const CauseInterrupted = "interrupted"

// maxInterrupted bounds how often a job whose every call ends with the process
// is taken up again: it may be what kills the process. MaxAge comes first
// unless the pauses are short.
const maxInterrupted = 100

// MailRetry is the schedule of mail to the relay and of rendering.
type MailRetry struct {
	Delays []time.Duration // the last one repeats
	MaxAge time.Duration   // default 5 days, as mail servers do (RFC 5321 4.5.4.1)
}

func minutes(m ...int) []time.Duration {
	d := make([]time.Duration, len(m))
	for i := range m {
		d[i] = time.Duration(m[i]) * time.Minute
	}
	return d
}

// defaultDelays: a busy line is soon free, a fax machine that nobody answers
// is likely out of paper or switched off.
func defaultDelays() map[string][]time.Duration {
	return map[string][]time.Duration{
		"":               minutes(1, 2, 5, 10, 15, 30),
		"busy":           minutes(1, 2, 3, 5, 10, 15),
		"no-answer":      minutes(5, 10, 15, 30, 60),
		CauseInterrupted: append([]time.Duration{0, 0, 0}, minutes(1, 2, 5, 15)...),
	}
}

func (o *Options) withDefaults() {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	setDefault(&o.MaxCalls, 8)
	setDefault(&o.MaxRenders, 2)
	setDefault(&o.MaxDeliveries, 4)
	setDefault(&o.CallTimeout, 4*time.Hour)
	setDefault(&o.Retry.MaxAttempts, 10)
	setDefault(&o.Retry.MaxAge, 24*time.Hour)
	setDefault(&o.MailRetry.MaxAge, 5*24*time.Hour)
	setDefault(&o.DefaultNotify, mailbridge.NotifySuccess|mailbridge.NotifyFailure|mailbridge.NotifyDelay)
	setDefault(&o.DelayAfter, 30*time.Minute)
	setDefault(&o.Keep, 30*24*time.Hour)
	if len(o.MailRetry.Delays) == 0 {
		o.MailRetry.Delays = minutes(1, 5, 15, 30, 60)
	}
	o.Retry.Delays = withDefaultDelays(o.Retry.Delays)
}

// withDefaultDelays: whoever gives the entry "" means it for every cause.
func withDefaultDelays(given map[string][]time.Duration) map[string][]time.Duration {
	delays := defaultDelays()
	if _, ok := given[""]; ok {
		delays = map[string][]time.Duration{CauseInterrupted: delays[CauseInterrupted]}
	}
	for cause, d := range given {
		delays[cause] = d
	}
	return delays
}

func setDefault[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

func (o *Options) validate() error {
	if o.Path == "" && o.Database == "" {
		return errors.New("spool: no path is given")
	}
	for name, n := range map[string]int{
		"MaxCalls": o.MaxCalls, "MaxRenders": o.MaxRenders, "MaxDeliveries": o.MaxDeliveries,
		"Retry.MaxAttempts": o.Retry.MaxAttempts,
	} {
		if n < 1 || n > 10_000 {
			return fmt.Errorf("spool: %s is %d, not between 1 and 10000", name, n)
		}
	}
	if o.CallTimeout < 0 {
		return fmt.Errorf("spool: CallTimeout is %v: a call must end some day", o.CallTimeout)
	}
	if o.KeepHistory < 0 || o.KeepHistory > 0 && o.KeepHistory < leastHistory {
		return fmt.Errorf("spool: KeepHistory is %v, less than %v", o.KeepHistory, leastHistory)
	}
	return nil
}

// leastHistory is what Usage looks back on, and a day.
const leastHistory = 48 * time.Hour
