package audio

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// BenchmarkCall is a whole call of one page, packets and engine with it. It
// reports the CPU time that one end takes for a second of audio, the other end as
// much; and so how many ends one core carries.
func BenchmarkCall(b *testing.B) {
	doc := []*t4.Page{testPage(1, 1100)}
	for _, c := range []struct {
		name string
		set  t30.ModemSet // of the called machine
		rate int
		ecm  bool
	}{
		{"V.17-14400-ECM", 0, 14400, true}, {"V.17-14400", 0, 14400, false},
		{"V.29-9600-ECM", t30.ModemV29 | t30.ModemV27ter, 9600, true},
		{"V.27ter-4800-ECM", t30.ModemV27ter, 4800, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var audio time.Duration
			began := cpuTime()
			for range b.N {
				w := newWorld(Options{T30: t30.Config{MaxRate: c.rate, DisableECM: !c.ecm}},
					Options{T30: t30.Config{Modems: c.set, DisableECM: !c.ecm}}, simnet.Conditions{}, doc)
				w.run(b)
				if o := w.ends[0].s.driver.Engine.Outcome(); !o.Success {
					b.Fatal(o.Sentence())
				}
				audio += w.now.Sub(w.began)
			}
			perSecond := float64((cpuTime() - began).Microseconds()) / 1000 / (2 * audio.Seconds())
			b.ReportMetric(perSecond, "ms/s")
			b.ReportMetric(1000/perSecond, "ends/core")
			b.ReportMetric(audio.Seconds()/float64(b.N), "s/call")
		})
	}
}

// BenchmarkBlock is 20 ms of one end in steady state: a packet from the peer, a
// packet to it, while a page comes in.
func BenchmarkBlock(b *testing.B) {
	for _, c := range []struct {
		name string
		m    t30.Modulation
	}{{"V.17-14400", t30.V17_14400}, {"V.29-9600", t30.V29_9600}, {"V.27ter-4800", t30.V27ter4800}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			to := &blocks{}
			s := newSession(Options{T30: t30.Config{Receives: true}}, time.Unix(0, 0), to)
			s.line.Send(t30.TransmitNothing{})
			s.line.Listen(c.m, t30.ContentECM, false)
			s.line.o.Hear = func(t30.Event) {}
			peer := NewLine(LineOptions{Hear: func(t30.Event) {}})
			peer.Carrier(c.m, false)
			from := &blocks{}
			out := newSender(from, Leg{})
			samples := make([]int16, sampleRate/50)
			now := time.Unix(0, 0)
			block := func() {
				b.StopTimer()
				peer.Transmit(samples)
				if err := out.send(samples); err != nil {
					b.Fatal(err)
				}
				now = now.Add(20 * time.Millisecond)
				b.StartTimer()
				s.Datagram(now, from.last)
				if err := s.Advance(now); err != nil {
					b.Fatal(err)
				}
			}
			for range 200 {
				block()
			}
			if !s.line.hearing.fast.trained {
				b.Fatal("no carrier")
			}
			b.ResetTimer()
			for range b.N {
				block()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1e6/(float64(b.N)*0.02), "ms/s")
		})
	}
}

// blocks keeps the last packet.
type blocks struct {
	end
	last []byte
}

func (o *blocks) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) {
	o.last = append(o.last[:0], b...)
	return len(b), nil
}

func (o *blocks) Send(b []byte) { _, _ = o.WriteToUDPAddrPort(b, netip.AddrPort{}) }
