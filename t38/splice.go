package t38

import "github.com/pagebridge/pagebridge/t38/ifp"

// splice joins the fields of a signal where packets between them are lost for
// good, so that what comes out says what is not whole:
//
//	in    data data  ╳╳╳  data FCS-OK     data FCS-OK
//	out   data data       data FCS-BAD    data FCS-OK
//
//	in    data data  ╳╳╳  FF C8 …  FCS-OK          the end of one frame is lost,
//	out   data data  FCS-BAD  FF C8 …  FCS-OK      the next one is here
//
// Outside HDLC the octets missing are made up for with zeros, which spoil a row
// and cost no other one its EOL, and are what TCF consists of.
type splice struct {
	state spliceState
	data  ifp.DataType // of the signal under way
	open  bool         // octets of a frame have gone out, and its end has not
	head  [3]byte      // the first octets after the loss
	held  int          // of head, not yet gone out
	size  int          // octets of the frame since the loss

	raw   int // octets of the last field outside HDLC; 0: the signal is not so
	zeros int // to go out before the next field outside HDLC

	ifp []ifp.Field
	bad int // frames that were lost, or were made bad for what they lack
}

type spliceState uint8

const (
	spliceWhole  spliceState = iota // nothing of the frame is missing
	spliceDoubt                     // a loss, and not yet enough after it to tell what it was
	spliceFresh                     // a frame that seems to have begun with the loss
	spliceSpoilt                    // octets of the frame are missing
)

// maxZeros bounds what is made up for.
const maxZeros = 1024

// lost notes that so many packets are missing here.
func (s *splice) lost(packets int) {
	s.zeros = min(s.zeros+packets*s.raw, maxZeros)
	if s.held > 0 { // they belong to what the loss has cut
		s.release()
	}
	s.state, s.size = spliceDoubt, 0
}

// restart begins the fields of a new packet.
func (s *splice) restart() { s.ifp = s.ifp[:0] }

// fields gives the fields that go out since restart, valid until the next one.
func (s *splice) fields() []ifp.Field { return s.ifp }

// cut ends what an earlier loss has left open, when an indicator comes. It is
// not proof that all before it is over: some say it again in the middle.
func (s *splice) cut() {
	if s.held > 0 {
		s.release()
	}
	if s.state == spliceWhole {
		return
	}
	s.endBad()
	s.state, s.size, s.zeros = spliceDoubt, 0, 0
}

// signal notes whose fields follow.
func (s *splice) signal(d ifp.DataType) {
	if s.data != d {
		s.cut()
		s.raw = 0
	}
}

func (s *splice) put(t ifp.FieldType, data []byte) {
	s.ifp = append(s.ifp, ifp.Field{Type: t, Data: data})
}

// release lets go of the octets held back. They are of a frame that is not
// whole.
func (s *splice) release() {
	s.put(ifp.HDLCData, append([]byte(nil), s.head[:s.held]...))
	s.open, s.held, s.state = true, 0, spliceSpoilt
}

// field takes the next field of the signal.
func (s *splice) field(f ifp.Field) {
	switch f.Type {
	case ifp.HDLCData:
		s.octets(f.Data)
	case ifp.HDLCFCSOK, ifp.HDLCFCSBad, ifp.HDLCFCSOKSigEnd, ifp.HDLCFCSBadSigEnd, ifp.HDLCSigEnd:
		s.end(f)
	case ifp.T4NonECMData, ifp.T4NonECMSigEnd:
		s.rows(f)
	default:
		s.put(f.Type, f.Data)
	}
}

func (s *splice) octets(b []byte) {
	if s.state == spliceDoubt && s.held == 0 && len(b) > 0 && b[0] != address {
		s.state = spliceSpoilt
	}
	if s.state != spliceDoubt {
		s.size += len(b)
		s.pass(b)
		return
	}
	for len(b) > 0 && s.state == spliceDoubt {
		s.head[s.held] = b[0]
		s.held++
		s.size++
		b = b[1:]
		s.judge()
	}
	s.size += len(b)
	s.pass(b)
}

func (s *splice) pass(b []byte) {
	if len(b) > 0 {
		s.put(ifp.HDLCData, b)
		s.open = true
	}
}

// judge looks at the first octets after a loss: they are held back only while
// they look like the beginning of a frame.
func (s *splice) judge() {
	switch b := s.head[s.held-1]; s.held {
	case 1:
		if b == address {
			return
		}
	case 2:
		if b == controlNotFinal || b == controlFinal {
			return
		}
	case 3:
		if s.data == ifp.V21 || b == fcfFCD || b == fcfRCP {
			s.begin()
			return
		}
	}
	s.release()
}

// begin is the beginning of a frame after a loss: what was open before has lost
// its end.
func (s *splice) begin() {
	s.endBad()
	s.release()
	s.state = spliceFresh
}

// endBad ends the frame that is open, of which the end is lost.
func (s *splice) endBad() {
	if s.open {
		s.put(ifp.HDLCFCSBad, nil)
		s.bad++
	}
	s.open = false
}

// end takes the end of a frame, and makes a bad one of what is not whole.
func (s *splice) end(f ifp.Field) {
	if s.held > 0 {
		s.release()
	}
	whole := s.state == spliceWhole || s.state == spliceFresh && wholeLength(s.head[2], s.size, s.data)
	nothing := !s.open && s.state == spliceDoubt
	s.open, s.state, s.size = false, spliceWhole, 0
	kind := f.Type
	if !whole {
		s.bad++
		kind = badEnd(kind, nothing)
	}
	if kind != ifp.HDLCData {
		s.put(kind, nil)
	}
}

// badEnd is how a frame ends that has lost something; of one that is lost
// altogether only the end of the signal is said, HDLCData stands for nothing.
func badEnd(kind ifp.FieldType, nothing bool) ifp.FieldType {
	switch {
	case nothing && kind.SigEnd():
		return ifp.HDLCSigEnd
	case nothing:
		return ifp.HDLCData
	case kind.SigEnd():
		return ifp.HDLCFCSBadSigEnd
	}
	return ifp.HDLCFCSBad
}

// wholeLength reports whether a frame that is known only from a loss on can be
// all of one: a frame of a page has one of few lengths (T.4 Annex A).
func wholeLength(fcf byte, size int, data ifp.DataType) bool {
	switch {
	case data == ifp.V21:
		return size >= 3
	case fcf == fcfFCD:
		return size == 4+256 || size == 4+64
	}
	return size == 3
}

func (s *splice) rows(f ifp.Field) {
	if s.zeros > 0 && s.raw > 0 {
		s.put(ifp.T4NonECMData, zeros[:min(s.zeros, len(zeros))])
	}
	s.raw, s.zeros, s.state = max(len(f.Data), 1), 0, spliceWhole
	if f.Type.SigEnd() {
		s.raw = 0
	}
	s.put(f.Type, f.Data)
}
