package t38

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

const internetAwarePages = 20

func internetAware() Options {
	return Options{ErrorCorrection: udptl.Redundancy, T30: t30.Config{InternetAware: true}}
}

// BenchmarkInternetAware is how fast pages go between two Internet-aware ends:
// over loopback, and in virtual time through a network of 10 ms, where nothing
// counts but what the procedure waits for, the answering tone and the preambles of
// V.21 among it.
func BenchmarkInternetAware(b *testing.B) {
	doc := testDocument(internetAwarePages, 1100)
	b.Run("loopback", func(b *testing.B) {
		for b.Loop() {
			internetAwareLoopback(b, &paper{pages: doc})
		}
		b.ReportMetric(internetAwarePages*float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	})
	for _, ecm := range []bool{true, false} {
		b.Run(fmt.Sprintf("virtual/ECM=%v", ecm), func(b *testing.B) {
			var took time.Duration
			for b.Loop() {
				calling, called := options(internetAware())
				called.T30.DisableECM = !ecm
				w := newWorld(calling, called, simnet.Conditions{Delay: 10 * time.Millisecond})
				began := w.now
				if out, _ := w.fax(b, doc); !out.Success || !out.InternetAware {
					b.Fatal(out.Cause)
				}
				took += w.now.Sub(began)
			}
			b.ReportMetric(internetAwarePages*float64(b.N)/took.Seconds(), "virtual-pages/s")
		})
	}
}

func internetAwareLoopback(b *testing.B, from *paper) {
	var conns [2]*net.UDPConn
	for i := range conns {
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		conns[i] = c
	}
	remote := func(i int) *net.UDPAddr { return conns[i].LocalAddr().(*net.UDPAddr) }
	done := make(chan ended)
	go func() {
		out, err := Receive(b.Context(), conns[1], remote(0).AddrPort(), &paper{}, internetAware())
		done <- ended{out, err}
	}()
	o := internetAware()
	o.T30.Calling = true
	out, err := Send(b.Context(), conns[0], remote(1).AddrPort(), from, o)
	if r := <-done; err != nil || r.err != nil || !out.Success || !r.out.Success || !out.InternetAware {
		b.Fatalf("%v %v, %v %v", out.Cause, err, r.out.Cause, r.err)
	}
}
