package gateway

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// However a page comes in pieces, and however much fill a modem adds where it runs
// out of it, the page stays the same.
func TestFillBetweenRows(t *testing.T) {
	doc := page(3, 200)
	bits, stride, err := doc.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	coded := t4.FromBitmap(bits, doc.Width, stride, doc.Rows, t4.MH, doc.Resolution)
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		var r rows
		var line, plain []byte
		for data := coded.Data; len(data) > 0; {
			n := min(1+random.IntN(60), len(data))
			out := r.add(data[:n])
			data = data[n:]
			plain = append(plain, out...)
			line = append(line, out...)
			line = append(line, make([]byte, random.IntN(4))...)
		}
		rest := r.rest()
		plain, line = append(plain, rest...), append(line, rest...)
		if !bytes.Equal(plain, coded.Data) {
			t.Fatalf("seed %d: %d octets went in, %d came out, or others", seed, len(coded.Data), len(plain))
		}
		got := *coded
		got.Data = line
		samePage(t, doc, &got)
	}
}

// What has no EOL is not held for ever.
func TestNoRows(t *testing.T) {
	var r rows
	n := 0
	for range 100 {
		n += len(r.add(bytes.Repeat([]byte{0xFF}, 1000)))
	}
	if len(r.held) > longestRow || n+len(r.rest()) != 100000 {
		t.Errorf("%d of 100000 octets went on", n)
	}
}

func FuzzRows(f *testing.F) {
	f.Add([]byte{0, 1, 0xFF, 0, 0x10, 3}, uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, piece uint8) {
		var r rows
		var out []byte
		for rest := data; len(rest) > 0; {
			n := min(int(piece)+1, len(rest))
			out = append(out, r.add(rest[:n])...)
			rest = rest[n:]
		}
		if out = append(out, r.rest()...); !bytes.Equal(out, data) {
			t.Fatalf("% x became % x", data, out)
		}
	})
}
