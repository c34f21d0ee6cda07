package calls

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/faxdetect"
)

// BenchmarkRTP is what the plugin adds to a packet of a voice call: the time from
// one socket to the other, with the relay between and without.
func BenchmarkRTP(b *testing.B) {
	for _, name := range []string{"direct", "relayed", "listened"} {
		b.Run(name, func(b *testing.B) {
			from, _ := socket(b)
			to, toPort := socket(b)
			dest := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(toPort))
			if name != "direct" {
				legA, portA := socket(b)
				legB, _ := socket(b)
				var hear func(int, faxdetect.Signal)
				if name == "listened" {
					hear = func(int, faxdetect.Signal) {}
				}
				r := newRTPRelay(rtpPath{rtp: legA}, rtpPath{rtp: legB}, hear)
				r.direct([2]netip.AddrPort{{}, dest}, [2]uint8{101, 101})
				r.start()
				defer r.stop()
				dest = netip.AddrPortFrom(dest.Addr(), uint16(portA))
			}
			packet := append([]byte{0x80, 0, 0, 1}, make([]byte, 168)...)
			var buf [500]byte
			var took []time.Duration
			for n := uint16(0); b.Loop(); n++ {
				binary.BigEndian.PutUint16(packet[2:], n)
				binary.BigEndian.PutUint32(packet[4:], 160*uint32(n))
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
