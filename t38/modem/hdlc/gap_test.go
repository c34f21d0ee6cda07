package hdlc

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// spoil gives a receiver bits of which some are lost: those are coins.
func spoil(r *Receiver, bits string, random *rand.Rand, from, n int) {
	for i, b := range []byte(bits) {
		if i >= from && i < from+n {
			r.Guess(byte(random.IntN(2)))
		} else {
			r.Bit(b - '0')
		}
	}
}

// threeFrames are such as T.30 sends, and the bits of a transmission of them.
func threeFrames(t *testing.T, random *rand.Rand) (frames [][]byte, bits string) {
	var tx Transmitter
	tx.Flags(4)
	for range 3 {
		f := append([]byte{0xFF, 0xC8}, make([]byte, 1+random.IntN(38))...)
		for i := range f[2:] {
			f[2+i] = byte(random.Uint32())
			if random.IntN(2) == 0 {
				f[2+i] = 0xFF // as in PPR, with many stuffed zeros
			}
		}
		frames = append(frames, f)
		tx.Frame(f)
	}
	tx.End(3)
	return frames, bitsOf(t, &tx)
}

// Wherever some bits are lost, all frames arrive, once and in order: within
// frames, flags and between them.
func TestGapIsMended(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	frames, bits := threeFrames(t, random)
	for _, n := range []int{1, 3, 6, 8, maxGuessed} {
		failed, wrong := 0, 0
		for from := 3 * flagSize; from+n <= len(bits)-2*flagSize; from++ {
			h := new(heard)
			r := NewReceiver(h, Limits{Gaps: maxGuessed})
			spoil(r, bits, random, from, n)
			if !slices.EqualFunc(h.frames, frames, bytes.Equal) {
				failed++
			}
			for i, f := range h.frames {
				if h.good[i] && !slices.ContainsFunc(frames, func(g []byte) bool { return bytes.Equal(f, g) }) {
					wrong++
				}
			}
		}
		// Two ways to guess are both good once in some hundred times where there
		// are a thousand, and none is taken.
		if failed > len(bits)/50 || n < 8 && failed > len(bits)/200 {
			t.Errorf("%d bits lost: %d of %d times not all frames arrived", n, failed, len(bits))
		}
		if wrong > 0 {
			t.Errorf("%d bits lost: %d frames that were not sent", n, wrong)
		}
	}
}

// What cannot be mended is a bad frame, seldom a wrong one.
func TestGapThatHidesMore(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	const tries = 1500
	wrong := 0
	for range tries {
		frames, bits := threeFrames(t, random)
		h := new(heard)
		r := NewReceiver(h, Limits{Gaps: maxGuessed})
		from := 4*flagSize + random.IntN(len(bits)-8*flagSize)
		damaged := []byte(bits)
		for range 3 { // errors that nobody knows of
			damaged[from-1-random.IntN(8)] ^= 1
		}
		spoil(r, string(damaged), random, from, 8)
		for i, f := range h.frames {
			if h.good[i] && !slices.ContainsFunc(frames, func(g []byte) bool { return bytes.Equal(f, g) }) {
				wrong++
			}
		}
	}
	t.Logf("%d wrong frames of %d transmissions", wrong, tries)
	if wrong > tries/100 {
		t.Errorf("%d wrong frames of %d transmissions", wrong, tries)
	}
}

// A receiver that is to mend nothing takes guesses as they are.
func TestGuessesWithoutMending(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	frames, bits := threeFrames(t, random)
	h := new(heard)
	r := NewReceiver(h, Limits{})
	for _, b := range []byte(bits) {
		r.Guess(b - '0')
	}
	if !slices.EqualFunc(h.frames, frames, bytes.Equal) {
		t.Errorf("%d frames of %d", len(h.frames), len(frames))
	}
}

// FuzzGap takes two bits of each octet as a bit and whether it is lost.
func FuzzGap(f *testing.F) {
	f.Add([]byte{0x15, 0x54, 0x15, 0x54, 0x55, 0xAA, 0xFF})
	f.Add(bytes.Repeat([]byte{0x15, 0x54, 0x57, 0x02}, 40))
	f.Fuzz(func(t *testing.T, in []byte) {
		h := new(heard)
		r := NewReceiver(h, Limits{Octets: 40, Gaps: maxGuessed})
		if len(in) > 4096 {
			in = in[:4096]
		}
		for _, o := range in {
			for k := 0; k < 8; k += 2 {
				if o>>k&2 != 0 {
					r.Guess(o >> k & 1)
				} else {
					r.Bit(o >> k & 1)
				}
			}
		}
		for i, f := range h.frames {
			if h.good[i] && len(f) > 40 {
				t.Errorf("a good frame of %d octets", len(f))
			}
		}
	})
}
