package killtest

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/report"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
)

// unwritten is how long after the far machine kept the last page of a fax our
// side may not yet have written that down: it sends MCF, which takes 1.3 s at
// 300 bit/s with its preamble, and we commit.
const unwritten = 5 * time.Second

// sums is what the ledger comes to.
type sums struct {
	mails, unanswered, refused      int // handed in; no reply came; a 4xx or 5xx came
	jobs, delivered, failed         int // of accepted mails
	copiesTwice, reportsTwice       int
	attempts, interrupted           int
	faxes, whole, cut, none         int // that came in: as the sender saw them
	pages, mailed, incomplete, mail int
}

func (s *sums) add(o sums) {
	s.mails += o.mails
	s.unanswered += o.unanswered
	s.refused += o.refused
	s.jobs += o.jobs
	s.delivered += o.delivered
	s.failed += o.failed
	s.copiesTwice += o.copiesTwice
	s.reportsTwice += o.reportsTwice
	s.attempts += o.attempts
	s.interrupted += o.interrupted
	s.faxes += o.faxes
	s.whole += o.whole
	s.cut += o.cut
	s.none += o.none
	s.pages += o.pages
	s.mailed += o.mailed
	s.incomplete += o.incomplete
	s.mail += o.mail
}

func (s sums) String() string {
	return fmt.Sprintf(`
mail to fax: %d mails handed in, %d of them without an answer, %d refused
             %d jobs of accepted mails: %d confirmed and %d failed, each reported
             %d calls, of which %d were cut by a kill
             %d faxes came twice, killed between MCF and its record; %d reports came twice with one Message-ID
fax to mail: %d faxes sent: %d whole, %d cut after a page, %d without any
             %d pages confirmed, %d mailed in %d mails, of which %d say INCOMPLETE`,
		s.mails, s.unanswered, s.refused, s.jobs, s.delivered, s.failed, s.attempts, s.interrupted,
		s.copiesTwice, s.reportsTwice, s.faxes, s.whole, s.cut, s.none, s.pages, s.mailed, s.mail, s.incomplete)
}

