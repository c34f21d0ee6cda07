package hdlc

// A Sink takes what a Receiver finds among the bits.
type Sink interface {
	// Flags: so many flags have come one after the other as Limits asks for. It
	// is told once in a run of flags.
	Flags()
	// Frame takes a frame without its FCS, which was right or not. The octets are
	// valid until Frame returns. A frame with a wrong FCS may have any length
	// from none on.
	Frame(octets []byte, good bool)
}

// Limits say what a Receiver takes. Zero means the default.
type Limits struct {
	// Octets is the greatest length of a frame without its FCS. Default 260,
	// which is the longest of T.4 Annex A. What is longer is a bad frame.
	Octets int
	// Flags is how many flags in a row are worth an event. Default 3: random bits
	// bring them once in 2^24.
	Flags int
	// Gaps is how many bits of a frame may be guesses, 10 at most, for it to be
	// made good by its FCS.
	Gaps int
}

const (
	defaultOctets = 260
	defaultFlags  = 3
	// leastFrame is what lies between two flags of any frame, the FCS with it;
	// less is noise (ISO/IEC 13239).
	leastFrame = 4
)

// Counts are what a Receiver has found since it was made.
type Counts struct {
	Good, Bad int // frames; a frame too long, or not of whole octets, is bad
	Aborted   int // frames that ended in an abort
	Flags     int
}

// A Receiver finds frames in a stream of bits.
type Receiver struct {
	sink   Sink
	limits Limits
	counts Counts
	gap    *gap // nil: a bit that is guessed is taken as it is

	inFrame bool // there was a flag, and no abort since
	tooLong bool
	row     int // flags in a row
	ones    int // in a row; seven stand for any more
	octet   byte
	bits    int // in octet
	frame   []byte
	check   fcs
}

// NewReceiver makes a Receiver that tells sink.
func NewReceiver(sink Sink, limits Limits) *Receiver {
	if limits.Octets <= 0 {
		limits.Octets = defaultOctets
	}
	if limits.Flags <= 0 {
		limits.Flags = defaultFlags
	}
	r := &Receiver{sink: sink, limits: limits, frame: make([]byte, 0, limits.Octets+fcsOctets)}
	if limits.Gaps > 0 {
		r.gap = newGap(limits)
	}
	return r
}

// Counts tells what has been found so far.
func (r *Receiver) Counts() Counts { return r.counts }

// Pending gives the octets so far of the frame that is being received, the FCS
// with them if they have come that far; valid until the next bit.
func (r *Receiver) Pending() []byte { return r.frame }

// Reset drops the frame that is being received, as when the carrier has gone.
func (r *Receiver) Reset() {
	r.inFrame, r.row, r.ones = false, 0, 0
	r.begin()
	if r.gap != nil {
		r.gap.clear()
	}
}

func (r *Receiver) begin() {
	r.frame = r.frame[:0]
	r.octet, r.bits, r.check, r.tooLong = 0, 0, fcsBegin, false
}

// Bit takes the next bit, 0 or 1.
func (r *Receiver) Bit(bit byte) {
	if r.gap != nil {
		r.gap.put(bit, false)
	}
	r.take(bit)
}

func (r *Receiver) take(bit byte) {
	if bit != 0 {
		switch r.ones++; {
		case r.ones <= 5:
			r.data(1)
		case r.ones >= 7:
			r.ones = 7
			r.abort()
		}
		return
	}
	switch ones := r.ones; {
	case ones < 5:
		r.ones = 0
		r.data(0)
	case ones == 6:
		r.ones = 0
		r.flag()
	default: // the stuffed zero, or one that ends an abort
		r.ones = 0
	}
}

func (r *Receiver) data(bit byte) {
	if !r.inFrame {
		return
	}
	r.octet = r.octet<<1 | bit
	if r.bits++; r.bits < 8 {
		return
	}
	r.bits = 0
	if len(r.frame) == cap(r.frame) {
		r.tooLong = true
		return
	}
	r.frame = append(r.frame, r.octet)
	r.check = r.check.with(r.octet)
}

func (r *Receiver) abort() {
	if r.inFrame && len(r.frame) >= leastFrame {
		r.counts.Aborted++
	}
	r.inFrame, r.row = false, 0
	r.begin()
	if r.gap != nil {
		r.gapEnds(false)
	}
}

// flag ends the frame before it. Of the flag itself a zero and five ones have
// been taken for data; only the ones, when its zero is also the last of the flag
// before it.
func (r *Receiver) flag() {
	r.counts.Flags++
	if !r.inFrame || len(r.frame) > 0 || r.bits != 6 && r.bits != 5 {
		r.row = 0
	}
	if r.inFrame && (len(r.frame) >= leastFrame || r.tooLong) {
		r.end()
	}
	if r.gap != nil {
		r.gapEnds(true)
	}
	r.inFrame = true
	r.begin()
	if r.row < r.limits.Flags {
		if r.row++; r.row == r.limits.Flags {
			r.sink.Flags()
		}
	}
}

func (r *Receiver) end() {
	good := !r.tooLong && r.bits == 6 && r.check == fcsResidue
	if good {
		r.counts.Good++
	} else {
		r.counts.Bad++
	}
	r.frameIs(r.frame[:max(0, len(r.frame)-fcsOctets)], good)
}

func (r *Receiver) frameIs(octets []byte, good bool) {
	if r.gap == nil || !r.gap.holds(octets, good) {
		r.sink.Frame(octets, good)
	}
}
