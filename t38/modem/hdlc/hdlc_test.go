package hdlc

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// heard writes down what a Receiver tells.
type heard struct {
	frames [][]byte
	good   []bool
	flags  int
}

func (h *heard) Flags() { h.flags++ }
func (h *heard) Frame(octets []byte, good bool) {
	h.frames = append(h.frames, bytes.Clone(octets))
	h.good = append(h.good, good)
}

// bitsOf reads a source to its end, as zeros and ones.
func bitsOf(t *testing.T, tx *Transmitter) string {
	t.Helper()
	var s strings.Builder
	for range 1 << 22 {
		bit, more := tx.NextBit()
		if !more {
			return s.String()
		}
		s.WriteByte('0' + bit)
	}
	t.Fatal("the bits do not end")
	return ""
}

func receive(r *Receiver, bits string) {
	for _, b := range []byte(bits) {
		r.Bit(b - '0')
	}
}

const flagBits = "01111110"

// DCN is FF C8 FB (T.30 5.3); its FCS is calculated here as the definition has
// it, bit by bit, with no table.
func TestFrameOnTheLine(t *testing.T) {
	var tx Transmitter
	tx.Flags(2)
	tx.Frame([]byte{0xFF, 0xC8, 0xFB})
	tx.End(1)
	plain := "11111111" + "11001000" + "11111011"
	plain += fcsBits(plain)
	want := flagBits + flagBits + strings.ReplaceAll(plain, "11111", "111110") + flagBits + flagBits
	if got := bitsOf(t, &tx); got != want {
		t.Errorf("the line has\n%s, not\n%s", got, want)
	}
}

// fcsBits divides the frame's bits, the first sixteen inverted and sixteen zeros
// appended, by x^16 + x^12 + x^5 + 1, and inverts what remains.
func fcsBits(frame string) string {
	b := []byte(frame + strings.Repeat("0", 16))
	for i := range 16 {
		b[i] ^= 1
	}
	divisor := "10001000000100001"
	for i := range len(frame) {
		if b[i] == '1' {
			for j := range divisor {
				b[i+j] ^= divisor[j] & 1
			}
		}
	}
	b = b[len(frame):]
	for i := range b {
		b[i] ^= 1
	}
	return string(b)
}

func TestFramesArrive(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var tx Transmitter
	var want [][]byte
	for n := range 300 {
		frame := make([]byte, 3+n%258)
		for i := range frame {
			frame[i] = byte(random.Uint32())
			if n%3 == 0 {
				frame[i] = 0xFF
			}
		}
		want = append(want, frame)
		tx.Frame(frame)
		tx.Flags(n % 3)
	}
	tx.End(0)
	var h heard
	r := NewReceiver(&h, Limits{})
	receive(r, bitsOf(t, &tx))
	if len(h.frames) != len(want) {
		t.Fatalf("%d frames of %d came", len(h.frames), len(want))
	}
	for i := range want {
		if !bytes.Equal(h.frames[i], want[i]) || !h.good[i] {
			t.Errorf("frame %d: %x (%v), not %x", i, h.frames[i], h.good[i], want[i])
		}
	}
	if c := r.Counts(); c.Good != len(want) || c.Bad != 0 || c.Aborted != 0 {
		t.Errorf("counted %+v", c)
	}
}

func TestDamage(t *testing.T) {
	var tx Transmitter
	tx.Frame([]byte("a frame of some octets"))
	tx.End(0)
	bits := bitsOf(t, &tx)
	for i := len(flagBits); i < len(bits)-len(flagBits); i++ {
		for _, damaged := range []string{
			bits[:i] + string('0'+'1'-bits[i]) + bits[i+1:], // another bit
			bits[:i] + bits[i+1:],                           // one lost
			bits[:i] + "0" + bits[i:],                       // one too many
		} {
			var h heard
			receive(NewReceiver(&h, Limits{}), damaged)
			for n, good := range h.good {
				if good && string(h.frames[n]) != "a frame of some octets" {
					t.Fatalf("damage at bit %d: taken for good: %q", i, h.frames[n])
				}
			}
		}
	}
}

