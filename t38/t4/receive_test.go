package t4

import (
	"bytes"
	"errors"
	"testing"
)

// TestReceiveMakesACleanPage receives a page with fill, damage and noise around
// it, and wants a Page that is clean and counts what was bad.
func TestReceiveMakesACleanPage(t *testing.T) {
	p := small()
	for _, from := range []Coding{MH, MR} {
		page := FromBitmap(p.bits, p.width, p.stride(), p.height, from, R8x3_85)
		data := bytes.Clone(page.Line(600)) // a row every 75 octets
		for _, row := range []int{4, 5, 6, 13} {
			copy(data[row*75+2:], "\xA5\x5A\xC3\x3C")
		}
		data = append(append([]byte{0, 0, 0}, data...), 0, 0, 0xFF, 0xFF)
		for _, to := range codings {
			got, err := Receive(data, from, p.width, R8x3_85, ReceiveOptions{To: to})
			if err != nil {
				t.Fatal(err)
			}
			wantBad, wantRun := 4, 3
			if from == MR { // K is 2: rows 5, 7 and 13 are two-dimensional
				wantBad, wantRun = 5, 4
			}
			if got.Rows != p.height || got.BadRows != wantBad || got.BadRun != wantRun {
				t.Errorf("%v to %v: %d rows, %d bad, %d in a run; want %d, %d, %d",
					from, to, got.Rows, got.BadRows, got.BadRun, p.height, wantBad, wantRun)
			}
			clean, _ := rowsOf(t, page.Decode())
			rows, bad := rowsOf(t, got.Decode()) // fails when it is not clean
			for i := range rows {
				want := clean[i]
				if i >= 4 && i <= 3+wantRun {
					want = clean[3]
				} else if i == 13 {
					want = clean[12]
				}
				if !equal(rows[i:i+1], []Row{want}) || bad[i] {
					t.Errorf("%v to %v: row %d is wrong", from, to, i)
				}
			}
		}
	}
}

func TestReceiveECM(t *testing.T) {
	p := noise(newRand(9), 1728, 100)
	for _, coding := range codings {
		page := FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
		padded := append(bytes.Clone(page.Data), make([]byte, 256-len(page.Data)%256)...)
		r := NewReceiver(coding, p.width, R8x7_7, ReceiveOptions{To: coding})
		for frame := padded; len(frame) > 0; frame = frame[256:] {
			if _, err := r.Write(frame[:256]); err != nil {
				t.Fatal(err)
			}
		}
		if rows, bad := r.Rows(); rows != p.height || bad != 0 || !r.Complete() {
			t.Errorf("%v: after the last frame %d rows are there, %d bad, complete %v", coding, rows, bad, r.Complete())
		}
		got, err := r.Finish()
		if err != nil || got.Rows != p.height || got.BadRows != 0 || !bytes.Equal(got.Data, page.Data) {
			t.Errorf("%v: %d rows, %d bad, %v", coding, got.Rows, got.BadRows, err)
		}
	}
}

func TestReceiveLimits(t *testing.T) {
	white := bytes.Repeat([]byte{0xFF}, 1000) // 8000 rows of V0
	p, err := Receive(white, MMR, 1728, R8x7_7, ReceiveOptions{To: MMR, MaxRows: 500})
	if !errors.Is(err, ErrTooLong) || p == nil || p.Rows != 500 {
		t.Errorf("beyond the limit of rows: %v", err)
	}
	p, err = Receive(white, MMR, 1728, R8x7_7, ReceiveOptions{To: MMR, MaxOctets: 999})
	if !errors.Is(err, ErrTooLong) || p != nil {
		t.Errorf("beyond the limit of octets: %v", err)
	}
	r := NewReceiver(MH, 1728, R8x7_7, ReceiveOptions{MaxOctets: 10})
	if _, err := r.Write(make([]byte, 11)); !errors.Is(err, ErrTooLong) {
		t.Errorf("a Write beyond the limit: %v", err)
	}
}

