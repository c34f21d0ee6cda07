package t38

import (
	"context"
	"encoding/binary"
	"flag"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/internal/socket"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

var (
	relayCalls   = flag.Int("relays", 2000, "calls at once in BenchmarkRelayedCalls")
	relaySeconds = flag.Int("relayseconds", 10, "how long they last")
)

// pageDatagrams are those of a page at 14400 bit/s in packets of 30 ms; each
// holds the time at which it was sent, which mark puts there.
type pageDatagrams struct {
	sender udptl.Sender
	octets [54]byte
	ifp, d []byte
}

func (p *pageDatagrams) next(began time.Time) []byte {
	binary.BigEndian.PutUint64(p.octets[:], uint64(time.Since(began)))
	packet := ifp.Packet{IsData: true, DataType: ifp.V17_14400, Fields: []ifp.Field{{Type: ifp.T4NonECMData, Data: p.octets[:]}}}
	p.ifp, _ = packet.Append(p.ifp[:0], ifp.Syntax1998)
	p.d, _ = p.sender.Append(p.d[:0], p.ifp, 3)
	return p.d
}

// sentAt reads that time.
func sentAt(p *udptl.Packet, began time.Time) time.Time {
	at := began
	if n := len(p.Primary); n >= 54 {
		at = began.Add(time.Duration(binary.BigEndian.Uint64(p.Primary[n-54:])))
	}
	return at
}

// BenchmarkRelayPackets is what a packet costs between the sockets: repair,
// order, another syntax, another error correction.
func BenchmarkRelayPackets(b *testing.B) {
	for _, c := range []struct {
		name     string
		from, to Options
	}{
		{"redundancy to redundancy", Options{ErrorCorrection: udptl.Redundancy}, Options{ErrorCorrection: udptl.Redundancy}},
		{"redundancy to FEC", Options{ErrorCorrection: udptl.Redundancy}, Options{Version: 3, ErrorCorrection: udptl.FEC}},
		{"FEC to redundancy", Options{ErrorCorrection: udptl.FEC}, Options{Version: 3, ErrorCorrection: udptl.Redundancy}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var source pageDatagrams
			source.sender.Correction = c.from.ErrorCorrection
			now := time.Unix(100, 0)
			var datagrams [1 << 16][]byte // as many as there are numbers
			for i := range datagrams {
				datagrams[i] = slices.Clone(source.next(now))
			}
			ways := newWays(c.from, c.to, RelayOptions{}.withDefaults(), func(int, []byte) {})
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				now = now.Add(30 * time.Millisecond)
				_ = ways[0].datagram(now, datagrams[i%len(datagrams)])
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "packets/s")
		})
	}
}

func listenLoopback(b *testing.B) (*net.UDPConn, netip.AddrPort) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c, c.LocalAddr().(*net.UDPAddr).AddrPort()
}

// BenchmarkRelayedCalls runs calls at once in real time over loopback, each with
// a packet of a page every 30 ms from A to B: use -benchtime 1x. The delays are
// from socket to socket, with the relay between and without.
func BenchmarkRelayedCalls(b *testing.B) {
	for _, relay := range []bool{false, true} {
		name := "direct"
		if relay {
			name = "relayed"
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				relayedCalls(b, *relayCalls, time.Duration(*relaySeconds)*time.Second, relay)
			}
		})
	}
}

type benchCall struct {
	from   *net.UDPConn
	to     *net.UDPConn
	dest   netip.AddrPort // of what from sends
	source pageDatagrams
	late   []time.Duration
	stats  func() RelayStats
}

func relayedCalls(b *testing.B, n int, lasts time.Duration, relay bool) {
	ctx, cancel := context.WithCancel(b.Context())
	began := time.Now()
	var relays, receivers sync.WaitGroup
	calls := make([]*benchCall, n)
	for i := range calls {
		c := &benchCall{}
		var fromAddr, toAddr netip.AddrPort
		c.from, fromAddr = listenLoopback(b)
		c.to, toAddr = listenLoopback(b)
		c.source.sender.Correction = udptl.Redundancy
		c.dest = toAddr
		if relay {
			legA, addrA := listenLoopback(b)
			legB, _ := listenLoopback(b)
			o := Options{ErrorCorrection: udptl.Redundancy}
			r := NewRelay(RelayLeg{Conn: legA, Remote: fromAddr, T38: o}, RelayLeg{Conn: legB, Remote: toAddr, T38: o}, RelayOptions{})
			relays.Go(func() { _ = r.Run(ctx) })
			c.dest, c.stats = addrA, r.Stats
		}
		receivers.Go(func() { c.receive(began) })
		calls[i] = c
	}
	cpu, started := cpuTime(), time.Now()
	sent := sendAll(calls, began, lasts)
	took := time.Since(started)
	used := cpuTime() - cpu
	cancel()
	relays.Wait()
	for _, c := range calls {
		c.to.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	}
	receivers.Wait()
	var late []time.Duration
	for _, c := range calls {
		late = append(late, c.late...)
	}
	slices.Sort(late)
	b.ReportMetric(float64(sent)/took.Seconds(), "packets/s")
	b.ReportMetric(100*float64(used)/float64(took)/float64(runtime.NumCPU()), "%CPU")
	b.ReportMetric(float64(sent-len(late)), "lost")
	b.ReportMetric(late[len(late)/2].Seconds()*1000, "ms-p50")
	b.ReportMetric(late[len(late)*99/100].Seconds()*1000, "ms-p99")
	b.ReportMetric(0, "ns/op")
}

// sendAll sends a packet of each call every 30 ms, evenly over that time.
func sendAll(calls []*benchCall, began time.Time, lasts time.Duration) (sent int) {
	const interval, slices = 30 * time.Millisecond, 30
	start := time.Now()
	for tick := 0; time.Since(start) < lasts; tick++ {
		time.Sleep(time.Until(start.Add(time.Duration(tick) * interval / slices)))
		for i := tick % slices; i < len(calls); i += slices {
			c := calls[i]
			if _, err := c.from.WriteToUDPAddrPort(c.source.next(began), c.dest); err == nil {
				sent++
			}
		}
	}
	return sent
}

// receive notes how long each packet was under way.
func (c *benchCall) receive(began time.Time) {
	var buf [socket.MaxDatagram]byte
	var p udptl.Packet
	last := -1
	for {
		n, _, err := c.to.ReadFromUDPAddrPort(buf[:])
		if err != nil {
			return
		}
		if p.Parse(buf[:n]) != nil || len(p.Primary) < 54 || int(p.Seq) <= last {
			continue
		}
		last = int(p.Seq)
		c.late = append(c.late, time.Since(sentAt(&p, began)))
	}
}
