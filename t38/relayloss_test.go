package t38

import (
	"fmt"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// network is a leg's conditions; the seeds of the legs of a call differ.
func network(seed uint64, loss, burst float64) simnet.Conditions {
	return simnet.Conditions{Seed: seed, Loss: loss, Burst: burst, Delay: 20 * time.Millisecond,
		Jitter: 10 * time.Millisecond, Duplicate: 0.01, Reorder: 0.01}
}

// through counts the faxes that arrive whole of as many tries.
func through(fax func(seed uint64) bool) (good int) {
	for seed := range uint64(*lossTries) {
		if fax(seed) {
			good++
		}
	}
	return good
}

func relayedFax(t *testing.T, a, b Options, c [2]simnet.Conditions, doc []*t4.Page) bool {
	r := newRelayed(a, b, c)
	calling, called := r.fax(t, doc)
	return calling.Success && called.Success && differ(doc, r.ends[1].tray) == ""
}

// A three-page fax through a relay, with loss on leg A, on leg B and on both,
// beside direct calls through the same loss: those on the two legs, and where
// both lose, one after the other. A table for the eye, and bounds that hold.
func TestRelayThroughLoss(t *testing.T) {
	t.Parallel()
	doc := testDocument(2, 200)
	forTheEye := *lossTries > 5
	levels := []struct {
		name string
		o    Options
		safe float64 // at up to so much loss, in percent, every fax goes through
	}{
		{"none", Options{}, 2},
		{"redundancy 3", Options{ErrorCorrection: udptl.Redundancy, ControlRedundancy: 3, ImageRedundancy: 3}, 10},
		{"FEC", Options{ErrorCorrection: udptl.FEC}, 10},
	}
	for _, burst := range []float64{1, 3} {
		if burst > 1 && !forTheEye {
			continue
		}
		for _, a := range levels {
			for _, b := range levels {
				row := fmt.Sprintf("bursts of %v, %s to %s:", burst, a.name, b.name)
				for _, percent := range []float64{2, 5, 10} {
					loss := percent / 100
					relay := func(onA, onB float64) int {
						return through(func(seed uint64) bool {
							return relayedFax(t, a.o, b.o, [2]simnet.Conditions{network(seed, onA, burst), network(seed+500, onB, burst)}, doc)
						})
					}
					direct := func(o Options) int {
						if !forTheEye {
							return -1
						}
						return through(func(seed uint64) bool { return lossyFax(t, o, network(seed, loss, burst), doc) })
					}
					onA, onB, both := relay(loss, 0), relay(0, loss), relay(loss, loss)
					row += fmt.Sprintf("  %v %%: %d %d %d (%d %d)", percent, onA, onB, both, direct(a.o), direct(b.o))
					if all := *lossTries; burst == 1 && (percent <= a.safe && onA < all || percent <= b.safe && onB < all ||
						percent <= min(a.safe, b.safe) && both < all) {
						t.Errorf("%s to %s at %v %%: %d, %d and %d of %d", a.name, b.name, percent, onA, onB, both, all)
					}
				}
				t.Log(row)
			}
		}
	}
}
