package hdlc

// A Transmitter is a source of bits: the frames given to it, in their order, and
// flags whenever there is none, until it is told to end. Its zero value sends
// flags. It is not safe for use by several goroutines.
type Transmitter struct {
	// Aborted counts the frames that were begun, and for which no octet was there
	// when the line wanted one.
	Aborted int

	octets queue[byte]    // of the segments
	plan   queue[segment] // what is to be sent
	open   bool           // the last segment of plan is a frame that may still grow
	broken bool           // it has been aborted: what still comes for it is dropped

	inFrame bool // octets of the first segment have been sent
	flagged bool // nothing has been sent since the last flag
	ending  bool
	check   fcs
	ones    int // in a row, sent in this frame

	bits  uint32 // to be sent, the next one the lowest but left-1
	left  int
	ended bool
}

// segment is a run of flags, or a frame whose octets are the next in the queue.
type segment struct {
	flags  int // 0: a frame
	octets int
	growing,
	badFCS,
	last bool
}

const (
	flag = 0b01111110
	// abort is more than six ones; eight make an octet of it (ISO/IEC 13239).
	abort = 0b11111111
)

// Flags queues a run of n flags: the preamble, or time to fill.
func (t *Transmitter) Flags(n int) {
	if n > 0 && !t.ending {
		t.EndFrame(true)
		t.plan.put(segment{flags: n})
	}
}

// Frame queues a frame: its octets without FCS, which are copied.
func (t *Transmitter) Frame(octets []byte) {
	t.EndFrame(true)
	t.Append(octets)
	t.EndFrame(true)
}

// Append adds octets to the frame that is open, and opens one when none is.
// Such a frame may be on the line before its end is known. When the line finds
// none of its octets left, the frame is aborted, and what comes until EndFrame
// is dropped.
func (t *Transmitter) Append(octets []byte) {
	if t.ending || t.broken || len(octets) == 0 {
		return
	}
	if !t.open {
		t.plan.put(segment{growing: true})
		t.open = true
	}
	t.plan.last().octets += len(octets)
	t.octets.put(octets...)
}

// EndFrame ends the frame that Append has opened, if any, with an FCS that is
// right or, to tell the far end that the frame came damaged, wrong.
func (t *Transmitter) EndFrame(good bool) {
	if t.open {
		s := t.plan.last()
		s.growing, s.badFCS = false, !good
	}
	t.open, t.broken = false, false
}

// End lets the bits end after all that is queued and so many flags more, the
// flag that ends the last frame not counted.
func (t *Transmitter) End(flags int) {
	t.EndFrame(true)
	if !t.ending {
		t.plan.put(segment{flags: max(flags, 0), last: true})
		t.ending = true
	}
}

// Queued is how many octets wait to be sent.
func (t *Transmitter) Queued() int { return t.octets.len() }

// Reset forgets all that is queued and begins anew, with flags.
func (t *Transmitter) Reset() {
	t.octets.clear()
	t.plan.clear()
	*t = Transmitter{Aborted: t.Aborted, octets: t.octets, plan: t.plan}
}

// NextBit gives the next bit; false after End's last flag.
func (t *Transmitter) NextBit() (bit byte, more bool) {
	if t.left == 0 {
		t.load()
		if t.ended {
			return 0, false
		}
	}
	t.left--
	return byte(t.bits >> t.left & 1), true
}

// load makes the bits of the next octet or flag.
func (t *Transmitter) load() {
	for t.plan.len() > 0 {
		s := t.plan.first()
		switch {
		case s.flags > 0:
			s.flags--
			t.flag()
			return
		case s.last:
			t.ended = true
			return
		case s.octets == 0 && !t.inFrame:
			t.plan.take() // the flags of this segment have been sent
		case !t.flagged && !t.inFrame:
			t.flag()
			return
		default:
			t.frame(s)
			return
		}
	}
	t.flag()
}

// frame makes the next bits of the frame s, of which something is left.
func (t *Transmitter) frame(s *segment) {
	if !t.inFrame {
		t.inFrame, t.flagged = true, false
		t.check, t.ones = fcsBegin, 0
	}
	switch {
	case s.octets > 0:
		s.octets--
		octet := t.octets.take()
		t.check = t.check.with(octet)
		t.stuff(uint32(octet), 8)
	case s.growing:
		t.Aborted++
		t.open, t.broken = false, true
		t.bits, t.left = abort, 8
		t.leave()
	default:
		sum := ^t.check
		if s.badFCS {
			sum = t.check
		}
		t.stuff(uint32(sum), 8*fcsOctets)
		// A flag follows, whatever is queued.
		t.bits, t.left = t.bits<<8|flag, t.left+8
		t.leave()
		t.flagged = true
	}
}

func (t *Transmitter) leave() {
	t.inFrame = false
	t.plan.take()
}

func (t *Transmitter) flag() {
	t.bits, t.left, t.flagged = flag, 8, true
}

// stuff makes n bits of v, the highest first, with a zero after each five ones.
func (t *Transmitter) stuff(v uint32, n int) {
	t.bits, t.left = 0, 0
	for n > 0 {
		n--
		bit := v >> n & 1
		t.bits = t.bits<<1 | bit
		t.left++
		if bit == 0 {
			t.ones = 0
		} else if t.ones++; t.ones == 5 {
			t.bits <<= 1
			t.left++
			t.ones = 0
		}
	}
}
