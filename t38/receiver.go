package t38

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// receiver turns the IFP packets of the peer into what happens on the line, for
// the engine. Peers differ in what they send, so it follows the data more than
// the indicators: data without its indicator begins a signal all the same, and
// an end that comes twice is one end.
type receiver struct {
	emit   func(heard)
	syntax ifp.Syntax // of the peer's packets, corrected by what comes

	carrier  t30.Modulation // of the peer's signal; NoModulation: silence
	fed      bool           // the signal has brought data
	inferred bool           // the signal began with data: its indicator may follow
	raw      bool           // the last data was outside HDLC
	frame    []byte         // the HDLC frame so far
	seam     int            // where in it octets are missing last; noSeam: nowhere
	deadline time.Time      // when a signal that brings nothing counts as ended

	packet ifp.Packet
}

// heard is an event for the engine, as a value that costs no memory.
type heard struct {
	kind       heardKind
	modulation t30.Modulation // carrierUp
	tone       t30.Tone       // toneHeard
	octets     []byte         // frameHeard, dataHeard
	fcsOK      bool           // frameHeard
}

type heardKind uint8

const (
	toneHeard heardKind = iota
	carrierUp
	carrierDown
	frameHeard
	dataHeard
	dataLost
)

const (
	noSeam = -1
	// maxFrame bounds an HDLC frame. Those of a page have 260 octets, those of
	// V.21 rarely a hundred.
	maxFrame = 1024
)

// ifpPacket takes the next IFP packet. An error says that it was not
// understood.
func (r *receiver) ifpPacket(octets []byte) error {
	if len(octets) == 0 {
		return nil
	}
	p := &r.packet
	err := p.Parse(octets, r.syntax)
	if err != nil || misread(p) || r.contradicts(p) {
		other := ifp.Syntax2002
		if r.syntax == ifp.Syntax2002 {
			other = ifp.Syntax1998
		}
		if p.Parse(octets, other) == nil && !misread(p) && !r.contradicts(p) {
			r.syntax = other
		} else if err = p.Parse(octets, r.syntax); err != nil {
			return err
		}
	}
	if !p.IsData {
		r.indicator(p.Indicator)
		return nil
	}
	if m := modulationOf(p.DataType); m != t30.NoModulation {
		for _, f := range p.Fields {
			r.field(m, f)
		}
	}
	return nil
}

// misread reports whether the packet has a field that holds data and should
// not: the mark of a packet read in the wrong syntax.
func misread(p *ifp.Packet) bool {
	for _, f := range p.Fields {
		switch f.Type {
		case ifp.HDLCSigEnd, ifp.HDLCFCSOK, ifp.HDLCFCSBad, ifp.HDLCFCSOKSigEnd, ifp.HDLCFCSBadSigEnd:
			if len(f.Data) > 0 {
				return true
			}
		}
	}
	return false
}

// contradicts reports whether the packet ends the V.21 signal after a frame
// that says that another one follows (T.30 5.3.5): read in the wrong syntax,
// the end of a frame looks like that.
func (r *receiver) contradicts(p *ifp.Packet) bool {
	if !p.IsData || p.DataType != ifp.V21 || r.seam != noSeam {
		return false
	}
	var head [2]byte
	n := copy(head[:], r.frame)
	for _, f := range p.Fields {
		switch f.Type {
		case ifp.HDLCData:
			n += copy(head[n:], f.Data)
		case ifp.HDLCSigEnd, ifp.HDLCFCSOKSigEnd:
			return n == 2 && head[1] == controlNotFinal
		default:
			return false
		}
	}
	return false
}

func (r *receiver) indicator(i ifp.Indicator) {
	switch i {
	case ifp.NoSignal:
		r.down()
	case ifp.CNG, ifp.CED:
		r.down()
		tone := t30.CNG
		if i == ifp.CED {
			tone = t30.CED
		}
		r.emit(heard{kind: toneHeard, tone: tone})
	case ifp.V21Preamble:
		r.announced(t30.V21)
	default:
		if m, ok := trainingOf(i); ok {
			r.announced(m)
		}
	}
}

// announced begins the signal that an indicator announces, unless it is said
// again of the one under way: before its data, after its data, or in the middle
// of a frame of which nothing is missing.
func (r *receiver) announced(m t30.Modulation) {
	whole := r.seam == noSeam
	if r.carrier == m && (!r.fed || whole && (r.inferred || len(r.frame) > 0)) {
		r.inferred = false
		return
	}
	r.up(m, false)
}

