package t4

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// FuzzDecode decodes anything in every way. Every row must be a row, the end must
// come, and the counts must agree. What is received must be a clean page, and the
// same one when it comes octet by octet.
func FuzzDecode(f *testing.F) {
	p := small()
	for _, coding := range codings {
		page := FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
		f.Add(page.Data, uint8(coding), uint16(p.width))
		line := bytes.Clone(page.Line(200))
		line[len(line)/2] ^= 0x10
		f.Add(line, uint8(coding), uint16(p.width))
		f.Add(line[:len(line)*2/3], uint8(coding)|0x48, uint16(p.width))
	}
	f.Add([]byte("\x00\x1F\x00\x10"), uint8(0), uint16(8))
	f.Add([]byte{}, uint8(MMR), uint16(8))
	f.Fuzz(func(t *testing.T, data []byte, how uint8, width uint16) {
		o := DecodeOptions{
			Coding: Coding(how & 3 % 3), Width: int(width) + 1, BitOrder: BitOrder(how >> 2 & 1),
			NoEOL: how&8 != 0, AlignRows: how&16 != 0, AwaitFirst: how&32 != 0, Conceal: Conceal(how >> 6 % 3),
		}
		d := NewDecoder(data, o)
		bad := 0
		for n := 0; ; n++ {
			row, err := d.Next()
			if err != nil {
				var rowError *RowError
				if err != io.EOF && !(o.Conceal == Stop && errors.As(err, &rowError)) {
					t.Fatal(err)
				}
				break
			}
			if err := row.check(o.Width); err != nil {
				t.Fatal(err)
			}
			if d.Bad() != Good {
				bad++
			}
			if n > len(data)*8+2 {
				t.Fatalf("%d rows in %d octets", n, len(data))
			}
		}
		if bad != d.BadRows() && o.Conceal != Stop {
			t.Fatalf("%d bad rows, counted %d", bad, d.BadRows())
		}
		receive(t, data, o)
	})
}

// receive holds Receive against its promises.
func receive(t *testing.T, data []byte, o DecodeOptions) {
	ro := ReceiveOptions{To: MMR, Conceal: o.Conceal}
	page, err := Receive(data, o.Coding, o.Width, R8x7_7, ro)
	if page == nil {
		t.Fatal(err)
	}
	d := page.Decode()
	n := 0
	for _, err := range d.All() {
		if err != nil {
			t.Fatalf("a received page is not clean: %v", err)
		}
		n++
	}
	if n != page.Rows || page.BadRows > page.Rows+1 || page.BadRun > page.BadRows || !d.Complete() {
		t.Fatalf("%d rows decode of %+v", n, page)
	}
	r := NewReceiver(o.Coding, o.Width, R8x7_7, ro)
	for i := range data {
		_, _ = r.Write(data[i : i+1])
	}
	slow, _ := r.Finish()
	if !bytes.Equal(slow.Data, page.Data) || slow.BadRows != page.BadRows || slow.BadRun != page.BadRun || slow.Rows != page.Rows {
		t.Fatalf("octet by octet %d rows come, %d bad; at once %d, %d bad", slow.Rows, slow.BadRows, page.Rows, page.BadRows)
	}
}

// FuzzRoundTrip codes any pels in any way and wants them back, through every
// coding, and fits the page to another width and resolution.
func FuzzRoundTrip(f *testing.F) {
	for i, p := range pictures()[:12] {
		f.Add(p.bits[:min(len(p.bits), 4000)], uint16(p.width-1), uint8(i), uint8(40*i))
	}
	f.Fuzz(func(t *testing.T, bits []byte, w uint16, how, least uint8) {
		width := int(w) + 1
		stride := (width + 7) / 8
		rows := min((len(bits)+stride-1)/stride, 200)
		coding := Coding(how & 3 % 3)
		page := FromBitmap(bits, width, stride, rows, coding, R8x7_7)
		want, _ := rowsOf(t, page.Decode())
		if len(want) != rows {
			t.Fatalf("%d rows come back of %d", len(want), rows)
		}
		e := NewEncoder(coding, width, EncodeOptions{
			K: int(how>>2&7) - 1, MinRowBits: int(least), BitOrder: BitOrder(how >> 5 & 1),
			NoEnd: how&64 != 0, AlignEOL: how&128 != 0,
		})
		for _, row := range want {
			if err := e.WriteRow(row); err != nil {
				t.Fatal(err)
			}
		}
		d := NewDecoder(e.Finish(), DecodeOptions{Coding: coding, Width: width, Rows: rows, BitOrder: BitOrder(how >> 5 & 1)})
		if got, _ := rowsOf(t, d); !equal(got, want) || d.BadRows() != 0 {
			t.Fatalf("%v, %d rows of %d pels: %d come back, %d bad", coding, rows, width, len(got), d.BadRows())
		}
		for _, to := range codings {
			q, err := Transcode(page, to, EncodeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := rowsOf(t, q.Decode()); !equal(got, want) {
				t.Fatalf("%v to %v changes rows", coding, to)
			}
		}
		if _, err := page.Fit(1+int(least)*7, Resolution(how)%numResolutions, MMR, EncodeOptions{}); err != nil {
			t.Fatal(err)
		}
	})
}
