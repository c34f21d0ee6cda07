package t4

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/t38/t4/internal/spec"
)

// words looks code words up: w4 is white 4, b70 black 70, EOL, 1 and 0 are tag
// bits, everything else a mode or bits.
func words(t *testing.T, text string) []byte {
	t.Helper()
	var bits strings.Builder
	for _, word := range strings.Fields(text) {
		s := slowEncoder{}
		switch n := 0; {
		case word == "EOL":
			s.out.WriteString(spec.EOL)
		case strings.Trim(word, "01") == "":
			s.out.WriteString(word)
		case word[0] == 'w' || word[0] == 'b':
			for _, c := range word[1:] {
				n = n*10 + int(c-'0')
			}
			s.run(word[0] == 'b', n)
		default:
			s.mode(word)
		}
		if s.out.Len() == 0 {
			t.Fatalf("what is %q?", word)
		}
		bits.WriteString(s.out.String())
	}
	return pack(bits.String())
}

const rtcMH = " EOL EOL EOL EOL EOL EOL"

// TestRowsAsOthersCodeThem decodes streams that our Encoder does not write.
func TestRowsAsOthersCodeThem(t *testing.T) {
	for _, c := range []struct {
		why    string
		coding Coding
		data   string
		rows   string // * is black
		bad    int
	}{
		{"rows without any EOL", MH, "w4 b4 w0 b8", "....**** ********", 0},
		{"EOLs between rows but not before the first", MH, "w4 b4 EOL w8" + rtcMH, "....**** ........", 0},
		{"runs of no pels", MH, "EOL w2 b0 w2 b2 w0 b2" + rtcMH, "....****", 0},
		{"a row that begins with two runs of no pels", MH, "EOL w0 b0 w6 b2" + rtcMH, "......**", 0},
		{"fill before EOLs", MH, "EOL w8 00000000000000000000000 EOL w7 b1 0000000000" + rtcMH, "........ .......*", 0},
		{"an RTC of three EOLs", MH, "EOL w8 EOL EOL EOL", "........", 0},
		{"rows after RTC are no rows", MH, "EOL w8" + rtcMH + " w8 EOL w8", "........", 0},
		{"the page is RTC only", MH, "EOL EOL EOL EOL EOL EOL", "", 0},
		{"no data", MH, "", "", 0},
		{"MR whose first row is two-dimensional", MR, "EOL 0 H w2 b2 V0", "..**....", 0},
		{"MR whose tag bits are all 1", MR, "EOL 1 w8 EOL 1 w0 b8 EOL 1 EOL 1 EOL 1 EOL 1 EOL 1 EOL 1", "........ ********", 0},
		{"RTC with tag bits of 0", MR, "EOL 1 w8 EOL 0 EOL 0 EOL 0 EOL 0", "........", 0},
		{"MMR that ends with the last octet", MMR, "V0 V0 V0 V0 V0 V0 V0 V0", "........ ........ ........ ........ ........ ........ ........ ........", 0},
		{"MMR that ends with one EOL", MMR, "H w0 b8 EOL", "********", 0},
		{"horizontal mode with a second run of no pels", MMR, "H w8 b0 EOL EOL", "........", 0},
		{"horizontal mode with a first run of no pels amid a row", MMR, "H w2 b2 H w0 b2 H w1 b1 EOL EOL", "..****.*", 0},
		{"pass mode to the end", MMR, "H w2 b2 V0 P V0 EOL EOL", "..**.... ........", 0},
		{"all vertical modes", MMR, "H w3 b2 V0 VR1 VR1 V0 VL2 VR1 V0 VR2 VL2 V0 VL3 VR3 EOL EOL", "...**... ....**.. ..*****. ....*... .*******", 0},

		{"a row too short", MH, "EOL w8 EOL w4 EOL w0 b8" + rtcMH, "........ ........ ********", 1},
		{"a row too long", MH, "EOL w8 EOL w9 EOL w0 b8" + rtcMH, "........ ........ ********", 1},
		{"a row that goes on when it is full", MH, "EOL w0 b8 EOL w8 b2 w4 EOL w8" + rtcMH, "******** ******** ........", 1},
		{"no code word", MH, "EOL w0 b8 EOL 000000000101 EOL w8" + rtcMH, "******** ******** ........", 1},
		{"uncompressed mode", MH, "EOL w0 b8 EOL w4 000000001111 0101 EOL w8" + rtcMH, "******** ******** ........", 1},
		{"the first row bad", MH, "EOL w9 EOL w0 b8" + rtcMH, "........ ********", 1},
		{"the last row cut off", MH, "EOL w0 b8 EOL w4 b1", "******** ********", 1},
		{"MR loses what hangs on a bad row", MR, "EOL 1 w0 b8 EOL 1 w9 EOL 0 V0 EOL 0 V0 EOL 1 w8 EOL 0 V0" + strings.Repeat(" EOL 1", 6),
			"******** ******** ******** ******** ........ ........", 3},
		{"MMR has no second chance", MMR, "H w0 b8 H w4 b8 V0 V0 V0", "******** ********", 1},
	} {
		d := NewDecoder(words(t, c.data), DecodeOptions{Coding: c.coding, Width: 8})
		rows, _ := rowsOf(t, d)
		var got []string
		for _, row := range rows {
			got = append(got, row.picture())
		}
		if strings.Join(got, " ") != c.rows || d.BadRows() != c.bad {
			t.Errorf("%s: %s, %d bad (%v), want %s, %d", c.why, strings.Join(got, " "), d.BadRows(), d.Bad(), c.rows, c.bad)
		}
	}
}

