package spool

import (
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestDecide(t *testing.T) {
	var o Options
	o.withDefaults()
	failed := func(cause string) mailbridge.Outcome {
		return mailbridge.Outcome{Cause: cause, Retry: true, Status: mailbridge.S4_4_1NoAnswer, Sentence: "It failed."}
	}
	for _, c := range []struct {
		why                   string
		outcome               mailbridge.Outcome
		attempts, interrupted int
		age                   time.Duration
		pause                 time.Duration // -1: no further call
		status                mailbridge.Status
	}{
		{"delivered is final", mailbridge.Outcome{Delivered: true, Status: "2.0.0"}, 1, 0, 0, -1, "2.0.0"},
		{"delivered is final whatever else is said", mailbridge.Outcome{Delivered: true, Retry: true, Status: "2.0.0"}, 1, 0, 0, -1, "2.0.0"},
		{"no such number is final", mailbridge.Outcome{Status: "5.1.1"}, 1, 0, 0, -1, "5.1.1"},
		{"busy at first", failed("busy"), 1, 0, 0, time.Minute, "4.4.1"},
		{"busy for the third time", failed("busy"), 3, 0, 0, 3 * time.Minute, "4.4.1"},
		{"the last pause repeats", failed("busy"), 9, 0, 0, 15 * time.Minute, "4.4.1"},
		{"nobody answers", failed("no-answer"), 1, 0, 0, 5 * time.Minute, "4.4.1"},
		{"a cause without a schedule", failed("trunk-down"), 2, 0, 0, 2 * time.Minute, "4.4.1"},
		{"the last call", failed("busy"), 10, 0, 0, -1, "4.4.7"},
		{"interrupted calls do not count", failed("busy"), 12, 3, 0, 15 * time.Minute, "4.4.1"},
		{"an interrupted call is made again at once", failed(CauseInterrupted), 1, 1, 0, 0, "4.4.1"},
		{"a job that seems to kill the process waits", failed(CauseInterrupted), 5, 5, 0, 2 * time.Minute, "4.4.1"},
		{"and is given up some day", failed(CauseInterrupted), 100, 100, 0, -1, "4.4.7"},
		{"an old job is given up", failed("busy"), 3, 0, 24 * time.Hour, -1, "4.4.7"},
		{"a job that would be too old by then too", failed("busy"), 3, 0, 24*time.Hour - 2*time.Minute, -1, "4.4.7"},
		{"a job that is just young enough", failed("busy"), 3, 0, 24*time.Hour - 3*time.Minute, 3 * time.Minute, "4.4.1"},
	} {
		j := &jobRow{interrupted: c.interrupted}
		j.Attempts, j.Created = c.attempts, t0
		now := t0.Add(c.age)
		next, got := o.Retry.decide(j, c.outcome, now)
		pause := time.Duration(-1)
		if !next.IsZero() {
			pause = next.Sub(now)
		}
		if pause != c.pause || got.Status != c.status {
			t.Errorf("%s: pause %v, status %s; want %v, %s", c.why, pause, got.Status, c.pause, c.status)
		}
		if next.IsZero() && got.Retry && !got.Delivered {
			t.Errorf("%s: the final outcome says that it is tried again", c.why)
		}
		if got.Cause != c.outcome.Cause || !strings.HasPrefix(got.Sentence, strings.TrimSuffix(c.outcome.Sentence, ".")) {
			t.Errorf("%s: the cause is lost: %+v", c.why, got)
		}
	}
}

func TestAllConfirmed(t *testing.T) {
	bad := mailbridge.Outcome{Status: mailbridge.S4_4_2BadConnect, Retry: true, Cause: "broken"}
	for _, c := range []struct {
		confirmed, pages int
		delivered        bool
	}{{0, 0, false}, {0, 1, false}, {2, 3, false}, {3, 3, true}, {4, 3, true}} {
		if o := allConfirmed(bad, c.confirmed, c.pages); o.Delivered != c.delivered || o.Retry == c.delivered || o.Pages != c.confirmed {
			t.Errorf("%d of %d confirmed: %+v", c.confirmed, c.pages, o)
		}
	}
}

func TestOwnDelaysServeEveryCause(t *testing.T) {
	o := Options{Retry: Retry{Delays: map[string][]time.Duration{"": {time.Hour}}}}
	o.withDefaults()
	j := &jobRow{}
	j.Attempts, j.Created = 1, t0
	next, _ := o.Retry.decide(j, mailbridge.Outcome{Cause: "busy", Retry: true}, t0)
	if !next.Equal(t0.Add(time.Hour)) {
		t.Errorf("next call at %v, want an hour later", next)
	}
	j.interrupted = 1
	next, _ = o.Retry.decide(j, mailbridge.Outcome{Cause: CauseInterrupted, Retry: true}, t0)
	if !next.Equal(t0) {
		t.Errorf("an interrupted call is made again at %v, want at once", next)
	}
}

func TestMailRetry(t *testing.T) {
	m := MailRetry{Delays: minutes(1, 5), MaxAge: time.Hour}
	for _, c := range []struct {
		tries int
		age   time.Duration
		pause time.Duration
	}{{1, 0, time.Minute}, {2, 0, 5 * time.Minute}, {9, 0, 5 * time.Minute}, {9, 59 * time.Minute, -1}} {
		now := t0.Add(c.age)
		next := m.next(t0, c.tries, now)
		if c.pause < 0 && !next.IsZero() || c.pause >= 0 && !next.Equal(now.Add(c.pause)) {
			t.Errorf("try %d at age %v: next %v", c.tries, c.age, next)
		}
	}
}

func TestReportWanted(t *testing.T) {
	const s, f, never = mailbridge.NotifySuccess, mailbridge.NotifyFailure, mailbridge.NotifyNever
	for _, c := range []struct {
		path             string
		notify           mailbridge.Notify
		success, failure bool
	}{
		{"a@example.com", s | f, true, true},
		{"a@example.com", s, true, false},
		{"a@example.com", f, false, true},
		{"a@example.com", mailbridge.NotifyDelay, false, false},
		{"a@example.com", never, false, false},
		{"a@example.com", never | s | f, false, false},
		{"", s | f, false, false},
	} {
		if got := reportWanted(c.path, c.notify, true); got != c.success {
			t.Errorf("success to <%s> with NOTIFY %b: %t", c.path, c.notify, got)
		}
		if got := reportWanted(c.path, c.notify, false); got != c.failure {
			t.Errorf("failure to <%s> with NOTIFY %b: %t", c.path, c.notify, got)
		}
	}
}

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := newID(idJob)
		if len(id) != 6 || id[0] != 'J' || strings.Trim(id[1:], idLetters) != "" {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
	if len(seen) < 995 {
		t.Errorf("%d of 1000 ids differ", len(seen))
	}
	if len(idLetters) != 27 {
		t.Errorf("%d letters: newID counts on 27", len(idLetters))
	}
}

func TestInsertNewAvoidsTakenIDs(t *testing.T) {
	tries := 0
	id, err := insertNew(idJob, func(string) (int64, error) {
		if tries++; tries < 3 {
			return 0, nil // taken
		}
		return 1, nil
	})
	if err != nil || id == "" || tries != 3 {
		t.Errorf("%q, %v after %d tries", id, err, tries)
	}
	if _, err := insertNew(idJob, func(string) (int64, error) { return 0, nil }); err == nil {
		t.Error("no free id, and no error")
	}
}
