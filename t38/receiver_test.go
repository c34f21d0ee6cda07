package t38

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// ear is a receiver that notes what it hears as lines.
type ear struct {
	t      testing.TB
	r      *receiver
	syntax ifp.Syntax // in which the peer writes
	lines  []string
}

func newEar(t testing.TB, ours, peers ifp.Syntax) *ear {
	e := &ear{t: t, syntax: peers}
	e.r = &receiver{syntax: ours, seam: noSeam, emit: func(h heard) {
		e.lines = append(e.lines, line(h))
	}}
	return e
}

func line(h heard) string {
	switch h.kind {
	case toneHeard:
		return h.tone.String()
	case carrierUp:
		return "up " + h.modulation.String()
	case carrierDown:
		return "down"
	case frameHeard:
		if h.fcsOK {
			return fmt.Sprintf("frame %x", h.octets)
		}
		return fmt.Sprintf("bad frame %x", h.octets)
	case dataHeard:
		return fmt.Sprintf("data %x", h.octets)
	case dataLost:
		return "lost"
	}
	return "?"
}

func (e *ear) indicator(i ifp.Indicator) { e.packet(ifp.Packet{Indicator: i}) }

func (e *ear) data(d ifp.DataType, f ...ifp.Field) {
	e.packet(ifp.Packet{IsData: true, DataType: d, Fields: f})
}

func (e *ear) packet(p ifp.Packet) {
	e.t.Helper()
	b, err := p.Append(nil, e.syntax)
	if err != nil {
		e.t.Fatal(err)
	}
	if err := e.r.ifpPacket(b); err != nil {
		e.t.Fatalf("%v: %v", &p, err)
	}
}

// want says what must have been heard since the last want, and why.
func (e *ear) want(why string, lines ...string) {
	e.t.Helper()
	if !slices.Equal(e.lines, lines) {
		e.t.Fatalf("%s: heard %q, want %q", why, e.lines, lines)
	}
	e.lines = nil
}

func hdlc(octets ...byte) ifp.Field { return ifp.Field{Type: ifp.HDLCData, Data: octets} }

func field(f ifp.FieldType, octets ...byte) ifp.Field { return ifp.Field{Type: f, Data: octets} }

func TestOrdinarySignals(t *testing.T) {
	e := newEar(t, ifp.Syntax1998, ifp.Syntax1998)
	e.indicator(ifp.NoSignal)
	e.want("silence at the start is nothing new")
	e.indicator(ifp.CED)
	e.want("CED", "CED")
	e.indicator(ifp.V21Preamble)
	e.want("preamble", "up V.21")
	for _, o := range []byte{0xFF, 0xC0, 0x02} {
		e.data(ifp.V21, hdlc(o))
	}
	e.data(ifp.V21, field(ifp.HDLCFCSOK))
	e.want("octet by octet", "frame ffc002")
	e.data(ifp.V21, hdlc(0xFF, 0xC8, 0x01), field(ifp.HDLCFCSOKSigEnd))
	e.want("at once, with the end", "frame ffc801", "down")
	e.indicator(ifp.NoSignal)
	e.want("silence again is nothing new")
	e.indicator(ifp.V17_9600LongTraining)
	e.data(ifp.V17_9600, field(ifp.T4NonECMData, 0, 0))
	e.data(ifp.V17_9600, field(ifp.T4NonECMSigEnd, 0))
	e.want("TCF", "up V.17 9600", "data 0000", "data 00", "down")
	e.indicator(ifp.V17_9600ShortTraining)
	e.data(ifp.V17_9600, hdlc(0xFF, 0xC0, 0x60, 0, 1), field(ifp.HDLCFCSOK), hdlc(0xFF, 0xC0, 0x61), field(ifp.HDLCFCSBad), field(ifp.HDLCSigEnd))
	e.want("ECM, several fields", "up V.17 9600", "frame ffc0600001", "bad frame ffc061", "down")
}

