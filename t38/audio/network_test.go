package audio

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// echo mixes into what an end hears its own signal, so many dB weaker, as the far
// end of the line reflects it.
func (e *end) echo(db float64) {
	give, share := e.s.in.give, math.Pow(10, db/20)
	var own []int16 // what comes first has been half the way when the other end begins
	e.said = func(block []int16) {
		if own == nil {
			own = make([]int16, samples(e.delay))
		}
		own = append(own, block...)
	}
	var mixed []int16
	e.s.in.give = func(in []int16) {
		mixed = append(mixed[:0], in...)
		for i := range mixed[:min(len(mixed), len(own))] {
			mixed[i] += int16(share * float64(own[i]))
		}
		own = own[min(len(mixed), len(own)):]
		give(mixed)
	}
}

func TestNetwork(t *testing.T) {
	doc := []*t4.Page{testPage(1, 120), testPage(2, 60)}
	const delay = 30 * time.Millisecond
	for _, c := range []struct {
		name string
		o    Options
		net  simnet.Conditions
		prep func(*world)
	}{
		{"packets of 10 ms", Options{Ptime: 10 * time.Millisecond}, simnet.Conditions{}, nil},
		{"packets of 30 ms, PCMA", Options{Ptime: 30 * time.Millisecond, Law: ALaw, PayloadType: 8}, simnet.Conditions{}, nil},
		{"packets of 60 ms", Options{Ptime: 60 * time.Millisecond}, simnet.Conditions{}, nil},
		{"dynamic payload type", Options{Law: ALaw, PayloadType: 97}, simnet.Conditions{}, nil},
		{"jitter, reordered, repeated", Options{}, simnet.Conditions{Jitter: 40 * time.Millisecond, Reorder: 0.05, Duplicate: 0.05}, nil},
		{"0.1 % lost", Options{}, simnet.Conditions{Loss: 0.001}, nil},
		{"0.5 % lost", Options{}, simnet.Conditions{Loss: 0.005}, nil},
		{"0.2 % lost of 10 ms", Options{Ptime: 10 * time.Millisecond}, simnet.Conditions{Loss: 0.002}, nil},
		{"0.2 % lost of 30 ms", Options{Ptime: 30 * time.Millisecond}, simnet.Conditions{Loss: 0.002}, nil},
		{"half a second away", Options{}, simnet.Conditions{Delay: 500 * time.Millisecond}, nil},
		{"clocks 200 millionths apart", Options{}, simnet.Conditions{}, func(w *world) { w.ends[0].fast = 200e-6 }},
		{"clocks 1000 millionths apart", Options{}, simnet.Conditions{}, func(w *world) { w.ends[1].fast = 1000e-6 }},
		{"echo", Options{}, simnet.Conditions{}, func(w *world) {
			w.ends[0].echo(-12)
			w.ends[1].echo(-12)
		}},
		{"late echo", Options{}, simnet.Conditions{Delay: 150 * time.Millisecond}, func(w *world) {
			w.ends[0].echo(-15)
			w.ends[1].echo(-15)
		}},
		{"echo protection", Options{EchoProtection: true}, simnet.Conditions{}, nil},
		{"streams that begin anew", Options{}, simnet.Conditions{}, func(w *world) {
			w.each = func() {
				if s := w.ends[0].s; w.now.Sub(w.began) > 11*time.Second && s.out.header.SSRC != 5 {
					s.out.header.SSRC, s.out.header.SequenceNumber, s.out.header.Timestamp = 5, 60000, 77
				}
				if s := w.ends[1].s; w.now.Sub(w.began) > 14*time.Second && s.out.leg.Remote.Port() == 0 {
					s.out.leg.Remote = far // once
					s.out.header.Timestamp += 1 << 30
				}
			}
		}},
	} {
		for _, m := range []struct {
			set  t30.ModemSet
			rate int
		}{{0, 14400}, {t30.ModemV29 | t30.ModemV27ter, 9600}, {t30.ModemV27ter, 4800}} {
			t.Run(fmt.Sprintf("%s/%d", c.name, m.rate), func(t *testing.T) {
				t.Parallel()
				c := c
				if c.net.Delay == 0 {
					c.net.Delay = delay
				}
				c.net.Seed = 7
				var a, b t30.Ladder
				from, to := c.o, c.o
				from.T30.Ladder, to.T30.Ladder, to.T30.Modems = &a, &b, m.set
				w := newWorld(from, to, c.net, doc)
				if c.prep != nil {
					c.prep(w)
				}
				w.run(t)
				o := w.ends[0].s.driver.Engine.Outcome()
				if !o.Success {
					t.Fatalf("%v (%s), %d bit/s\n%v\n%v", o.Cause, o.Sentence(), o.Rate, &a, &b)
				}
				if err := compare(doc, w.ends[1].tray); err != nil {
					t.Error(err)
				}
				if strings.Contains(a.String(), "<- CNG") || strings.Contains(b.String(), "<- CED") {
					t.Errorf("a machine hears its own tone\n%v\n%v", &a, &b)
				}
				if c.net.Loss == 0 && o.Rate != m.rate {
					t.Errorf("fell back to %d bit/s\n%v", o.Rate, &a)
				}
				t.Logf("%d bit/s, %v, %+v", o.Rate, w.now.Sub(w.began), w.ends[1].s.in.stats)
			})
		}
	}
}
