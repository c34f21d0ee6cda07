package t38

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

func TestFaxOverAPerfectLink(t *testing.T) {
	for _, version := range []int{0, 1, 2, 3} {
		for _, noECM := range []bool{false, true} {
			for _, c := range []t30.CodingSet{t30.CodingMH, t30.CodingMR, 0} {
				t.Run(fmt.Sprintf("version %d, ECM %v, codings %d", version, !noECM, c), func(t *testing.T) {
					calling, called := options(Options{Version: version, ErrorCorrection: udptl.Redundancy})
					called.T30.DisableECM, called.T30.Codings = noECM, c
					w := newWorld(calling, called, simnet.Conditions{Delay: 20 * time.Millisecond})
					mustFax(t, w, testDocument(2, 500))
				})
			}
		}
	}
}

func TestEveryRate(t *testing.T) {
	for _, rate := range []int{2400, 4800, 7200, 9600, 12000, 14400} {
		for _, modems := range []t30.ModemSet{0, t30.ModemV27ter | t30.ModemV29} {
			for _, noECM := range []bool{false, true} {
				calling, called := options(Options{MaxBitRate: rate, ErrorCorrection: udptl.FEC})
				called.T30.Modems, called.T30.DisableECM = modems, noECM
				mustFax(t, newWorld(calling, called, simnet.Conditions{}), testDocument(1, 200))
			}
		}
	}
}

func TestPacketIntervals(t *testing.T) {
	for _, ms := range []time.Duration{10, 20, 30, 40} {
		calling, called := options(Options{PacketInterval: ms * time.Millisecond})
		mustFax(t, newWorld(calling, called, simnet.Conditions{}), testDocument(1, 400))
	}
}

func TestSmallDatagrams(t *testing.T) {
	for _, limit := range []int{72, 122, 200, 320, 425} {
		for _, ec := range []udptl.ErrorCorrection{udptl.NoCorrection, udptl.Redundancy, udptl.FEC} {
			calling, called := options(Options{MaxDatagram: limit, ErrorCorrection: ec})
			w := newWorld(calling, called, simnet.Conditions{})
			w.ends[0].keep = true
			mustFax(t, w, testDocument(1, 200))
			for _, d := range w.ends[0].sent {
				if len(d) > limit {
					t.Fatalf("a datagram of %d octets, limit %d", len(d), limit)
				}
			}
		}
	}
}

// Where the training check does not travel, both sides still pass it.
func TestLocalTCF(t *testing.T) {
	for _, noECM := range []bool{false, true} {
		calling, called := options(Options{LocalTCF: true, ErrorCorrection: udptl.Redundancy})
		called.T30.DisableECM = noECM
		w := newWorld(calling, called, simnet.Conditions{})
		w.ends[0].keep = true
		mustFax(t, w, testDocument(2, 100))
		if n := w.ends[0].count(t, func(p *ifp.Packet) bool { return !p.IsData && p.Indicator == ifp.V17_14400LongTraining }); n > 1 {
			t.Errorf("%d long trainings: TCF has travelled", n)
		}
	}
	calling, called := options(Options{})
	called.LocalTCF = true // and one that did not hear of it
	mustFax(t, newWorld(calling, called, simnet.Conditions{}), testDocument(1, 100))
}

// Between Internet-aware ends nothing waits for a line.
func TestInternetAware(t *testing.T) {
	for _, noECM := range []bool{false, true} {
		calling, called := options(Options{ErrorCorrection: udptl.Redundancy})
		calling.T30.InternetAware, called.T30.InternetAware, called.T30.DisableECM = true, true, noECM
		w := newWorld(calling, called, simnet.Conditions{Delay: 10 * time.Millisecond})
		began := w.now
		mustFax(t, w, testDocument(10, 1000))
		if took := w.now.Sub(began); took > 15*time.Second {
			t.Errorf("ECM %v: ten pages took %v", !noECM, took)
		}
	}
}

// A store that takes seconds must not stop packets nor break the call.
func TestSlowStore(t *testing.T) {
	calling, called := options(Options{ErrorCorrection: udptl.Redundancy})
	w := newWorld(calling, called, simnet.Conditions{})
	w.ends[0].storing, w.ends[1].storing = time.Second, time.Second
	mustFax(t, w, testDocument(3, 300))
}

func TestNobodyAnswers(t *testing.T) {
	calling, called := options(Options{})
	w := newWorld(calling, called, simnet.Conditions{Loss: 1})
	a, b := w.fax(t, testDocument(1, 10))
	if a.Success || a.Cause != t30.CauseNoDIS || b.Success {
		t.Errorf("%v, %v", a.Cause, b.Cause)
	}
}

