package audio

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/internal/spandsptest"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

var beside = flag.Bool("beside-spandsp", false, "count the faxes between two libspandsp through loss, to compare")

var tries = flag.Int("tries", 1, "how many faxes TestThroughLoss sends at each rate of loss")

// TestThroughLoss counts the faxes that arrive whole, and demands nine of ten
// where a network loses one packet in a hundred.
func TestThroughLoss(t *testing.T) {
	doc := []*t4.Page{testPage(1, 120), testPage(2, 60)}
	losses := []float64{0.002, 0.005, 0.01, 0.02, 0.03}
	for _, m := range []struct {
		name string
		set  t30.ModemSet
	}{{"V.17", 0}, {"V.29", t30.ModemV29 | t30.ModemV27ter}, {"V.27ter", t30.ModemV27ter}} {
		for _, ptime := range []time.Duration{10 * time.Millisecond, 20 * time.Millisecond, 30 * time.Millisecond} {
			t.Run(fmt.Sprintf("%s/%v", m.name, ptime), func(t *testing.T) {
				t.Parallel()
				var table strings.Builder
				for _, loss := range losses {
					whole, took := 0, time.Duration(0)
					for seed := range *tries {
						w := newWorld(Options{Ptime: ptime}, Options{Ptime: ptime, T30: t30.Config{Modems: m.set}},
							simnet.Conditions{Seed: uint64(seed + 1), Loss: loss, Delay: 30 * time.Millisecond}, doc)
						w.run(t)
						if w.ends[0].s.driver.Engine.Outcome().Success && compare(doc, w.ends[1].tray) == nil {
							whole++
							took += w.now.Sub(w.began)
						}
					}
					fmt.Fprintf(&table, "  %.1f %%: %d of %d, %.0f s", 100*loss, whole, *tries, took.Seconds()/float64(max(whole, 1)))
					if loss <= 0.01 && whole < (*tries*9+9)/10 {
						t.Errorf("%d of %d arrived where %.1f %% is lost", whole, *tries, 100*loss)
					}
				}
				t.Log(m.name, ptime, table.String())
			})
		}
	}
}

// TestSpandspThroughLoss counts the same for two machines of libspandsp, which
// are told of each packet that is lost.
func TestSpandspThroughLoss(t *testing.T) {
	if !*beside {
		t.Skip("-beside-spandsp counts the faxes of libspandsp through loss")
	}
	program := spandsptest.Build(t, "testdata/spandsp/peer.c")
	doc := []*t4.Page{testPage(1, 120), testPage(2, 60)}
	for _, m := range []struct {
		name   string
		modems int
	}{{"V.17", 7}, {"V.29", 3}, {"V.27ter", 1}} {
		t.Run(m.name, func(t *testing.T) {
			var table strings.Builder
			for _, loss := range []float64{0, 0.002, 0.005, 0.01, 0.02, 0.03} {
				whole := 0
				for seed := range *tries {
					if spandspsThroughLoss(t, program, m.modems, loss, uint64(seed+1), doc) {
						whole++
					}
				}
				fmt.Fprintf(&table, "  %.1f %%: %d of %d", 100*loss, whole, *tries)
			}
			t.Log(m.name, table.String())
		})
	}
}

func spandspsThroughLoss(t *testing.T, program string, modems int, loss float64, seed uint64, doc []*t4.Page) bool {
	var ends [2]*spandsptest.Audio
	for i := range ends {
		o := spandsptest.Options{Calls: i == 0, Sends: i == 0, Modems: modems}
		ends[i] = spandsptest.NewAudio(t, spandsptest.Start(t, program, o, doc))
	}
	random := rand.New(rand.NewPCG(seed, 20))
	blocks := [2][]int16{make([]int16, spandspBlock), make([]int16, spandspBlock)}
	const longest = 20 * 60 * 50 // blocks
	for range longest {
		if ends[0].Done && ends[1].Done {
			break
		}
		said := blocks
		for i, e := range ends {
			if random.Float64() < loss {
				said[i] = e.Exchange(nil)
			} else {
				said[i] = e.Exchange(blocks[1-i])
			}
		}
		blocks = said
	}
	for _, e := range ends {
		e.Finish()
	}
	return ends[0].Result == 0 && ends[1].Result == 0 && spandsptest.Compare(doc, ends[1].Pages) == nil
}
