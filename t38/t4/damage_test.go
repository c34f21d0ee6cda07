package t4

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"slices"
	"testing"
)

// small is a page whose every bit can be damaged in turn.
func small() *picture {
	return draw("small", 160, 18, func(x, y int) bool { return (x*x/9+y*y*3)/97%3 == 1 })
}

// damage is one way to spoil a stream at a bit.
type damage struct {
	name string
	do   func(bits []byte, at int) []byte // bits: one octet a bit
}

var damages = []damage{
	{"flip", func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 1
		return b
	}},
	{"cut", func(b []byte, at int) []byte { return append(bytes.Clone(b[:at]), b[at+1:]...) }},
	{"insert 0", func(b []byte, at int) []byte { return append(append(bytes.Clone(b[:at]), 0), b[at:]...) }},
	{"insert 1", func(b []byte, at int) []byte { return append(append(bytes.Clone(b[:at]), 1), b[at:]...) }},
	{"cut off", func(b []byte, at int) []byte { return bytes.Clone(b[:at]) }},
}

func unpack(data []byte) []byte {
	var bits []byte
	for i := range len(data) * 8 {
		bits = append(bits, data[i/8]>>(7-i%8)&1)
	}
	return bits
}

func repack(bits []byte) []byte {
	out := make([]byte, (len(bits)+7)/8)
	for i, b := range bits {
		out[i/8] |= b << (7 - i%8)
	}
	return out
}

// rowsOf copies the rows of a Decoder and says which it calls bad.
func rowsOf(t *testing.T, d *Decoder) (rows []Row, bad []bool) {
	t.Helper()
	for range 10000 {
		row, err := d.Next()
		if err == io.EOF {
			return rows, bad
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, append(Row{}, row...))
		bad = append(bad, d.Bad() != Good)
	}
	t.Fatal("the page does not end")
	return nil, nil
}

// TestDamageAtEveryBit spoils each bit of a page in each way, with and without
// fill. Whatever happens, as many rows come out as went in; the damaged row alone
// is lost in MH, and in MR with it those that hang on it, up to the next
// one-dimensional row; what is called bad is counted exactly,
// and no row that is called good is wrong but one whose damage still is of the
// right width, with what hangs on it.
func TestDamageAtEveryBit(t *testing.T) {
	p := small()
	for _, coding := range []Coding{MH, MR} {
		page := FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
		lines := map[string][]byte{"no fill": page.Data, "fill": page.Line(150), "much fill": page.Line(230)}
		for fill, data := range lines {
			for _, dm := range damages {
				t.Run(coding.String()+", "+fill+", "+dm.name, func(t *testing.T) {
					s := spoiler{page: page, coding: coding, rows: 1}
					if coding == MR {
						s.rows = page.Resolution.K()
					}
					s.clean, _ = rowsOf(t, page.Decode())
					d := NewDecoder(data, DecodeOptions{Coding: coding, Width: p.width})
					for range d.All() {
						s.starts = append(s.starts, d.start)
					}
					if len(s.starts) != len(s.clean) {
						t.Fatalf("%d rows begin, %d are there", len(s.starts), len(s.clean))
					}
					bits := unpack(data)
					torn := 0
					for at := range bits {
						if s.check(t, at, repack(dm.do(bits, at)), dm.name == "cut off") {
							torn++
						}
					}
					if torn*1000 > len(bits) || coding == MH && torn > 0 {
						t.Errorf("%d rows are torn in two", torn)
					}
				})
			}
		}
	}
}

type spoiler struct {
	page   *Page
	coding Coding
	rows   int // that may be lost
	clean  []Row
	starts []int // the bits at which rows begin, with the EOL before them
}

// mayLose is how many rows damage at a bit may cost: the row, and in MR those that
// hang on it.
func (s *spoiler) mayLose(at int) int {
	n := 0
	for _, start := range s.starts {
		if start <= at {
			n++
		}
	}
	return s.rows - max(n-1, 0)%s.rows
}

// check decodes what is spoilt at a bit. torn says that a row was torn into two
// of which nobody can say that they are bad: in MR a flipped bit may make of a
// row, now and then, a full row, a damaged EOL and another full row.
func (s *spoiler) check(t *testing.T, at int, data []byte, cut bool) (torn bool) {
	t.Helper()
	d := NewDecoder(data, DecodeOptions{Coding: s.coding, Width: s.page.Width, AwaitFirst: true})
	rows, bad := rowsOf(t, d)
	lost, called := 0, 0
	for i := range rows {
		if bad[i] {
			called++
		}
		if i < len(s.clean) && !slices.Equal(rows[i], s.clean[i]) {
			lost++
		}
	}
	if called != d.BadRows() {
		t.Errorf("bit %d: %d bad rows counted, %d given", at, d.BadRows(), called)
	}
	if len(rows) == len(s.clean)+1 && called == 0 {
		return true
	}
	if len(rows) != len(s.clean) && !(cut && len(rows) < len(s.clean)) {
		t.Errorf("bit %d: %d rows come out of %d", at, len(rows), len(s.clean))
	}
	if may := s.mayLose(at); lost > may || called > may {
		t.Errorf("bit %d: %d rows are lost, %d called bad", at, lost, called)
	}
	return false
}

// TestDamagedMMR wants the rows before the damage, one bad row at most, and an
// end.
func TestDamagedMMR(t *testing.T) {
	p := small()
	page := FromBitmap(p.bits, p.width, p.stride(), p.height, MMR, R8x7_7)
	clean, _ := rowsOf(t, page.Decode())
	bits := unpack(page.Data)
	for _, dm := range damages {
		for at := range bits {
			d := NewDecoder(repack(dm.do(bits, at)), DecodeOptions{Coding: MMR, Width: p.width})
			rows, bad := rowsOf(t, d)
			for i := range bad {
				if bad[i] && i != len(bad)-1 {
					t.Fatalf("%s at %d: row %d of %d is bad", dm.name, at, i, len(bad))
				}
			}
			if at > len(bits)/2 && (len(rows) < 8 || !slices.Equal(rows[0], clean[0])) {
				t.Fatalf("%s at %d: rows before the damage are lost", dm.name, at)
			}
			if d.BadRows() > 1 || d.BadRun() != d.BadRows() {
				t.Fatalf("%s at %d: %d bad rows", dm.name, at, d.BadRows())
			}
		}
	}
}

// TestReceiverTakesOctetsAsTheyCome wants of octets that come one by one or a few
// at a time the page that comes of all at once, damage or not.
func TestReceiverTakesOctetsAsTheyCome(t *testing.T) {
	p := small()
	rnd := newRand(7)
	for _, coding := range codings {
		page := FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
		bits := unpack(page.Line(160))
		for at := 0; at < len(bits); at += 5 {
			data := repack(damages[at%len(damages)].do(bits, at))
			want, err := Receive(data, coding, p.width, R8x7_7, ReceiveOptions{To: MMR})
			if err != nil && !(coding == MMR && errors.Is(err, ErrUncompressed)) {
				t.Fatal(err)
			}
			r := NewReceiver(coding, p.width, R8x7_7, ReceiveOptions{To: MMR})
			for rest := data; len(rest) > 0; {
				n := min(1+rnd.IntN(7), len(rest))
				if _, err := r.Write(rest[:n]); err != nil && !errors.Is(err, ErrUncompressed) {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if got, _ := r.Finish(); !reflect.DeepEqual(got, want) {
				t.Fatalf("%v, bit %d: %d rows, %d bad; at once %d rows, %d bad", coding, at, got.Rows, got.BadRows, want.Rows, want.BadRows)
			}
		}
	}
}