// picture draws a row of 8 pels.
func (r Row) picture() string {
	b := make([]byte, 1)
	r.Fill(b, 8)
	var s strings.Builder
	for i := range 8 {
		s.WriteByte(".*"[b[0]>>(7-i)&1])
	}
	return s.String()
}

func TestStopSaysWhereAndWhy(t *testing.T) {
	data := words(t, "EOL w8 EOL w4 000000001111 0101 EOL w8"+rtcMH)
	d := NewDecoder(data, DecodeOptions{Width: 8, Conceal: Stop})
	if row, err := d.Next(); err != nil || len(row) != 0 {
		t.Fatal(row, err)
	}
	for range 2 {
		_, err := d.Next()
		var bad *RowError
		if !errors.As(err, &bad) || bad.Row != 1 || bad.Reason != Uncompressed || bad.Bit != 12+5 || !errors.Is(err, ErrUncompressed) {
			t.Fatalf("the error is %v", err)
		}
		if want := "uncompressed mode is not supported"; !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

func TestConcealWhite(t *testing.T) {
	d := NewDecoder(words(t, "EOL w0 b8 EOL w9 EOL w9 EOL w0 b8 EOL w9"+rtcMH), DecodeOptions{Width: 8, Conceal: White})
	rows, _ := rowsOf(t, d)
	if len(rows) != 5 || len(rows[1]) != 0 || len(rows[3]) != 1 {
		t.Errorf("rows %v", rows)
	}
	if d.BadRows() != 3 || d.BadRun() != 2 || d.Rows() != 5 || !d.Complete() {
		t.Errorf("%d bad rows, %d in a run, of %d", d.BadRows(), d.BadRun(), d.Rows())
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for _, width := range []int{-1, 0, MaxWidth + 1} {
		if _, err := NewDecoder(nil, DecodeOptions{Width: width}).Next(); err != ErrWidth {
			t.Errorf("decoding rows %d wide: %v", width, err)
		}
		e := NewEncoder(MH, width, EncodeOptions{})
		if err := e.WriteRow(nil); err != ErrWidth || e.Finish() != nil {
			t.Errorf("coding rows %d wide: %v", width, err)
		}
		if p := FromBitmap([]byte{1, 2}, width, 1, 2, MH, R8x7_7); p.Rows != 0 || len(p.Data) != 0 {
			t.Errorf("a bitmap %d wide has %d rows", width, p.Rows)
		}
		if p, err := Receive([]byte{0, 1}, MH, width, R8x7_7, ReceiveOptions{}); err != ErrWidth || p != nil {
			t.Errorf("receiving rows %d wide: %v", width, err)
		}
	}
	if _, err := NewDecoder(nil, DecodeOptions{Width: 8, Coding: 3}).Next(); err == nil {
		t.Error("coding 3 was decoded")
	}
	if err := NewEncoder(3, 8, EncodeOptions{}).WriteRow(nil); err == nil {
		t.Error("coding 3 was coded")
	}
	e := NewEncoder(MH, 8, EncodeOptions{})
	for _, r := range []Row{{8}, {-1}, {3, 3}, {4, 2}} {
		if err := e.WriteRow(r); err == nil {
			t.Errorf("row %v was coded", r)
		}
	}
	first := bytes.Clone(e.Finish())
	if err := e.WriteRow(nil); err == nil || !bytes.Equal(e.Finish(), first) {
		t.Error("a row was written after the end of the page")
	}
}

func TestDecoderStopsAtRows(t *testing.T) {
	p := draw("stripes", 64, 10, func(x, y int) bool { return y&1 == 0 })
	for _, coding := range codings {
		page := FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
		d := NewDecoder(page.Data, DecodeOptions{Coding: coding, Width: p.width, Rows: 7})
		if rows, _ := rowsOf(t, d); len(rows) != 7 || d.Complete() {
			t.Errorf("%v: %d rows, complete %v", coding, len(rows), d.Complete())
		}
	}
}

func TestNoAllocationsPerRow(t *testing.T) {
	const rows = 500
	p := noise(newRand(5), 1728, rows)
	for _, coding := range codings {
		page := FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
		d := page.Decode()
		if n := testing.AllocsPerRun(rows-2, func() {
			if _, err := d.Next(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("decoding a row of %v allocates %v times", coding, n)
		}
		e := NewEncoder(coding, p.width, EncodeOptions{})
		e.w.buf = make([]byte, 0, 4<<20)
		row := p.bits[:p.stride()]
		if n := testing.AllocsPerRun(rows, func() {
			if err := e.WriteBits(row); err != nil {
				t.Fatal(err)
			}
			if err := e.WriteRow(Row{7, 9, 1700}); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("coding a row in %v allocates %v times", coding, n)
		}
	}
}

// TestPageIsWhatItSays takes the promise of Page.Data literally.
func TestPageIsWhatItSays(t *testing.T) {
	eol := words(t, "EOL")
	for coding, end := range map[Coding]string{
		MH: strings.Repeat(spec.EOL, 6), MR: strings.Repeat(spec.EOL+"1", 6), MMR: strings.Repeat(spec.EOL, 2),
	} {
		e := NewEncoder(coding, 1728, EncodeOptions{})
		for range 9 {
			if err := e.WriteRow(Row{5, 8, 1000}); err != nil {
				t.Fatal(err)
			}
		}
		p := e.Page(I200x200)
		var bits strings.Builder
		for _, b := range unpack(p.Data) {
			bits.WriteByte('0' + b)
		}
		if s := bits.String(); !strings.HasSuffix(strings.TrimRight(s, "0"), strings.TrimRight(end, "0")) {
			t.Errorf("%v ends with %s", coding, s[len(s)-90:])
		}
		if (coding != MMR) != (p.Data[0] == eol[0] && p.Data[1]>>4 == 1) {
			t.Errorf("%v begins with %x", coding, p.Data[:2])
		}
		if p.Rows != 9 || p.Width != 1728 || p.Resolution != I200x200 || p.Coding != coding {
			t.Errorf("%v: %+v", coding, p)
		}
	}
}

// TestLineFillsRows measures each row from EOL to EOL.
func TestLineFillsRows(t *testing.T) {
	p := noise(newRand(6), 300, 60)
	for _, coding := range []Coding{MH, MR} {
		page := FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
		for _, least := range []int{0, 24, 96, 97, 192, 400} {
			data := page.Line(least)
			d := NewDecoder(data, DecodeOptions{Coding: coding, Width: p.width, Conceal: Stop})
			for n := 0; ; n++ {
				_, err := d.Next()
				if err == io.EOF {
					if n != p.height {
						t.Errorf("%v: %d rows", coding, n)
					}
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				eol, _ := d.eolAt(d.pos)
				if length := eol - eolBits - d.start; length < least {
					t.Errorf("%v: row %d has %d bits, want %d", coding, n, length, least)
				}
				d.pos = eol - eolBits
			}
			e := NewEncoder(coding, p.width, EncodeOptions{K: page.Resolution.K(), MinRowBits: least})
			if err := e.copyFrom(page.Decode()); err != nil || !bytes.Equal(e.Finish(), data) {
				t.Errorf("%v: Line(%d) is not what MinRowBits gives: %v", coding, least, err)
			}
		}
	}
	page := FromBitmap(p.bits, p.width, p.stride(), p.height, MMR, R8x7_7)
	if !bytes.Equal(page.Line(400), page.Data) {
		t.Error("MMR got fill")
	}
}

func TestBothBitOrders(t *testing.T) {
	p := noise(newRand(8), 777, 33)
	for _, coding := range codings {
		page := FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
		e := NewEncoder(coding, p.width, EncodeOptions{K: 4, BitOrder: LSBFirst})
		if err := e.copyFrom(page.Decode()); err != nil {
			t.Fatal(err)
		}
		turned := e.Finish()
		clean, _ := rowsOf(t, page.Decode())
		d := NewDecoder(turned, DecodeOptions{Coding: coding, Width: p.width, BitOrder: LSBFirst})
		if rows, _ := rowsOf(t, d); !equal(rows, clean) || d.BadRows() != 0 {
			t.Errorf("%v with the least significant bit first does not come back", coding)
		}
		reverse(turned)
		if !bytes.Equal(turned, page.Data) {
			t.Errorf("%v: the orders differ by more than the order", coding)
		}
	}
}

func equal(a, b []Row) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !slices.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}
