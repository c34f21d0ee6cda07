package qam

// event is what happens to the level.
type event uint8

const (
	steady event = iota
	rises
	falls
)

// level notices beginning and end of a signal, block by block.
type level struct {
	present bool
	weak    int     // blocks in a row without the signal
	mean    float32 // power, smoothed
	usual   float32 // power of the signal, once it is trusted; 0 before

	// What is on the line without a signal: unknown is what was there from the
	// first blocks on, and may be either.
	blocks     int
	background float32
	unknown    bool
}

const (
	// hold is how many blocks a signal may be away, from lost packets or a break
	// in the line, before it has ended.
	hold = 4
	// drain is how many of those blocks a Receiver needs to give all symbols that
	// came before.
	drain = 2
	// share is the part of its usual power below which a signal is away.
	share = 1.0 / 16
	// over and near are how many times the background a signal is when it begins
	// and when it ends.
	over, near = 4, 2
	// early is how many blocks it takes to know the background.
	early = 4
)

var powerOn, powerOff = power(levelOn), power(levelOff)

// put takes the power of a block.
func (l *level) put(p float32) event {
	l.blocks++
	if !l.present {
		// The first blocks may be the signal's own beginning, and say nothing of
		// the background then.
		unknown := l.blocks <= early
		if p < powerOn || !unknown && p < over*l.background {
			l.background += (p - l.background) / float32(min(l.blocks, 8))
			return steady
		}
		if unknown {
			l.background = 0
		}
		l.present, l.unknown, l.weak, l.mean, l.usual = true, unknown, 0, p, 0
		return rises
	}
	if p >= powerOff && p >= l.usual*share && p >= near*l.background {
		l.weak = 0
		l.mean += (p - l.mean) / 8
		if l.usual > 0 {
			l.usual += (p - l.usual) / 64
		}
		return steady
	}
	if l.weak++; l.weak <= hold && l.usual > 0 || l.weak <= 1 {
		return steady
	}
	l.present, l.unknown = false, false
	return falls
}

// isBackground makes what is heard the background.
func (l *level) isBackground() {
	l.present, l.unknown, l.background = false, false, l.mean
}

// away tells whether the last block was without the signal.
func (l *level) away() bool { return l.weak > 0 }

// drained tells whether the signal is away for longer than its symbols are on
// their way through the Receiver.
func (l *level) drained() bool { return l.weak > drain }

// trust makes the power of late the usual one.
func (l *level) trust() { l.usual = l.mean }

// forget makes no power the usual one.
func (l *level) forget() { l.usual = 0 }
