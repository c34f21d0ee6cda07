package t38

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/internal/spandsptest"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

var (
	lossTable = flag.Bool("loss-table", false, "write LOSS.md: faxes through loss, ours beside those of libspandsp")
	lossSeeds = flag.Int("loss-seeds", 10, "faxes for each cell of LOSS.md")
)

// lossLevel is what error correction both ends have.
type lossLevel struct {
	name  string
	o     Options
	depth int // of the redundancy, of every packet
}

func redundancy(depth int) lossLevel {
	return lossLevel{fmt.Sprintf("redundancy %d", depth),
		Options{ErrorCorrection: udptl.Redundancy, ControlRedundancy: depth, ImageRedundancy: depth}, depth}
}

func lossLevels() []lossLevel {
	return []lossLevel{
		{"none", Options{}, 0},
		redundancy(1), redundancy(2), redundancy(3), redundancy(5),
		{"FEC 3 by 1", Options{ErrorCorrection: udptl.FEC, FECSpan: 3, FECEntries: 1}, 0},
		{"FEC 3 by 3", Options{ErrorCorrection: udptl.FEC}, 0},
	}
}

// lossNetwork is a column of the table.
type lossNetwork struct {
	name string
	c    simnet.Conditions
}

func lossNetworks() (n []lossNetwork) {
	const delay = 20 * time.Millisecond
	for _, percent := range []int{0, 2, 5, 10, 15, 20} {
		n = append(n, lossNetwork{fmt.Sprintf("%d %%", percent), simnet.Conditions{Loss: float64(percent) / 100, Delay: delay}})
	}
	return append(n,
		lossNetwork{"bursts of 3, 5 %", simnet.Conditions{Loss: 0.05, Burst: 3, Delay: delay}},
		lossNetwork{"bursts of 3, 10 %", simnet.Conditions{Loss: 0.1, Burst: 3, Delay: delay}},
		lossNetwork{"reordered 10 %, 2 % lost", simnet.Conditions{Loss: 0.02, Reorder: 0.1, Delay: delay}},
		lossNetwork{"jitter 60 ms, 2 % lost", simnet.Conditions{Loss: 0.02, Jitter: 60 * time.Millisecond, Delay: delay}})
}

// spandspPair runs two terminals of libspandsp through the links that newWorld
// gives ours for the same conditions, and reports whether every pel arrived and
// both know it. Their UDPTL is ours.
func spandspPair(t *testing.T, program string, l lossLevel, c simnet.Conditions, doc []*t4.Page) bool {
	now := time.Unix(1e9, 0)
	var ends [2]*spandsp
	var links [2]*simnet.Link
	for i := range ends {
		c.Seed = c.Seed*2 + uint64(i)
		links[i] = simnet.New(c)
		ends[i] = startSpandsp(t, program, peerOptions{calls: i == 0, sends: i == 0}, doc)
		ends[i].Depth, ends[i].Repeats = l.depth, true
		ends[i].Sender = udptl.Sender{Correction: l.o.ErrorCorrection, Span: l.o.FECSpan, Entries: l.o.FECEntries}
	}
	for stop := now.Add(longest); now.Before(stop) && !(ends[0].Done && ends[1].Done); now = now.Add(spandspTick) {
		for i, e := range ends {
			in := links[1-i]
			for at, ok := in.Next(); ok && !at.After(now); at, ok = in.Next() {
				b, _ := in.Receive(at)
				e.Hear(at, b)
			}
		}
		for i, e := range ends {
			e.tick(now, links[i])
		}
	}
	for _, e := range ends {
		e.Finish()
	}
	return ends[0].Result == 0 && ends[1].Result == 0 && spandsptest.Compare(doc, ends[1].Pages) == nil
}

const lossPreface = `# Faxes through loss

Of each hundred three-page faxes with ECM, so many arrived with every pel right
and both ends knowing it: ours to ours / libspandsp to libspandsp, %d faxes in
each cell, the same documents and the same seeds of the links.

libspandsp is a T.30 engine and a T.38 terminal, but has no UDPTL: its hosts
bring that. Here both columns have this project's UDPTL with the same error
correction, so that the difference is that of the terminals; libspandsp's
packets are sent as often as it asks its host to. With "redundancy N" every
packet, of control and of image, is repeated in the N datagrams after it.
The seeds are the same but the two terminals send different datagrams at
different times, so the same seed does not lose the same packets.

`