var lossTries = flag.Int("tries", 3, "faxes for each cell of the table of loss")

// A three-page fax through loss, by level of error correction: a table for the
// eye, and bounds that hold.
func TestFaxThroughLoss(t *testing.T) {
	doc := testDocument(3, 300)
	levels := []struct {
		name string
		o    Options
		safe float64 // at up to so much loss, in percent, every fax goes through
	}{
		{"none", Options{ErrorCorrection: udptl.NoCorrection}, 2},
		{"redundancy 1", Options{ErrorCorrection: udptl.Redundancy, ControlRedundancy: 1, ImageRedundancy: 1}, 10},
		{"redundancy 3", Options{ErrorCorrection: udptl.Redundancy, ControlRedundancy: 3, ImageRedundancy: 3}, 15},
		{"redundancy 5, 3", Options{ErrorCorrection: udptl.Redundancy}, 20},
		{"FEC 3 by 3", Options{ErrorCorrection: udptl.FEC}, 10},
	}
	for _, bursts := range []float64{1, 3} {
		for _, l := range levels {
			row := fmt.Sprintf("bursts of %v, %-15s", bursts, l.name)
			for _, percent := range []float64{0, 2, 5, 10, 15, 20} {
				good := 0
				for seed := range uint64(*lossTries) {
					c := simnet.Conditions{Seed: seed, Loss: percent / 100, Burst: bursts, Delay: 20 * time.Millisecond,
						Jitter: 10 * time.Millisecond, Duplicate: 0.01, Reorder: 0.01}
					if lossyFax(t, l.o, c, doc) {
						good++
					}
				}
				row += fmt.Sprintf(" %3.0f %%: %3d", percent, good*100 / *lossTries)
				if bursts == 1 && percent <= l.safe && good < *lossTries {
					t.Errorf("%s at %v %%: only %d of %d", l.name, percent, good, *lossTries)
				}
			}
			t.Log(row)
		}
	}
}

// lossyFax reports whether every pel arrived and both ends know it.
func lossyFax(t *testing.T, o Options, c simnet.Conditions, doc []*t4.Page) bool {
	calling, called := options(o)
	w := newWorld(calling, called, c)
	a, b := w.fax(t, doc)
	return a.Success && b.Success && differ(doc, w.ends[1].tray) == ""
}

// Without ECM a lost packet damages the rows that it held and no others.
func TestLossWithoutECM(t *testing.T) {
	calling, called := options(Options{ErrorCorrection: udptl.Redundancy, ControlRedundancy: 5, ImageRedundancy: -1})
	called.T30.DisableECM = true
	called.T30.RetrainPercent, called.T30.RejectPercent = 100, 100
	w := newWorld(calling, called, simnet.Conditions{Seed: 3, Loss: 0.01})
	doc := []*t4.Page{testPage(1, 1000, t4.MH, t4.R8x7_7)}
	a, b := w.fax(t, doc)
	if !a.Success || !b.Success || len(w.ends[1].tray) != 1 {
		t.Fatalf("%v, %v\n%s", a.Cause, b.Cause, w.ladder())
	}
	got := w.ends[1].tray[0]
	t.Logf("%d of %d rows bad", got.BadRows, got.Rows)
	if got.BadRows > 100 || got.Rows < 950 {
		t.Errorf("%d of %d rows bad", got.BadRows, got.Rows)
	}
}

// BenchmarkFax is one whole one-page fax, both ends, in virtual time.
func BenchmarkFax(b *testing.B) {
	doc := testDocument(1, 1100)
	for _, ecm := range []bool{true, false} {
		b.Run(fmt.Sprintf("ECM=%v", ecm), func(b *testing.B) {
			b.ReportAllocs()
			packets, cpu := 0, cpuTime()
			for b.Loop() {
				calling, called := options(Options{ErrorCorrection: udptl.Redundancy})
				called.T30.DisableECM = !ecm
				w := newWorld(calling, called, simnet.Conditions{})
				if out, _ := w.fax(b, doc); !out.Success {
					b.Fatal(out.Cause)
				}
				packets += w.ends[0].out.Sent + w.ends[1].out.Sent
			}
			b.ReportMetric(float64(packets)/float64(b.N), "packets/fax")
			b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(b.N)/1000, "ms-cpu/fax")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/fax")
		})
	}
}