func TestFlagsEvent(t *testing.T) {
	shared := strings.Repeat("0111111", 4) + "0"
	for bits, want := range map[string]int{
		strings.Repeat(flagBits, 2):                                0,
		strings.Repeat(flagBits, 3):                                1,
		strings.Repeat(flagBits, 40):                               1,
		shared:                                                     1,
		flagBits + "00" + flagBits + flagBits:                      0,
		flagBits + flagBits + "01110111" + flagBits:                0,
		strings.Repeat(flagBits, 3) + "11111111" + flagBits:        1,
		strings.Repeat(flagBits+flagBits+flagBits+"0101010101", 2): 2,
	} {
		var h heard
		receive(NewReceiver(&h, Limits{}), "0010"+bits)
		if h.flags != want {
			t.Errorf("%s: flags heard %d times, not %d", bits, h.flags, want)
		}
	}
}

func TestIdleLineIsFlags(t *testing.T) {
	var tx Transmitter
	for i := range 800 {
		if bit, more := tx.NextBit(); !more || bit != flagBits[i%8]&1 {
			t.Fatalf("bit %d: %d %v", i, bit, more)
		}
	}
	// What is queued while it runs comes at the next flag's end.
	tx.Frame([]byte{1, 2, 3})
	tx.End(0)
	if want, got := 8+8*5+8, len(bitsOf(t, &tx)); got < want-8 || got > want+3 {
		t.Errorf("%d bits follow", got)
	}
}

// A frame may be on the line before its end is known.
func TestGrowingFrame(t *testing.T) {
	var tx Transmitter
	var h heard
	r := NewReceiver(&h, Limits{})
	run := func(n int) {
		for range n {
			if bit, more := tx.NextBit(); more {
				r.Bit(bit)
			}
		}
	}
	tx.Append([]byte{0xA0, 0xA1, 0xA2, 0xA3})
	run(8 + 24)
	tx.Append([]byte{0xB0, 0xB1})
	run(16)
	if got := r.Pending(); len(got) < 5 || got[0] != 0xA0 {
		t.Errorf("pending: %x", got)
	}
	tx.EndFrame(true)
	run(100)
	tx.Append([]byte{1, 2, 3, 4})
	tx.EndFrame(false)
	run(100)
	tx.Append([]byte{5, 6, 7, 8, 9, 10})
	run(100) // an underrun
	tx.Append([]byte{0x77})
	tx.EndFrame(true)
	tx.Frame([]byte{11, 12, 13})
	run(100)
	got := fmt.Sprintf("%x %v", h.frames, h.good)
	if want := "[a0a1a2a3b0b1 01020304 0b0c0d] [true false true]"; got != want {
		t.Errorf("came %s, not %s", got, want)
	}
	if c := r.Counts(); tx.Aborted != 1 || c.Aborted != 1 || c.Good != 2 || c.Bad != 1 {
		t.Errorf("%d frames aborted; counted %+v", tx.Aborted, c)
	}
}

func TestLimit(t *testing.T) {
	for n, good := range map[int]bool{20: true, 21: false, 500: false} {
		var tx Transmitter
		tx.Frame(make([]byte, n))
		tx.Frame([]byte{1, 2, 3})
		tx.End(0)
		var h heard
		receive(NewReceiver(&h, Limits{Octets: 20}), bitsOf(t, &tx))
		if len(h.good) != 2 || h.good[0] != good || !h.good[1] || len(h.frames[0]) != 20 {
			t.Errorf("a frame of %d octets: %v", n, h.good)
		}
	}
}

func TestReset(t *testing.T) {
	var tx Transmitter
	tx.Frame([]byte{1, 2, 3, 4})
	tx.Append([]byte{5})
	for range 20 {
		tx.NextBit()
	}
	tx.Reset()
	if tx.Queued() != 0 {
		t.Errorf("%d octets are queued", tx.Queued())
	}
	tx.Frame([]byte{9, 9, 9})
	tx.End(0)
	tx.Frame([]byte{8, 8, 8}) // after the end: not sent
	var h heard
	r := NewReceiver(&h, Limits{})
	receive(r, flagBits+"0000000011")
	r.Reset()
	receive(r, bitsOf(t, &tx))
	if len(h.frames) != 1 || !h.good[0] || h.frames[0][0] != 9 {
		t.Errorf("came %x %v", h.frames, h.good)
	}
}