func TestQuirksOfPeers(t *testing.T) {
	e := newEar(t, ifp.Syntax2002, ifp.Syntax2002)

	e.data(ifp.V21, hdlc(0xFF, 0xC8))
	e.indicator(ifp.V21Preamble)
	e.data(ifp.V21, hdlc(0x21), field(ifp.HDLCFCSOKSigEnd))
	e.want("data before its indicator", "up V.21", "frame ffc821", "down")

	e.data(ifp.V21, field(ifp.HDLCSigEnd))
	e.data(ifp.V21, field(ifp.HDLCFCSOKSigEnd))
	e.want("an end said again begins nothing")

	for range 3 {
		e.indicator(ifp.V21Preamble)
	}
	e.data(ifp.V21, hdlc(0xFF, 0xC8))
	e.indicator(ifp.V21Preamble)
	e.data(ifp.V21, hdlc(0x31), field(ifp.HDLCFCSOK))
	e.want("an indicator repeated, also within a frame", "up V.21", "frame ffc831")
	e.data(ifp.V21, field(ifp.HDLCFCSOK))
	e.want("the end of a frame twice")
	e.indicator(ifp.NoSignal)
	e.indicator(ifp.NoSignal)
	e.want("no-signal instead of sig-end", "down")

	e.indicator(ifp.V21Preamble)
	e.data(ifp.V21, hdlc(0xFF, 0xC8, 0x8C), field(ifp.HDLCSigEnd))
	e.want("sig-end without FCS", "up V.21", "frame ffc88c", "down")

	e.indicator(ifp.V21Preamble)
	e.data(ifp.V21, hdlc(0xFF, 0xC8, 0x8C))
	e.indicator(ifp.NoSignal)
	e.want("cut off within a frame", "up V.21", "bad frame ffc88c", "down")

	e.indicator(ifp.V29_9600Training)
	e.data(ifp.V29_9600, field(ifp.T4NonECMData, 1))
	e.indicator(ifp.V21Preamble)
	e.data(ifp.V21, hdlc(0xFF, 0xC8, 0x2F), field(ifp.HDLCFCSOKSigEnd))
	e.want("no end before the next signal", "up V.29 9600", "data 01", "down", "up V.21", "frame ffc82f", "down")

	e.data(ifp.V27ter4800, field(ifp.T4NonECMData, 1), field(ifp.T4NonECMSigEnd))
	e.want("fast data without an indicator", "up V.27ter 4800", "data 01", "down")

	e.indicator(ifp.V8ANSam)
	e.indicator(ifp.V33_14400Training)
	e.data(ifp.V8, field(ifp.CMMessage, 1))
	e.data(ifp.V34Primary, hdlc(1))
	e.indicator(ifp.Indicator(60))
	e.want("what this terminal has no modem for")

	if err := e.r.ifpPacket(nil); err != nil {
		t.Error(err)
	}
	if err := e.r.ifpPacket([]byte{0xC0, 0x7F}); err == nil {
		t.Error("a packet cut short is no error")
	}
	e.want("nothing in them")
}

func TestPacketsLost(t *testing.T) {
	e := newEar(t, ifp.Syntax1998, ifp.Syntax1998)
	e.indicator(ifp.V21Preamble)
	e.data(ifp.V21, hdlc(0xFF))
	e.r.lost()
	e.data(ifp.V21, hdlc(0x12, 0x34), field(ifp.HDLCFCSOK))
	e.want("a frame with octets missing", "up V.21", "bad frame ff1234")

	e.data(ifp.V21, hdlc(0xFF, 0xC0, 0x02, 0x77))
	e.r.lost()
	e.data(ifp.V21, hdlc(0xFF, 0xC8, 0x01), field(ifp.HDLCFCSOKSigEnd))
	e.want("the end of one frame missing, the next whole", "bad frame ffc00277", "frame ffc801", "down")

	e.r.lost()
	e.data(ifp.V21, hdlc(0xFF, 0xC8, 0x21), field(ifp.HDLCFCSOKSigEnd))
	e.want("the indicator missing", "up V.21", "frame ffc821", "down")
	e.r.lost()
	e.data(ifp.V21, hdlc(0xC8, 0x21), field(ifp.HDLCFCSOKSigEnd))
	e.want("the beginning of a frame missing", "up V.21", "bad frame c821", "down")

	e.indicator(ifp.V17_14400ShortTraining)
	e.data(ifp.V17_14400, field(ifp.T4NonECMData, 1))
	e.r.lost()
	e.data(ifp.V17_14400, field(ifp.T4NonECMData, 3))
	e.indicator(ifp.NoSignal)
	e.want("rows missing", "up V.17 14400", "data 01", "lost", "data 03", "down")

	whole := append([]byte{0xFF, 0xC0, 0x60, 7}, make([]byte, 256)...)
	e.indicator(ifp.V17_14400ShortTraining)
	e.data(ifp.V17_14400, hdlc(whole[:54]...))
	e.r.lost()
	e.data(ifp.V17_14400, hdlc(whole...), field(ifp.HDLCFCSOK))
	e.data(ifp.V17_14400, hdlc(whole[:200]...))
	e.r.lost()
	e.data(ifp.V17_14400, hdlc(whole[:100]...), field(ifp.HDLCFCSOK))
	e.indicator(ifp.NoSignal)
	joined := append(slices.Clone(whole[:200]), whole[:100]...)
	e.want("frames of a page: only one of the full length is whole", "up V.17 14400",
		fmt.Sprintf("bad frame %x", whole[:54]), fmt.Sprintf("frame %x", whole), fmt.Sprintf("bad frame %x", joined), "down")
}