// check compares what was promised with what came of it, after the last process
// has ended.
func (o *office) check() (sum sums) {
	o.t.Helper()
	s, err := spool.Open(o.t.Context(), spool.Options{Path: o.spool, Database: o.database, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		o.t.Fatal(err)
	}
	defer s.Close()
	jobs, err := s.History(o.t.Context(), spool.Filter{Direction: spool.Out, Limit: 10_000})
	if err != nil {
		o.t.Fatal(err)
	}
	bySender := map[string][]*spool.JobRecord{}
	for _, f := range jobs {
		j, err := s.Job(o.t.Context(), f.ID)
		if err != nil {
			o.t.Fatal(err)
		}
		bySender[f.Peer] = append(bySender[f.Peer], j)
	}
	reports, faxes := o.readMailbox(&sum)
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, m := range o.mails {
		o.checkMail(&sum, id, m, bySender[m.sender], reports[m.sender])
	}
	for id, f := range o.faxes {
		o.checkFax(&sum, id, f, faxes[id])
	}
	return sum
}

// checkMail: accepted is one confirmed fax or one failure report for each
// recipient; what had no answer is all of that or nothing.
func (o *office) checkMail(sum *sums, id int, m *mailOut, jobs []*spool.JobRecord, reports map[string]*told) {
	sum.mails++
	switch {
	case m.refused:
		sum.refused++
	case !m.accepted:
		sum.unanswered++
	}
	if len(jobs) != m.jobs && (m.accepted || len(jobs) != 0) {
		o.t.Errorf("mail %d (accepted %t) has %d jobs, want %d", id, m.accepted, len(jobs), m.jobs)
	}
	delivered := 0
	for _, j := range jobs {
		if j.State == spool.Delivered {
			delivered++
		}
		o.checkJob(sum, id, m, j)
	}
	if len(m.copies) < delivered {
		o.t.Errorf("mail %d: %d faxes are said to be delivered, %d came", id, delivered, len(m.copies))
	}
	unrecorded := 0
	for _, at := range m.copies {
		if o.killedAfter(at, unwritten) {
			unrecorded++
		}
	}
	if twice := len(m.copies) - delivered; twice > 0 {
		sum.copiesTwice += twice
		if !slices.ContainsFunc(jobs, func(j *spool.JobRecord) bool { return j.Outcome.Unsure }) {
			o.t.Errorf("mail %d came %d times and no report of it says so: %s", id, len(m.copies), jobs[0].Outcome.Sentence)
		}
		if twice > unrecorded {
			o.t.Errorf("mail %d came %d times to %d recipients, at %v, which no kill explains", id, len(m.copies), delivered, m.copies)
		}
	}
	if len(reports) != len(jobs) {
		o.t.Errorf("mail %d has %d jobs and %d reports", id, len(jobs), len(reports))
	}
	for _, r := range reports {
		sum.reportsTwice += r.times - 1
		if r.delivered {
			delivered--
		}
	}
	if delivered != 0 {
		o.t.Errorf("mail %d: reports and jobs differ by %d faxes delivered", id, delivered)
	}
}

func (o *office) checkJob(sum *sums, id int, m *mailOut, j *spool.JobRecord) {
	sum.jobs++
	want := spool.Delivered
	if m.fails {
		want = spool.Failed
	}
	if j.State != want {
		o.t.Errorf("mail %d: job %s is %s, want %s: %s", id, j.ID, j.State, want, j.Outcome.Sentence)
	}
	if j.State == spool.Delivered {
		sum.delivered++
	} else {
		sum.failed++
	}
	delivered := 0
	for _, a := range j.History {
		sum.attempts++
		if a.Outcome.Cause == spool.CauseInterrupted {
			sum.interrupted++
		}
		if a.Outcome.Delivered {
			delivered++
		}
	}
	if want == spool.Delivered && delivered != 1 {
		o.t.Errorf("mail %d: job %s was confirmed in %d calls", id, j.ID, delivered)
	}
}

// checkFax: a page that was confirmed to its sender is in the mailbox.
func (o *office) checkFax(sum *sums, id int, f *faxIn, mailed map[int]string) {
	sum.faxes++
	switch {
	case f.delivered:
		sum.whole++
	case f.confirmed > 0:
		sum.cut++
	default:
		sum.none++
	}
	sum.pages += f.confirmed
	sum.mailed += len(mailed)
	for n := range f.confirmed {
		if mailed[n] == "" {
			o.t.Errorf("page %d of fax %d was confirmed and not mailed", n, id)
		}
	}
}

// told is one report, which may have come several times.
type told struct {
	delivered bool
	times     int
}

// readMailbox sorts what came by mail: reports by who got them and Message-ID,
// pages by fax and number, each with the Message-ID of its mail.
func (o *office) readMailbox(sum *sums) (reports map[string]map[string]*told, faxes map[int]map[int]string) {
	reports, faxes = map[string]map[string]*told{}, map[int]map[int]string{}
	for _, m := range o.mailbox.Mails() {
		parsed, err := mail.ReadMessage(bytes.NewReader(m.Message))
		if err != nil {
			o.t.Errorf("a mail to %s cannot be read: %v", m.To, err)
			continue
		}
		messageID := parsed.Header.Get("Message-ID")
		if m.To == officeBox {
			sum.mail++
			if strings.Contains(parsed.Header.Get("Subject"), "INCOMPLETE") {
				sum.incomplete++
			}
			o.readFax(m.Message, messageID, strings.Contains(parsed.Header.Get("X-Fax-Incomplete"), "broke in page"), faxes)
			continue
		}
		dsn, err := report.Parse(m.Message)
		if err != nil || len(dsn.Recipients) != 1 {
			o.t.Errorf("a mail to %s is no report: %v", m.To, err)
			continue
		}
		if reports[m.To] == nil {
			reports[m.To] = map[string]*told{}
		}
		delivered := dsn.Recipients[0].Action == report.Delivered
		r := reports[m.To][messageID]
		if r == nil {
			r = &told{delivered: delivered}
			reports[m.To][messageID] = r
		}
		r.times++
		if r.delivered != delivered {
			o.t.Errorf("%s was told two things by %s", m.To, messageID)
		}
	}
	return reports, faxes
}

// readFax: a page that comes twice comes under the same Message-ID. Of one that was
// cut off too little may have come to know it by.
func (o *office) readFax(message []byte, messageID string, cut bool, faxes map[int]map[int]string) {
	parts, err := offramp.Parts(message, offramp.PartLimits{})
	if err != nil {
		o.t.Errorf("the mail of a fax cannot be read: %v", err)
		return
	}
	for _, part := range parts {
		if part.ContentType != "image/tiff" {
			continue
		}
		pages, err := tiff.Decode(bytes.NewReader(part.Body), tiff.Limits{})
		if err != nil {
			o.t.Errorf("the pages of a fax cannot be read: %v", err)
		}
		for i, p := range pages {
			id, n, ok := readCode(p)
			if !ok && cut && i == len(pages)-1 {
				continue
			}
			if !ok {
				o.t.Errorf("%s has a page that nobody sent", messageID)
				continue
			}
			if faxes[id] == nil {
				faxes[id] = map[int]string{}
			}
			if was := faxes[id][n]; was != "" && was != messageID {
				o.t.Errorf("page %d of fax %d came as %s and as %s", n, id, was, messageID)
			}
			faxes[id][n] = messageID
		}
	}
}