// TestReceiveNothing receives what is no page at all.
func TestReceiveNothing(t *testing.T) {
	for _, coding := range codings {
		for _, data := range [][]byte{nil, make([]byte, 1000)} {
			p, err := Receive(data, coding, 1728, R8x7_7, ReceiveOptions{})
			if err != nil || p.Rows != 0 || p.BadRows != 0 {
				t.Errorf("%v: %d octets: %+v, %v", coding, len(data), p, err)
			}
		}
	}
}

func TestReceiveRefusesUncompressedMode(t *testing.T) {
	data := words(t, "H w0 b8 H w4 b2 0000001111 0101 EOL EOL")
	for _, conceal := range []Conceal{CopyGood, White, Stop} {
		p, err := Receive(data, MMR, 8, R8x7_7, ReceiveOptions{Conceal: conceal})
		if !errors.Is(err, ErrUncompressed) || p == nil || p.BadRows != 1 {
			t.Errorf("policy %d: %+v, %v", conceal, p, err)
		}
	}
}

// TestReceiverForgetsWhatItDecoded writes a page without end and looks at how
// much of it the Receiver keeps.
func TestReceiverForgetsWhatItDecoded(t *testing.T) {
	row := words(t, "EOL w8 000") // three octets
	r := NewReceiver(MH, 8, R8x7_7, ReceiveOptions{To: MMR, MaxRows: 1 << 20})
	for range 4000 {
		if _, err := r.Write(bytes.Repeat(row, 50)); err != nil {
			t.Fatal(err)
		}
	}
	if n := cap(r.d.buf); n > 1<<16 {
		t.Errorf("%d octets are kept", n)
	}
	if p, err := r.Finish(); err != nil || p.Rows != 200000 || p.BadRows != 0 {
		t.Errorf("%d rows, %d bad, %v", p.Rows, p.BadRows, err)
	}
}

// TestReceiveLongFill wants a megabyte of fill, in small pieces, to cost no more
// than its size, and the rows around it to be whole.
func TestReceiveLongFill(t *testing.T) {
	p := small()
	page := FromBitmap(p.bits, p.width, p.stride(), p.height, MH, R8x7_7)
	r := NewReceiver(MH, p.width, R8x7_7, ReceiveOptions{To: MH})
	pieces := [][]byte{page.Data[:100]}
	for range 1 << 17 {
		pieces = append(pieces, make([]byte, 8))
	}
	for _, piece := range append(pieces, page.Data) {
		if _, err := r.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	got, err := r.Finish()
	if err != nil || got.Rows <= page.Rows || got.BadRows != 1 {
		t.Errorf("%d rows, %d bad, %v", got.Rows, got.BadRows, err)
	}
}

// A row that lacks a run of each colour, and another that has them, may have the
// right width again. Only who knows of the hole can tell.
func TestRowWithAHoleIsBad(t *testing.T) {
	const width = 1728
	page := func(rows ...Row) []byte {
		e := NewEncoder(MH, width, EncodeOptions{})
		for _, r := range rows {
			if err := e.WriteRow(r); err != nil {
				t.Fatal(err)
			}
		}
		return e.Page(R8x7_7).Data
	}
	row := func(black int) Row { return Row{int32(black), int32(black) + 1} }
	data := page(row(100), row(200), row(300), row(400))
	for _, knows := range []bool{false, true} {
		r := NewReceiver(MH, width, R8x7_7, ReceiveOptions{})
		_, _ = r.Write(data[:len(data)/2])
		if knows {
			r.Lost()
		}
		_, _ = r.Write(data[len(data)/2:]) // nothing is missing, but how should it know
		p, err := r.Finish()
		if err != nil || p.Rows != 4 {
			t.Fatal(p, err)
		}
		if want := map[bool]int{false: 0, true: 1}[knows]; p.BadRows != want {
			t.Errorf("told of a hole: %v; %d rows are bad, want %d", knows, p.BadRows, want)
		}
	}
}
