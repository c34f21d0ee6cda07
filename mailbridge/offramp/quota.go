package offramp

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// SenderLimits are how many faxes and pages somebody may send. 0 is no limit.
type SenderLimits struct {
	JobsPerHour, JobsPerDay   int
	PagesPerHour, PagesPerDay int
}

// accounts lets the mails of one account be counted and stored one after the
// other, so that two at once cannot both be the last one.
type accounts struct {
	seed  maphash.Seed
	locks [64]sync.Mutex
}

func (a *accounts) lock(account string) (unlock func()) {
	m := &a.locks[maphash.String(a.seed, account)%uint64(len(a.locks))]
	m.Lock()
	return m.Unlock
}

// within tells whether an account may have more faxes now. Pages are counted as
// soon as they are made: what the mail in hand will have, nobody knows yet.
func (s *Server) within(ctx context.Context, g grant, jobs int) error {
	if g.Limits == (SenderLimits{}) || s.o.Usage == nil {
		return nil
	}
	for _, span := range []struct {
		name        string
		length      time.Duration
		jobs, pages int
	}{
		{"hour", time.Hour, g.Limits.JobsPerHour, g.Limits.PagesPerHour},
		{"day", 24 * time.Hour, g.Limits.JobsPerDay, g.Limits.PagesPerDay},
	} {
		if span.jobs == 0 && span.pages == 0 {
			continue
		}
		sent, pages, err := s.o.Usage(ctx, g.account, s.o.Now().Add(-span.length))
		if err != nil {
			s.log.Error("the faxes of a sender cannot be counted", "account", g.account, "err", err)
			return reply(451, mailbridge.S4_3_0System, "Your faxes cannot be counted now, try again later")
		}
		switch {
		case span.jobs > 0 && jobs > span.jobs:
			return reply(550, mailbridge.S5_7_1Refused, "You may send %s in %s: send to fewer recipients", count(span.jobs, "fax", "faxes"), a(span.name))
		case span.jobs > 0 && sent+jobs > span.jobs:
			return reply(452, "4.7.1", "You have sent %s in the last %s, of %d that you may: try again later", count(sent, "fax", "faxes"), span.name, span.jobs)
		case span.pages > 0 && pages >= span.pages:
			return reply(452, "4.7.1", "You have sent %s in the last %s, of %d that you may: try again later", count(pages, "page", "pages"), span.name, span.pages)
		}
	}
	return nil
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func a(span string) string {
	if span == "hour" {
		return "an hour"
	}
	return "a " + span
}