// counter is a sink that keeps nothing.
type counter struct{ octets int }

func (c *counter) Flags()                      {}
func (c *counter) Frame(octets []byte, _ bool) { c.octets += len(octets) }

func TestNoAllocations(t *testing.T) {
	var tx Transmitter
	r := NewReceiver(new(counter), Limits{})
	frame := make([]byte, 260)
	n := testing.AllocsPerRun(100, func() {
		tx.Frame(frame)
		tx.Frame(frame)
		for range 2 * 300 * 8 {
			bit, _ := tx.NextBit()
			r.Bit(bit)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// FuzzReceiver takes any bits; what it takes for good frames is what those
// frames, sent again, give.
func FuzzReceiver(f *testing.F) {
	var tx Transmitter
	tx.Frame([]byte{0xFF, 0xC8, 0xFB})
	tx.Frame([]byte{0xFF, 0xFF, 0xFF, 0xFF})
	tx.End(0)
	var seed []byte
	octet, n := byte(0), 0
	for bit, more := tx.NextBit(); more; bit, more = tx.NextBit() {
		octet = octet<<1 | bit
		if n++; n%8 == 0 {
			seed = append(seed, octet)
		}
	}
	f.Add(seed)
	f.Add([]byte{0x7E, 0x7E, 0xFF, 0xFF, 0x7E, 0, 0, 0x7E})
	f.Fuzz(func(t *testing.T, line []byte) {
		var h heard
		r := NewReceiver(&h, Limits{Octets: 64})
		for _, octet := range line {
			for i := 7; i >= 0; i-- {
				r.Bit(octet >> i & 1)
			}
		}
		var tx Transmitter
		var want [][]byte
		for i, frame := range h.frames {
			if len(frame) > 64 {
				t.Fatalf("%d octets", len(frame))
			}
			if h.good[i] {
				tx.Frame(frame)
				want = append(want, frame)
			}
		}
		tx.End(0)
		var again heard
		receive(NewReceiver(&again, Limits{}), bitsOf(t, &tx))
		if fmt.Sprint(again.frames) != fmt.Sprint(want) {
			t.Errorf("%x come again as %x", want, again.frames)
		}
	})
}

// FuzzTransmitter queues, grows and breaks frames while the bits run; whatever
// happens, the far end finds no bad frame but those that were made so.
func FuzzTransmitter(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	f.Add([]byte{2, 250, 2, 250, 3, 250, 250, 250})
	f.Fuzz(func(t *testing.T, does []byte) {
		var tx Transmitter
		var h heard
		r := NewReceiver(&h, Limits{})
		wrong := 0
		for _, d := range does {
			switch d {
			case 0:
				tx.Flags(2)
			case 1:
				tx.Frame([]byte{1, 2, 3, 0xFF})
			case 2:
				tx.Append([]byte{0xFF, 0xFE})
			case 3:
				tx.EndFrame(true)
			case 4:
				tx.EndFrame(false)
				wrong++
			case 5:
				tx.Reset()
				r.Reset()
			case 6:
				tx.End(1)
			default:
				for range d {
					bit, more := tx.NextBit()
					if more {
						r.Bit(bit)
					}
				}
			}
		}
		if c := r.Counts(); c.Bad > wrong {
			t.Errorf("%+v, but %d bad frames were sent", c, wrong)
		}
	})
}

func BenchmarkTransmitReceive(b *testing.B) {
	var tx Transmitter
	r := NewReceiver(new(counter), Limits{})
	frame := make([]byte, 260)
	b.ReportAllocs()
	for b.Loop() { // one second at 14400 bit/s
		for range 7 {
			tx.Frame(frame)
		}
		for range 14400 {
			bit, _ := tx.NextBit()
			r.Bit(bit)
		}
	}
}