// TestLossTable makes LOSS.md. Ours must be no worse in any cell.
func TestLossTable(t *testing.T) {
	if !*lossTable {
		t.Skip("-loss-table makes LOSS.md, in minutes")
	}
	program := buildSpandsp(t)
	doc := testDocument(3, 300)
	var s strings.Builder
	fmt.Fprintf(&s, lossPreface, *lossSeeds)
	s.WriteString("| datagrams lost |")
	for _, l := range lossLevels() {
		s.WriteString(" " + l.name + " |")
	}
	s.WriteString("\n|---|" + strings.Repeat("---|", len(lossLevels())) + "\n")
	for _, n := range lossNetworks() {
		s.WriteString("| " + n.name + " |")
		for _, l := range lossLevels() {
			ours, theirs := lossCell(t, program, l, n.c, doc)
			fmt.Fprintf(&s, " %d / %d |", ours*100 / *lossSeeds, theirs*100 / *lossSeeds)
			t.Logf("%s, %s: ours %d, libspandsp %d of %d", n.name, l.name, ours, theirs, *lossSeeds)
			if ours < theirs {
				t.Errorf("%s, %s: ours %d, libspandsp %d of %d", n.name, l.name, ours, theirs, *lossSeeds)
			}
		}
		s.WriteString("\n")
	}
	fmt.Fprintf(&s, "\nMade by `go test ./t38 -run TestLossTable -loss-table -loss-seeds %d -timeout 2h`.\n", *lossSeeds)
	if err := os.WriteFile("LOSS.md", []byte(s.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func lossCell(t *testing.T, program string, l lossLevel, c simnet.Conditions, doc []*t4.Page) (ours, theirs int) {
	for seed := range uint64(*lossSeeds) {
		c.Seed = seed
		if lossyFax(t, l.o, c, doc) {
			ours++
		}
		t.Run("", func(t *testing.T) { // ends its processes
			if spandspPair(t, program, l, c, doc) {
				theirs++
			}
		})
	}
	return ours, theirs
}

// At 10 % loss with redundancy 3, a hundred faxes of a hundred arrive whole.
func TestHundredFaxesThroughTenPercent(t *testing.T) {
	doc := testDocument(3, 300)
	for seed := range uint64(100) {
		c := simnet.Conditions{Seed: seed, Loss: 0.1, Delay: 20 * time.Millisecond}
		if !lossyFax(t, redundancy(3).o, c, doc) {
			t.Errorf("seed %d: it did not arrive whole", seed)
		}
	}
}

// The short table in doc.go says what LOSS.md says.
func TestLossInDocAgrees(t *testing.T) {
	table, doc := readFile(t, "LOSS.md"), readFile(t, "doc.go")
	cell := map[string]string{} // ours, by network and level
	var levels []string
	for line := range strings.Lines(table) {
		columns := strings.Split(line, "|")
		switch {
		case strings.HasPrefix(line, "| datagrams lost"):
			levels = columns
		case len(columns) == len(levels) && len(levels) > 0:
			for i := 2; i < len(columns)-1; i++ {
				ours, _, _ := strings.Cut(strings.TrimSpace(columns[i]), " ")
				cell[strings.TrimSpace(columns[1])+", "+strings.TrimSpace(levels[i])] = ours
			}
		}
	}
	for _, l := range []string{"no correction", "redundancy 1", "redundancy 3", "redundancy 5", "FEC 3 by 3"} {
		_, row, found := strings.Cut(doc, "//\t"+l+" ")
		row, _, _ = strings.Cut(row, "\n")
		got := strings.Fields(row)
		networks := []string{"2 %", "5 %", "10 %", "15 %", "20 %", "bursts of 3, 5 %", "bursts of 3, 10 %"}
		if !found || len(got) != len(networks) {
			t.Errorf("%s: the row in doc.go is %q", l, row)
			continue
		}
		for i, n := range networks {
			if want := cell[n+", "+strings.Replace(l, "no correction", "none", 1)]; got[i] != want {
				t.Errorf("%s, %s: %s in doc.go, %q in LOSS.md", l, n, got[i], want)
			}
		}
	}
}

func readFile(t *testing.T, name string) string {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
