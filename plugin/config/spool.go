package config

import (
	"strings"
	"time"
)

func (k *checker) spool() {
	s := &k.c.Spool
	if s.Path == "" && (k.c.Mail != nil || len(k.c.FaxNumbers) > 0) {
		p := s.place
		if p.body == nil && k.c.Mail != nil {
			p = k.c.Mail.place
		} else if p.body == nil {
			p = k.c.FaxNumbers[0].place
		}
		k.wrong(p, "path", `Add spool { path = "/var/lib/pagebridge" }.`, "faxes and mail need a spool folder")
	}
	if s.Database != "" && !strings.HasPrefix(s.Database, "postgres://") && !strings.HasPrefix(s.Database, "postgresql://") {
		k.wrong(s.place, "database", `Write env("DATABASE_URL"), with postgres://user:password@host/name in it.`, "the database is not the URL of a PostgreSQL database")
	}
	s.Delays = k.durations(s.place, "retry_delays", s.RetryDelays)
	if len(s.Delays) == 0 {
		s.Delays = []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute}
	}
	if s.MaxAttempts == 0 {
		s.MaxAttempts = 6
	}
	if s.MaxAttempts < 1 {
		k.wrong(s.place, "max_attempts", "At least 1.", "max_attempts cannot be %d", s.MaxAttempts)
	}
	if s.Calls == 0 {
		s.Calls = 8
	}
	if s.Calls < 1 {
		k.wrong(s.place, "calls", "At least 1.", "calls cannot be %d", s.Calls)
	}
	k.retention(s)
}

// retention checks how long what is done is kept.
func (k *checker) retention(s *Spool) {
	s.KeepFor = k.duration(s.place, "keep", s.Keep, 30*24*time.Hour)
	if s.Keep != "" && s.KeepFor == 0 {
		s.KeepFor = time.Second // at once: 0 would be the default
	}
	s.HistoryFor = k.duration(s.place, "keep_history", s.KeepHistory, 0)
	if s.HistoryFor > 0 && s.HistoryFor < max(s.KeepFor, 48*time.Hour) {
		k.wrong(s.place, "keep_history", "At least 48h, by which the limits of senders are counted, and no less than keep.",
			"the history cannot be kept for %s", s.KeepHistory)
	}
	if s.KeepSize < 0 {
		k.wrong(s.place, "keep_size", "A number of MB; 0 is no limit.", "keep_size cannot be %d", s.KeepSize)
	}
}
