package tsb85

import "fmt"

// stopwatch measures what a device does on a line, sample by sample, against the
// times of T.30: the tones of phase A, the silence between signals, the preamble.
type stopwatch struct {
	device, tester signals
	first          error
}

// signals tells where signals are in the samples of one direction.
type signals struct {
	n          int // samples so far
	on         bool
	begin, end int // of the last signal
	quiet      int // samples in a row without signal
	crossings  int // of zero, in the signal
	last       int16
	wasCNG     bool // the last signal
}

const (
	perSecond = 8000 // samples
	// A signal has ended after 3 ms below some -45 dBm0. None that a fax machine
	// sends is as weak for as long, but for the silence with which V.29 begins.
	endAfter = perSecond * 3 / 1000
	weak     = 120
)

// put takes a sample. It tells whether a signal has begun or ended with it.
func (s *signals) put(x int16) (begun, ended bool) {
	s.n++
	if x > -weak && x < weak {
		s.quiet++
		if s.on && s.quiet == endAfter {
			s.on, s.end = false, s.n-endAfter
			return false, true
		}
		return false, false
	}
	s.quiet = 0
	if !s.on {
		s.on, s.begin, s.crossings = true, s.n, 0
		begun = true
	}
	if (x < 0) != (s.last < 0) {
		s.crossings++
	}
	s.last = x
	return begun, false
}

func millis(samples int) int { return samples * 1000 / perSecond }

// take takes what both sides sent in the same time.
func (w *stopwatch) take(device, tester []int16) {
	for i, x := range device {
		if i < len(tester) {
			w.tester.put(tester[i])
		}
		switch begun, ended := w.device.put(x); {
		case begun:
			w.began()
		case ended:
			w.ended()
		}
	}
}

func (w *stopwatch) wrong(format string, a ...any) {
	if w.first == nil {
		w.first = fmt.Errorf("%.3f s into the call: "+format, append([]any{float64(w.device.n) / perSecond}, a...)...)
	}
}

// Times of T.30 in ms.
const (
	leastSilence, mostSilence = 75 - 20, 75 + 20 // between signals of one side
	silenceOfV29              = 20               // before its training
	leastCNG, mostCNG         = 425, 575         // 0.5 s +- 15 %
	leastPause, mostPause     = 2550, 3450       // between two CNG, 3 s +- 15 %
	leastCED, mostCED         = 2600, 4000
	leastPreamble             = 850 // 1 s +- 15 %
	mostPreamble              = 1150
	// slack is the precision with which the modems' news can be timed.
	slack = 40
)

// began looks at the silence before a signal.
func (w *stopwatch) began() {
	own, others := w.device.end, w.tester.end
	if w.tester.on || own == 0 && others == 0 {
		return // CNG may sound during CED
	}
	if others > own {
		if silence := millis(w.device.begin - others); silence < leastSilence {
			w.wrong("a signal began %d ms after the tester's; T.30 wants at least %d", silence, leastSilence)
		}
		return
	}
	silence := millis(w.device.begin - own)
	switch {
	case silence >= leastSilence && silence <= mostSilence+silenceOfV29+1:
	case w.device.wasCNG && silence > 1000 && (silence < leastPause || silence > mostPause) && others == 0:
		w.wrong("%d ms between two CNG; T.30 wants %d to %d", silence, leastPause, mostPause)
	case silence > 1000: // it waited for an answer, or it is CNG
	default:
		w.wrong("a silence of %d ms between two signals; T.30 wants %d to %d", silence, leastSilence, mostSilence)
	}
}

// ended looks at the tones.
func (w *stopwatch) ended() {
	length := w.device.end - w.device.begin
	hertz := w.device.crossings * perSecond / 2 / max(length, 1)
	least, most, name := 0, 0, ""
	w.device.wasCNG = false
	switch {
	case hertz >= 1100-38 && hertz <= 1100+38:
		least, most, name = leastCNG, mostCNG, "CNG"
		w.device.wasCNG = true
	case hertz >= 2100-15 && hertz <= 2100+15:
		least, most, name = leastCED, mostCED, "CED"
	default:
		return
	}
	cut := w.tester.on || w.tester.end > w.device.begin // it is, when an answer comes
	if ms := millis(length); ms > most || ms < least && !cut {
		w.wrong("%s of %d ms; T.30 wants %d to %d", name, ms, least, most)
	}
}

// frame takes the first frame of a signal of V.21 when it has just come: what was
// before it is the preamble.
func (w *stopwatch) frame(octets []byte) {
	ms := millis(w.device.n-w.device.begin) - lineBits(octets)*1000/300
	if ms < leastPreamble-slack || ms > mostPreamble+slack {
		w.wrong("a preamble of %d ms; T.30 wants %d to %d", ms, leastPreamble, mostPreamble)
	}
}

// lineBits is how many bits a frame takes with FCS and closing flag, but for the
// zeros that the FCS has stuffed in.
func lineBits(octets []byte) int {
	n, ones := 16+8, 0
	for _, o := range octets {
		n += 8
		for b := 7; b >= 0; b-- {
			if o>>b&1 == 0 {
				ones = 0
			} else if ones++; ones == 5 {
				n, ones = n+1, 0
			}
		}
	}
	return n
}
