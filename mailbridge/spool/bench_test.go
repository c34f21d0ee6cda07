package spool_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// onEach runs a benchmark on a spool of each database. PostgreSQL's is started
// with fsync off for the tests: its numbers are of what we ask of it.
func onEach(b *testing.B, run func(b *testing.B, s *spool.Spool)) {
	for name, options := range map[string]func(*testing.B) spool.Options{
		"SQLite":     func(b *testing.B) spool.Options { return spool.Options{Path: b.TempDir()} },
		"PostgreSQL": func(b *testing.B) spool.Options { return spool.Options{Database: database(b)} },
	} {
		b.Run(name, func(b *testing.B) {
			o := options(b)
			o.Logger = slog.New(slog.DiscardHandler)
			s, err := spool.Open(context.Background(), o)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			run(b, s)
		})
	}
}

// BenchmarkAccept is what SMTP can answer 250 to: mails of 50 kB, one recipient
// each, on disk.
func BenchmarkAccept(b *testing.B) {
	sub := mailbridge.Submission{
		ReturnPath: "anna@example.com",
		Recipients: []mailbridge.Recipient{{Address: "FAX=1@example.com", Destination: mailbridge.Destination{Number: "1"}}},
		Message:    make([]byte, 50_000),
	}
	rand.Read(sub.Message)
	for name, clients := range map[string]int{"clients=1": 1, "clients=32": 32} {
		b.Run(name, func(b *testing.B) {
			onEach(b, func(b *testing.B, s *spool.Spool) {
				work := make(chan bool)
				done := make(chan bool)
				b.ResetTimer()
				for range clients {
					go func() {
						for range work {
							if _, err := s.Accept(context.Background(), sub); err != nil {
								b.Error(err)
							}
						}
						done <- true
					}()
				}
				for range b.N {
					work <- true
				}
				close(work)
				for range clients {
					<-done
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
			})
		})
	}
}

// page is an ordinary one.
func page() *t4.Page {
	p := &t4.Page{Width: 1728, Rows: 2200, Data: make([]byte, 50_000)}
	rand.Read(p.Data)
	return p
}

// BenchmarkCommit is what stands between the last row of a page and its MCF.
func BenchmarkCommit(b *testing.B) {
	onEach(b, func(b *testing.B, s *spool.Spool) {
		r, err := s.Receive(context.Background(), mailbridge.Received{})
		if err != nil {
			b.Fatal(err)
		}
		p := page()
		for b.Loop() {
			if err := r.Commit(context.Background(), p); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	})
}

// BenchmarkLastPageToMail is the time from the last page of a fax until its mail
// is in the hands of the relay's function: commit, finish, queue, fetch.
func BenchmarkLastPageToMail(b *testing.B) {
	onEach(b, func(b *testing.B, s *spool.Spool) {
		mailed := make(chan bool, 1)
		err := s.Start(context.Background(), mailbridge.Work{
			Deliver: func(context.Context, *mailbridge.Received, []*t4.Page, string) error {
				mailed <- true
				return nil
			},
		})
		if err != nil {
			b.Fatal(err)
		}
		p := page()
		var took time.Duration
		for b.Loop() {
			r, err := s.Receive(context.Background(), mailbridge.Received{Mailboxes: []string{"a@example.com"}})
			if err != nil {
				b.Fatal(err)
			}
			begun := time.Now()
			if err := r.Commit(context.Background(), p); err != nil {
				b.Fatal(err)
			}
			if err := r.Finish(context.Background(), mailbridge.Received{Complete: true}); err != nil {
				b.Fatal(err)
			}
			<-mailed
			took += time.Since(begun)
		}
		b.ReportMetric(float64(took.Microseconds())/1000/float64(b.N), "ms/fax")
	})
}
