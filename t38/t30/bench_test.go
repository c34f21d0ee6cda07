package t30_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// BenchmarkFax is one page from end to end, both engines and the virtual line.
func BenchmarkFax(b *testing.B) {
	doc := t30test.Document{Pages: []*t4.Page{picture(1, 1728, 2200, t4.R8x7_7, t4.MMR)}}
	for name, cfg := range map[string]t30.Config{
		"ECM": {}, "nonECM": {DisableECM: true}, "ladder": {Ladder: &t30.Ladder{}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := &t30test.World{}
				from, to := cfg, t30.Config{Receives: true}
				from.Calling, from.Transmits = true, true
				if from.Ladder != nil {
					from.Ladder, to.Ladder = &t30.Ladder{}, &t30.Ladder{}
				}
				x, y := w.Call(from, doc), w.Call(to, t30test.Document{})
				if !t30test.RunCall(w, x, y, time.Hour) || !x.Engine.Outcome().Success {
					b.Fatal(x.Engine.Outcome().Sentence())
				}
				b.ReportMetric(w.Elapsed().Seconds(), "line-s/fax")
			}
		})
	}
}

// An engine at rest costs little: a thousand may wait at once.
func TestMemoryAtRest(t *testing.T) {
	const n = 500
	engines := make([]*t30.Engine, 0, n)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range n {
		e := t30.New(t30.Config{Receives: true, Calling: i%2 == 0, Transmits: i%2 == 0, Ladder: &t30.Ladder{}}, t30test.Start)
		for _, ok := e.Next(); ok; _, ok = e.Next() {
		}
		engines = append(engines, e)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n
	t.Logf("%d octets an engine", each)
	if each > 8<<10 {
		t.Errorf("%d octets an engine", each)
	}
	runtime.KeepAlive(engines)
}

// Receiving data allocates nothing but room for the page.
func TestSteadyStateAllocations(t *testing.T) {
	x := trained(t, t30.Config{}, []byte{0x00, 0x44, 0x1F, 0x22}, t30.V17_14400)
	x.Terminal.Hear(t30.CarrierUp{Modulation: t30.V17_14400})
	e, now := x.Terminal.Engine, x.World.Now()
	frame := append([]byte{0xFF, 0xC0, byte(t30.FCD), 0}, make([]byte, 256)...)
	var ev t30.Event = t30.FrameReceived{Octets: frame, FCSOK: true}
	e.Handle(now, ev) // the frame is there; what comes again is dropped
	if n := testing.AllocsPerRun(100, func() { e.Handle(now, ev) }); n > 0 {
		t.Errorf("%v allocations for a frame", n)
	}
}
