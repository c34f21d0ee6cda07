package calls

import (
	"net/netip"
	"slices"
	"testing"
	"time"
)

// BenchmarkRTP is what the plugin adds to a packet of a voice call: the time from
// one socket to the other, with the relay between and without.
func BenchmarkRTP(b *testing.B) {
	for _, relayed := range []bool{false, true} {
		name := "direct"
		if relayed {
			name = "relayed"
		}
		b.Run(name, func(b *testing.B) {
			from, _ := socket(b)
			to, toPort := socket(b)
			dest := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(toPort))
			if relayed {
				legA, portA := socket(b)
				legB, _ := socket(b)
				r := newRTPRelay(legA, legB)
				r.direct([2]netip.AddrPort{{}, dest})
				r.start()
				defer r.stop()
				dest = netip.AddrPortFrom(dest.Addr(), uint16(portA))
			}
			packet := append([]byte{0x80, 0, 0, 1}, make([]byte, 168)...)
			var buf [500]byte
			var took []time.Duration
			for b.Loop() {
				begun := time.Now()
				if _, err := from.WriteToUDPAddrPort(packet, dest); err != nil {
					b.Fatal(err)
				}
				if _, _, err := to.ReadFromUDPAddrPort(buf[:]); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begun))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "µs-p50")
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "µs-p99")
		})
	}
}
