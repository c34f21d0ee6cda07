package spool_test

import (
	"context"
	"crypto/rand"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// BenchmarkAccept is what SMTP can answer 250 to: one mail of 50 kB, one
// recipient, on disk.
func BenchmarkAccept(b *testing.B) {
	sub := mailbridge.Submission{
		ReturnPath: "anna@example.com",
		Recipients: []mailbridge.Recipient{{Address: "FAX=1@example.com", Destination: mailbridge.Destination{Number: "1"}}},
		Message:    make([]byte, 50_000),
	}
	rand.Read(sub.Message)
	run := func(name string, parallel int) {
		b.Run(name, func(b *testing.B) {
			s, err := open(b, b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			b.SetParallelism(parallel)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := s.Accept(context.Background(), sub); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
		})
	}
	run("clients=few", 1)
	run("clients=many", 16)
}

// BenchmarkCommit is what stands between the last row of a page and its MCF.
func BenchmarkCommit(b *testing.B) {
	page := &t4.Page{Width: 1728, Rows: 2200, Data: make([]byte, 50_000)}
	rand.Read(page.Data)
	s, err := open(b, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r, err := s.Receive(context.Background(), mailbridge.Received{})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		if err := r.Commit(context.Background(), page); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}
