package t38

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// distinctPage has no two equal rows, and rows longer than a packet's half.
func distinctPage(seed uint64, rows int, coding t4.Coding) *t4.Page {
	const width, stride = 1728, 1728 / 8
	rnd := rand.New(rand.NewPCG(seed, 5))
	bits := make([]byte, stride*rows)
	for y := range rows {
		for x := 2; x < stride-2; x += 2 + rnd.IntN(4) {
			bits[y*stride+x] = byte(rnd.IntN(256)) | 0x18
		}
	}
	return t4.FromBitmap(bits, width, stride, rows, coding, t4.R8x7_7)
}

// imageLoss loses packets of a page, some with the next one, and keeps where.
type imageLoss struct {
	t       *testing.T
	rnd     *rand.Rand
	percent int
	lost    map[uint16]bool // by number; false: sent
	page    []byte          // all octets of the page
	holes   [][2]int        // octets of page that were lost, from and to
}

func (l *imageLoss) datagram(d []byte) [][]byte {
	var u udptl.Packet
	var p ifp.Packet
	if u.Parse(d) != nil || p.Parse(u.Primary, ifp.Syntax1998) != nil {
		l.t.Fatalf("our own datagram % x is not understood", d)
	}
	gone, seen := l.lost[u.Seq]
	if !seen && p.IsData {
		gone = l.data(&p)
		l.lost[u.Seq] = gone
	}
	if gone {
		return nil
	}
	return [][]byte{d}
}

// data notes the octets of a packet of the page, and decides on it. The training
// check, which is zeros, is no page.
func (l *imageLoss) data(p *ifp.Packet) (gone bool) {
	for _, f := range p.Fields {
		if f.Type != ifp.T4NonECMData && f.Type != ifp.T4NonECMSigEnd {
			continue
		}
		if len(l.page) == 0 && len(f.Data) > 2 && f.Data[1] == 0 && f.Data[2] == 0 {
			continue
		}
		from := len(l.page)
		l.page = append(l.page, f.Data...)
		if f.Type == ifp.T4NonECMData && from > 0 && l.rnd.IntN(100) < l.percent {
			gone = true
			l.holes = append(l.holes, [2]int{from, len(l.page)})
		}
	}
	return gone
}

// touched says which rows the holes reach: the row's bits, or the EOL before or
// after it, or in MR a row that it hangs on.
func (l *imageLoss) touched(rows int, coding t4.Coding) []bool {
	var starts []int    // where a row's EOL begins: its eleventh zero from the end
	var vertical []bool // the row is coded by the one before it
	zeros := 0
	bit := func(i int) int { return int(l.page[i/8]>>(7-i%8)) & 1 }
	for i := range 8 * len(l.page) {
		if bit(i) == 0 {
			zeros++
			continue
		}
		if zeros >= 11 {
			starts = append(starts, i-11)
			vertical = append(vertical, coding == t4.MR && i+1 < 8*len(l.page) && bit(i+1) == 0)
		}
		zeros = 0
	}
	touched := make([]bool, rows)
	for y := range touched {
		for _, h := range l.holes {
			if 8*h[0] < starts[y+1]+13 && 8*h[1] > starts[y] {
				touched[y] = true
			}
		}
		if y > 0 && vertical[y] && touched[y-1] {
			touched[y] = true
		}
	}
	return touched
}

// damage sets the page received beside the one sent: every row that was not
// touched must be there, in order; one that was touched may be, as when its EOL
// alone is lost. It gives how many rows others are.
func damage(t *testing.T, sent, got *t4.Page, touched []bool) (others int) {
	t.Helper()
	a, stride, err := sent.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := got.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	y := 0 // the next row sent
	for n := range got.Rows {
		row := string(b[n*stride : (n+1)*stride])
		next := y
		for next < sent.Rows && touched[next] && row != string(a[next*stride:(next+1)*stride]) {
			next++
		}
		if next < sent.Rows && row == string(a[next*stride:(next+1)*stride]) {
			y = next + 1
		} else {
			others++
		}
	}
	for y < sent.Rows && touched[y] {
		y++
	}
	if y < sent.Rows {
		t.Errorf("row %d was not touched by the loss and did not arrive", y)
	}
	return others
}

// Without ECM a lost packet damages the rows that it held, in MR also those coded
// by them, and no others; the count of bad rows says how many.
func TestLossDamagesItsRowsOnly(t *testing.T) {
	for _, coding := range []t4.Coding{t4.MH, t4.MR} {
		for seed := range uint64(10) {
			t.Run(fmt.Sprintf("%v, seed %d", coding, seed), func(t *testing.T) {
				calling, called := options(Options{})
				called.T30.DisableECM = true
				called.T30.RetrainPercent, called.T30.RejectPercent = 100, 100
				called.T30.Codings = t30.CodingMH
				if coding == t4.MR {
					called.T30.Codings |= t30.CodingMR
				}
				w := newWorld(calling, called, simnet.Conditions{})
				l := &imageLoss{t: t, rnd: rand.New(rand.NewPCG(seed, 6)), percent: 1 + int(seed), lost: map[uint16]bool{}}
				w.ends[0].quirk = l.datagram
				doc := distinctPage(seed, 400, coding)
				a, b := w.fax(t, []*t4.Page{doc})
				if !a.Success || !b.Success || len(w.ends[1].tray) != 1 || b.Coding != coding || b.ECM {
					t.Fatalf("%v, %v\n%s", a.Cause, b.Cause, w.ladder())
				}
				got := w.ends[1].tray[0]
				touched := l.touched(doc.Rows, coding)
				reach := 0
				for _, yes := range touched {
					if yes {
						reach++
					}
				}
				others := damage(t, doc, got, touched)
				t.Logf("%d holes reach %d rows: %d arrived as others, %d counted bad", len(l.holes), reach, others, got.BadRows)
				if others > reach || got.BadRows > reach || got.BadRows != b.Pages[0].BadRows {
					t.Errorf("%d rows are others and %d counted bad (%d in the outcome), where the loss reaches %d",
						others, got.BadRows, b.Pages[0].BadRows, reach)
				}
				if got.BadRows != others {
					t.Errorf("%d rows are others, %d are counted bad", others, got.BadRows)
				}
			})
		}
	}
}
