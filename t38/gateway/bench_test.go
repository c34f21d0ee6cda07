package gateway

import (
	"slices"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// recording is what a gateway of libspandsp got in the call of a fax.
type recording struct {
	c     crossing
	doc   []*t4.Page
	heard []datagramAt
}

type datagramAt struct {
	at     time.Duration
	to     Side
	octets []byte
}

// record makes a call, and gives the processor time that the gateway took as well.
func (p programs) record(t testing.TB, c crossing) (*recording, time.Duration) {
	r := &recording{c: c, doc: []*t4.Page{patterned(1, 1000)}}
	cpu, err := p.theirsWatched(t, c, r.doc, func(at time.Duration, to Side, b []byte) {
		r.heard = append(r.heard, datagramAt{at, to, slices.Clone(b)})
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, cpu
}

// length is that of the call.
func (r *recording) length() time.Duration { return r.heard[len(r.heard)-1].at }

// replay gives what was recorded to a gateway of ours, as fast as it takes it.
func (r *recording) replay(t testing.TB) Fax {
	rtp, _ := listen(t)
	fax, _ := listen(t)
	// Without a peer's address nothing is sent.
	s := NewSession(LineEnd{Conn: rtp}, T38End{Conn: fax, T38: t38.Options{ErrorCorrection: udptl.Redundancy}}, Options{}, nil)
	s.open()
	begun := s.now
	advance := func(to time.Time) {
		s.now = to
		s.leg.Advance(to)
		s.gateway.Advance(to)
		s.port.Advance(to)
	}
	for _, d := range r.heard {
		at := begun.Add(d.at)
		for due := s.deadline(); due.Before(at); due = s.deadline() {
			advance(due)
		}
		s.now = at
		if d.to == OnLine {
			s.port.RTP(at, d.octets)
		} else if err := s.leg.Datagram(at, d.octets); err != nil {
			t.Fatal(err)
		}
		advance(at)
	}
	return s.gateway.Fax()
}

var measured = []struct {
	name string
	c    crossing
}{
	{"V.17 to the line", crossing{modems: v17, codings: mmr}},
	{"V.17 from the line", crossing{fromLine: true, modems: v17, codings: mmr}},
	{"V.29 to the line", crossing{modems: v29, codings: mmr}},
	{"V.29 from the line", crossing{fromLine: true, modems: v29, codings: mmr}},
	{"V.27ter from the line", crossing{fromLine: true, modems: v27ter, codings: mmr}},
}

// TestReplay makes sure that what BenchmarkGateway measures is a fax: a gateway of ours
// that is given what theirs was given carries the page as well.
func TestReplay(t *testing.T) {
	p := build(t)
	for _, m := range measured {
		r, _ := p.record(t, m.c)
		if fax := r.replay(t); fax.Pages != len(r.doc) || fax.Trained == 0 || !fax.Left || !fax.ECM {
			t.Errorf("%s: %+v", m.name, fax)
		}
	}
}

// BenchmarkGateway is the processor time that a gateway takes for each second of a
// call: ours beside that of libspandsp, which is C.
func BenchmarkGateway(b *testing.B) {
	p := build(b)
	for _, m := range measured {
		b.Run(m.name, func(b *testing.B) {
			r, theirs := p.record(b, m.c)
			for b.Loop() {
				r.replay(b)
			}
			seconds := r.length().Seconds()
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N)/seconds, "ms/call-s")
			b.ReportMetric(theirs.Seconds()*1000/seconds, "spandsp-ms/call-s")
		})
	}
}