func (r *receiver) up(m t30.Modulation, inferred bool) {
	r.down()
	r.carrier, r.fed, r.raw, r.inferred = m, false, false, inferred
	if !inferred {
		r.seam = noSeam
	}
	r.emit(heard{kind: carrierUp, modulation: m})
}

// down ends the peer's signal, if there is one.
func (r *receiver) down() {
	if r.carrier == t30.NoModulation {
		return
	}
	r.endFrame(false)
	r.carrier = t30.NoModulation
	r.emit(heard{kind: carrierDown})
}

// How long a signal may bring nothing: at its beginning, where a preamble or a
// training may take 1.6 s, and later, where a sender may collect a whole frame
// of V.21 before it says anything. On a line its end would be heard in no time;
// here the packets that say so may be lost.
const (
	silenceBefore = 3 * time.Second
	silenceWithin = 1500 * time.Millisecond
	silenceOfRows = 4 * time.Second // rows may wait for each other (T.4 2.3), and fill may not travel
)

// alive notes that something has come from the peer by now.
func (r *receiver) alive(now time.Time) {
	switch {
	case r.carrier == t30.NoModulation:
		r.deadline = time.Time{}
	case r.raw:
		r.deadline = now.Add(silenceOfRows)
	case r.fed:
		r.deadline = now.Add(silenceWithin)
	default:
		r.deadline = now.Add(silenceBefore)
	}
}

// released notes that packets may have come out of the wait for those before them: a
// signal that began so must end as well when nothing more comes.
func (r *receiver) released(now time.Time) {
	if r.carrier != t30.NoModulation && r.deadline.IsZero() {
		r.alive(now)
	}
}

// silent ends the signal of a peer of whom nothing has come for too long.
func (r *receiver) silent() {
	r.deadline = time.Time{}
	r.down()
}

// lost notes that packets are missing here.
func (r *receiver) lost() {
	r.seam = len(r.frame)
	if r.carrier != t30.NoModulation && r.carrier != t30.V21 && (r.raw || !r.fed) {
		r.emit(heard{kind: dataLost})
	}
}

func (r *receiver) field(m t30.Modulation, f ifp.Field) {
	if r.carrier != m {
		if len(f.Data) == 0 {
			return // the end of a signal, said once more
		}
		r.up(m, true)
	}
	switch f.Type {
	case ifp.HDLCData:
		r.fed, r.raw = true, false
		if room := maxFrame - len(r.frame); room < len(f.Data) {
			r.seam = maxFrame // too long for any frame: not to be believed
			f.Data = f.Data[:room]
		}
		r.frame = append(r.frame, f.Data...)
	case ifp.HDLCFCSOK, ifp.HDLCFCSOKSigEnd:
		r.endFrame(true)
	case ifp.HDLCFCSBad, ifp.HDLCFCSBadSigEnd:
		r.endFrame(false)
	case ifp.HDLCSigEnd:
		// Some senders say nothing of the FCS of the last frame. What came
		// without a gap is what was sent.
		r.endFrame(true)
	case ifp.T4NonECMData, ifp.T4NonECMSigEnd:
		r.fed, r.raw = true, true
		if len(f.Data) > 0 {
			r.emit(heard{kind: dataHeard, octets: f.Data})
		}
	}
	if f.Type.SigEnd() {
		r.down()
	}
}

// endFrame ends the frame. Octets missing spoil it; but the packets lost may
// have held the end of the frame before and all of this one be here.
func (r *receiver) endFrame(ok bool) {
	frame, seam := r.frame, r.seam
	r.frame, r.seam = r.frame[:0], noSeam
	if len(frame) == 0 {
		return
	}
	if seam >= 0 && seam < len(frame) && ok && wholeFrame(frame[seam:]) {
		if seam > 0 {
			r.emit(heard{kind: frameHeard, octets: frame[:seam]})
		}
		frame, seam = frame[seam:], noSeam
	}
	r.emit(heard{kind: frameHeard, octets: frame, fcsOK: ok && seam == noSeam})
}

// The first octets of frames, and two frames of a page (T.30 5.3.4 to 5.3.6,
// T.4 Annex A).
const (
	address         = 0xFF
	controlNotFinal = 0xC0
	controlFinal    = 0xC8
	fcfFCD          = 0x60
	fcfRCP          = 0x61
)

// wholeFrame reports whether octets that begin anywhere in a frame look like
// all of one.
func wholeFrame(b []byte) bool {
	if len(b) < 3 || b[0] != address || b[1] != controlNotFinal && b[1] != controlFinal {
		return false
	}
	switch b[2] {
	case fcfFCD:
		return len(b) == 4+256 || len(b) == 4+64
	case fcfRCP:
		return len(b) == 3
	}
	return true
}
