package t38

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

var spandspMatrix = flag.Bool("spandsp-matrix", false, "every combination against libspandsp, not only every pair")

// combination is one fax against libspandsp.
type combination struct {
	fromIt  bool
	coding  int // index of spandspCodings
	rate    int // index of spandspRates
	ec      udptl.ErrorCorrection
	version int
}

var spandspCodings = []struct {
	offered int // T30_SUPPORT_T4_… of the peer
	want    t4.Coding
	noECM   bool
}{{2, t4.MH, false}, {2, t4.MH, true}, {6, t4.MR, false}, {6, t4.MR, true}, {14, t4.MMR, false}} // T.6 needs ECM

var spandspRates = []int{2400, 4800, 7200, 9600, 12000, 14400}

func (c combination) String() string {
	direction := "to it"
	if c.fromIt {
		direction = "from it"
	}
	k := spandspCodings[c.coding]
	return fmt.Sprintf("%s, %v, ECM %v, %d bit/s, %v, version %d", direction, k.want, !k.noECM, spandspRates[c.rate], c.ec, c.version)
}

// parts are the values of a combination, by which pairs are counted.
func (c combination) parts() [5]int {
	from := 0
	if c.fromIt {
		from = 1
	}
	return [5]int{from, c.coding, c.rate, int(c.ec), c.version}
}

func everyCombination() (all []combination) {
	for _, fromIt := range []bool{false, true} {
		for coding := range spandspCodings {
			for rate := range spandspRates {
				for ec := udptl.NoCorrection; ec <= udptl.FEC; ec++ {
					for version := range 4 {
						all = append(all, combination{fromIt, coding, rate, ec, version})
					}
				}
			}
		}
	}
	return all
}

// everyPair chooses combinations so that each two values meet in one: always the
// one that brings most new pairs.
func everyPair(all []combination) (chosen []combination) {
	met := map[[4]int]bool{}
	fresh := func(c combination, note bool) (n int) {
		p := c.parts()
		for i := range p {
			for j := range i {
				pair := [4]int{i, p[i], j, p[j]}
				if !met[pair] {
					n++
					met[pair] = note
				}
			}
		}
		return n
	}
	for {
		best, most := combination{}, 0
		for _, c := range all {
			if n := fresh(c, false); n > most {
				best, most = c, n
			}
		}
		if most == 0 {
			return chosen
		}
		fresh(best, true)
		chosen = append(chosen, best)
	}
}

// Both directions, each coding with and without ECM, each rate, error correction
// and version of T.38 against libspandsp: pixel-equal pages at what was asked for.
func TestSpandspMatrix(t *testing.T) {
	program := buildSpandsp(t)
	doc := []*t4.Page{testPage(1, 100, t4.MMR, t4.R8x7_7), testPage(2, 150, t4.MMR, t4.R8x7_7)}
	todo := everyCombination()
	if !*spandspMatrix {
		todo = everyPair(todo)
	}
	t.Logf("%d combinations", len(todo))
	for _, c := range todo {
		t.Run(c.String(), func(t *testing.T) {
			coding, rate := spandspCodings[c.coding], spandspRates[c.rate]
			peer := peerOptions{sends: c.fromIt, calls: c.fromIt, codings: coding.offered, noECM: coding.noECM, version: c.version}
			o := Options{Version: c.version, ErrorCorrection: c.ec, MaxBitRate: rate}
			out, err := spandspFax(t, program, peer, o, simnet.Conditions{Delay: 15 * time.Millisecond}, doc)
			if err != nil {
				t.Fatal(err)
			}
			if out.Rate != rate || out.ECM == coding.noECM || out.Coding != coding.want {
				t.Errorf("%d bit/s, ECM %v, %v", out.Rate, out.ECM, out.Coding)
			}
		})
	}
}
