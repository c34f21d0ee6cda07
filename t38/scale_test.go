package t38

import (
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// timedConn notes how late reads end that wait for a deadline.
type timedConn struct {
	*net.UDPConn
	deadline atomic.Int64
	late     []time.Duration
}

func (c *timedConn) SetReadDeadline(t time.Time) error {
	c.deadline.Store(t.UnixNano())
	return c.UDPConn.SetReadDeadline(t)
}

func (c *timedConn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	n, from, err := c.UDPConn.ReadFromUDPAddrPort(b)
	if err != nil && c.deadline.Load() > 1e18 { // not the one that only wakes
		c.late = append(c.late, time.Since(time.Unix(0, c.deadline.Load())))
	}
	return n, from, err
}

// BenchmarkTerminals runs 2,000 paced terminals at once in this process, in
// pairs over loopback, in real time: use -benchtime 1x.
func BenchmarkTerminals(b *testing.B) {
	const pairs = 1000
	doc := testDocument(1, 400)
	for b.Loop() {
		var conns []*timedConn
		for range 2 * pairs {
			c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				b.Fatal(err)
			}
			conns = append(conns, &timedConn{UDPConn: c})
		}
		var failed atomic.Int64
		var wg sync.WaitGroup
		began, cpu := time.Now(), cpuTime()
		for i, c := range conns {
			peer := conns[i^1].LocalAddr().(*net.UDPAddr).AddrPort()
			o := Options{ErrorCorrection: udptl.Redundancy, T30: t30.Config{Calling: i&1 == 0}}
			docs := Documents{Source: &paper{pages: doc}}
			if i&1 == 1 {
				docs = Documents{Sink: &paper{}}
			}
			wg.Go(func() {
				time.Sleep(time.Duration(i/2) * 5 * time.Millisecond) // calls do not begin at once
				if out, err := Run(b.Context(), c, peer, docs, o); err != nil || !out.Success {
					failed.Add(1)
				}
			})
		}
		wg.Wait()
		took := time.Since(began)
		var late []time.Duration
		for _, c := range conns {
			late = append(late, c.late...)
			c.Close()
		}
		slices.Sort(late)
		b.ReportMetric(float64(failed.Load()), "failed")
		b.ReportMetric(100*float64(cpuTime()-cpu)/float64(took)/float64(runtime.NumCPU()), "%CPU")
		b.ReportMetric(late[len(late)/2].Seconds()*1000, "ms-late-p50")
		b.ReportMetric(late[len(late)*99/100].Seconds()*1000, "ms-late-p99")
	}
}

// BenchmarkSessionMemory is what a session holds while it waits, beside pages.
func BenchmarkSessionMemory(b *testing.B) {
	doc := testDocument(1, 200)
	for b.Loop() {
		const n = 200
		var worlds []*world
		heap := func() uint64 {
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := heap()
		for range n / 2 {
			w := newWorld(Options{ErrorCorrection: udptl.Redundancy, T30: t30.Config{Transmits: true}},
				Options{ErrorCorrection: udptl.Redundancy, T30: t30.Config{Receives: true}}, simnet.Conditions{})
			w.fax(b, doc) // which fills all that is ever filled
			for _, e := range w.ends {
				e.source, e.tray, e.out = nil, nil, nil
			}
			worlds = append(worlds, w)
		}
		b.ReportMetric(float64(heap()-before)/n, "B/session")
		runtime.KeepAlive(worlds)
	}
}