func TestEndlessFrame(t *testing.T) {
	e := newEar(t, ifp.Syntax1998, ifp.Syntax1998)
	e.indicator(ifp.V21Preamble)
	e.lines = nil
	for range 50 {
		e.data(ifp.V21, hdlc(make([]byte, 100)...))
	}
	e.data(ifp.V21, field(ifp.HDLCFCSOK))
	if want := fmt.Sprintf("bad frame %x", make([]byte, maxFrame)); len(e.lines) != 1 || e.lines[0] != want {
		t.Errorf("heard %d lines of %d", len(e.lines), len(e.lines[0]))
	}
}

// A peer that writes in the other syntax than was agreed is understood, and
// answered in its own.
func TestPeerInTheOtherSyntax(t *testing.T) {
	for _, ours := range []ifp.Syntax{ifp.Syntax1998, ifp.Syntax2002} {
		peers := ifp.Syntax2002
		if ours == ifp.Syntax2002 {
			peers = ifp.Syntax1998
		}
		for _, together := range []bool{false, true} {
			e := newEar(t, ours, peers)
			e.indicator(ifp.V21Preamble)
			for _, f := range []struct {
				octets []byte
				end    ifp.FieldType
			}{{[]byte{0xFF, 0xC0, 0x02}, ifp.HDLCFCSOK}, {[]byte{0xFF, 0xC8, 0x01}, ifp.HDLCFCSOKSigEnd}} {
				if together {
					e.data(ifp.V21, hdlc(f.octets...), field(f.end))
					continue
				}
				for _, o := range f.octets {
					e.data(ifp.V21, hdlc(o))
				}
				e.data(ifp.V21, field(f.end))
			}
			e.want(fmt.Sprintf("we %v, peer %v, together %v", ours, peers, together), "up V.21", "frame ffc002", "frame ffc801", "down")
			if e.r.syntax != peers {
				t.Errorf("we %v, peer %v: not noticed", ours, peers)
			}
		}
		e := newEar(t, ours, peers)
		e.indicator(ifp.V27ter4800Training)
		e.data(ifp.V27ter4800, field(ifp.T4NonECMData, 1, 2))
		e.want("rows", "up V.27ter 4800", "data 0102")
	}
}

// Whatever a peer sends, what is heard is a sensible story: signals begin and
// end in turn, and frames and data come only within one.
func FuzzReceiver(f *testing.F) {
	f.Add([]byte("\x01\x06\x06\xc0\x01\x80\x00\x00\xff\x03\xc0\x01\x40\x01\x00"), false)
	f.Fuzz(func(t *testing.T, b []byte, newer bool) {
		carrier := t30.NoModulation
		r := &receiver{seam: noSeam}
		if newer {
			r.syntax = ifp.Syntax2002
		}
		r.emit = func(h heard) {
			switch h.kind {
			case carrierUp:
				if carrier != t30.NoModulation || h.modulation == t30.NoModulation {
					t.Fatalf("%v begins during %v", h.modulation, carrier)
				}
				carrier = h.modulation
			case carrierDown:
				if carrier == t30.NoModulation {
					t.Fatal("silence ends")
				}
				carrier = t30.NoModulation
			case frameHeard, dataHeard, dataLost:
				if carrier == t30.NoModulation || len(h.octets) > max(maxFrame, len(b)) {
					t.Fatalf("%v in silence, or too long", line(h))
				}
			}
		}
		for len(b) > 0 {
			n := min(int(b[0]), len(b)-1)
			if n == 0 {
				r.lost()
			}
			_ = r.ifpPacket(b[1 : 1+n])
			b = b[1+n:]
		}
	})
}
