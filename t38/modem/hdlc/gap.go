package hdlc

import "bytes"

// gap finds the frames that a short gap in the line has damaged. How many bits
// are lost in it is known, and where: so the frame check sequence tells which
// they were, if they are few. All that lies between two whole flags is looked at
// together, since the gap may have hidden a flag or made one.
//
//	flag │ octets  ? ? ? ?  octets, FCS │ flag
//	     └────────── bits ──────────────┘
type gap struct {
	most    int    // bits that may be guessed
	bits    []byte // since the last whole flag, or more
	guessed []int  // which of them were
	sure    int    // bits in a row that were not, at the end
	tooLong bool
	held    []held // frames found meanwhile, with the bits as they were guessed
	trial   *Receiver
	found   trialFrames
}

// held is a frame that is not told yet.
type held struct {
	octets []byte
	good   bool
}

const (
	// maxGuessed bits are tried in all ways. Each way is taken for right by
	// mistake once in 65,536 times, and two right ones are as good as none.
	maxGuessed = 10
	// maxHeld frames may lie between two whole flags.
	maxHeld  = 8
	flagSize = 8
)

func newGap(limits Limits) *gap {
	g := &gap{most: min(limits.Gaps, maxGuessed)}
	limits.Gaps = 0
	g.trial = NewReceiver(&g.found, limits)
	return g
}

// Guess takes the next bit where it is lost: bit is as good as the other.
func (r *Receiver) Guess(bit byte) {
	if r.gap != nil {
		r.gap.put(bit, true)
	}
	r.take(bit)
}

func (g *gap) put(bit byte, guessed bool) {
	if len(g.bits) >= cap(g.trial.frame)*8*6/5+2*flagSize {
		g.tooLong = true
		g.bits, g.guessed = g.bits[:0], g.guessed[:0]
	}
	if g.sure++; guessed {
		g.sure = 0
		g.guessed = append(g.guessed, len(g.bits))
	}
	g.bits = append(g.bits, bit)
}

// holds keeps a frame while it is in doubt.
func (g *gap) holds(octets []byte, good bool) bool {
	if len(g.guessed) == 0 || len(g.held) >= maxHeld {
		return false
	}
	g.held = append(g.held, held{bytes.Clone(octets), good})
	return true
}

func (g *gap) clear() {
	g.bits, g.guessed, g.held, g.tooLong = g.bits[:0], g.guessed[:0], nil, false
}

// gapEnds is called at each flag and abort: with a whole flag, or an abort,
// nothing remains in doubt.
func (r *Receiver) gapEnds(flag bool) {
	g := r.gap
	if len(g.guessed) == 0 {
		if flag {
			g.clear()
		}
		return
	}
	if g.sure < flagSize {
		return
	}
	frames := g.held
	if flag && !g.tooLong && len(g.guessed) <= g.most {
		if mended := g.mend(); len(mended) > 0 {
			r.counts.Bad -= count(frames, false)
			r.counts.Good += len(mended) - count(frames, true)
			frames = mended
		}
	}
	g.clear()
	for _, f := range frames {
		r.sink.Frame(f.octets, f.good)
	}
}

func count(frames []held, good bool) (n int) {
	for _, f := range frames {
		if f.good == good {
			n++
		}
	}
	return n
}

// mend gives the frames, if there is one way only to guess the lost bits such
// that all are good.
func (g *gap) mend() (frames []held) {
	for way := range 1 << len(g.guessed) {
		for i, at := range g.guessed {
			g.bits[at] = byte(way >> i & 1)
		}
		if !g.try() {
			continue
		}
		if frames != nil && !same(frames, g.found) {
			return nil
		}
		frames = append(frames[:0:0], g.found...)
	}
	return frames
}

// try reads the bits as they are now, from a flag on.
func (g *gap) try() bool {
	t := g.trial
	t.Reset()
	t.inFrame, t.counts, g.found = true, Counts{}, nil
	for _, b := range g.bits {
		t.take(b)
	}
	return t.counts.Good > 0 && t.counts.Bad == 0 && t.counts.Aborted == 0 && t.inFrame
}

// trialFrames keeps what a trial has found.
type trialFrames []held

func (f *trialFrames) Flags() {}

func (f *trialFrames) Frame(octets []byte, good bool) {
	*f = append(*f, held{bytes.Clone(octets), good})
}

func same(a, b []held) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i].octets, b[i].octets) {
			return false
		}
	}
	return true
}
