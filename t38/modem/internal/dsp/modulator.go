package dsp

import "math"

// Symbols is where a Modulator takes what it sends.
type Symbols interface {
	// NextSymbol gives the next symbol, and false when there is none left. The
	// zero Point is silence.
	NextSymbol() (symbol Point, more bool)
}

// span is how many symbols a pulse lasts. It is even.
const span = 12

// A Modulator makes samples at 8000 Hz of symbols on a carrier.
type Modulator struct {
	symbols Symbols
	// Immutable: the pulse at each of the instants that samples have within a
	// symbol, and a whole number of turns of the carrier.
	pulse                [][span]float32
	wave                 []Point
	perSymbol, perSample int // instants

	re, im [2 * span]float32 // the last symbols, twice
	newest int
	at     int // instants since the newest symbol
	turn   int // in wave
	after  int // symbols of silence after the last
	ended  bool
}

const sampleRate = 8000

// NewModulator makes a Modulator. Carrier and baud are in Hz and amplitude is
// what a symbol of power 1 becomes: the peak of an unmodulated carrier.
func NewModulator(carrier, baud int, rolloff, amplitude float64) *Modulator {
	g := gcd(baud, sampleRate)
	m := &Modulator{perSymbol: sampleRate / g, perSample: baud / g}
	m.pulse = make([][span]float32, m.perSymbol)
	for i := range m.pulse {
		for k := range m.pulse[i] {
			t := float64(k) - span/2 + float64(i)/float64(m.perSymbol)
			m.pulse[i][k] = float32(amplitude * rootRaisedCosine(t, rolloff) * kaiser(t/(span/2), 2))
		}
	}
	m.wave = make([]Point, sampleRate/gcd(carrier, sampleRate))
	for i := range m.wave {
		m.wave[i] = Turn(2 * math.Pi * float64(carrier) * float64(i) / sampleRate)
	}
	return m
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Restart makes the Modulator send other symbols, from silence.
func (m *Modulator) Restart(s Symbols) {
	m.symbols = s
	m.re, m.im = [2 * span]float32{}, [2 * span]float32{}
	m.newest, m.at, m.turn, m.after, m.ended = 0, m.perSymbol, 0, 0, false
}

// Modulate makes the next samples and gives their number. It is less than
// len(out) when the last symbol's pulse has ended.
func (m *Modulator) Modulate(out []int16) int {
	turn, at := m.turn, m.at
	for i := range out {
		for at >= m.perSymbol {
			if !m.next() {
				m.turn, m.at = turn, at
				return i
			}
			at -= m.perSymbol
		}
		h := &m.pulse[at]
		at += m.perSample
		re, im := (*[span]float32)(m.re[m.newest:]), (*[span]float32)(m.im[m.newest:])
		var r0, r1, i0, i1 float32
		for k := 0; k < span; k += 2 {
			r0 += re[k] * h[k]
			i0 += im[k] * h[k]
			r1 += re[k+1] * h[k+1]
			i1 += im[k+1] * h[k+1]
		}
		w := m.wave[turn]
		if turn++; turn == len(m.wave) {
			turn = 0
		}
		out[i] = clip((r0+r1)*w.Re - (i0+i1)*w.Im)
	}
	m.turn, m.at = turn, at
	return len(out)
}

// next takes a symbol; after the last come as many of silence as a pulse lasts.
func (m *Modulator) next() bool {
	var s Point
	if !m.ended {
		var more bool
		if s, more = m.symbols.NextSymbol(); !more {
			s, m.ended = Point{}, true
		}
	}
	if m.ended {
		if m.after == span {
			return false
		}
		m.after++
	}
	if m.newest--; m.newest < 0 {
		m.newest = span - 1
	}
	m.re[m.newest], m.re[m.newest+span] = s.Re, s.Re
	m.im[m.newest], m.im[m.newest+span] = s.Im, s.Im
	return true
}

// clip rounds. Above zero the conversion alone does that: a branch by the sign,
// which is as good as random, would cost more than all else here.
func clip(x float32) int16 {
	n := int32(x+(1<<15+0.5)) - 1<<15
	return int16(max(math.MinInt16, min(n, math.MaxInt16)))
}
