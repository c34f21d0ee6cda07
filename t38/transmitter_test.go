package t38

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// mouth runs a transmitter alone and notes what it says and when, in ms from
// the start.
type mouth struct {
	tx    transmitter
	start time.Time
	lines []string
}

func newMouth(interval time.Duration) *mouth {
	return &mouth{start: time.Unix(1000, 0), tx: transmitter{interval: interval, room: func(bool) int { return 0 }}}
}

func (m *mouth) at(ms int) time.Time { return m.start.Add(time.Duration(ms) * time.Millisecond) }

func (m *mouth) transmit(ms int, a t30.Action) {
	sig, pause, _ := signalOf(a)
	m.tx.start(m.at(ms), sig, pause)
}

// until lets time pass to ms, looking only every so often when late is set.
func (m *mouth) until(ms int, late time.Duration) []string {
	for {
		d := m.tx.deadline()
		if d.IsZero() || d.After(m.at(ms)) {
			lines := m.lines
			m.lines = nil
			return lines
		}
		now := d.Add(late)
		for d := m.tx.deadline(); !d.IsZero() && !d.After(now); d = m.tx.deadline() {
			p, done := m.tx.step(now)
			if p != nil {
				m.note(now, p.String())
			}
			if done {
				m.note(now, "done")
			}
		}
	}
}

func (m *mouth) note(now time.Time, what string) {
	m.lines = append(m.lines, fmt.Sprintf("%d %s", now.Sub(m.start).Round(time.Millisecond)/time.Millisecond, what))
}

func wantLines(t *testing.T, why string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %q\nwant %q", why, got, want)
	}
}

func TestFramesTakeTheTimeOfTheLine(t *testing.T) {
	m := newMouth(30 * time.Millisecond)
	m.transmit(0, t30.TransmitFrames{Pause: 75 * time.Millisecond, Frames: [][]byte{{0xFF, 0xC0, 0x00}, {0xFF, 0xC8, 0x01}}})
	// 3.3 ms a bit: FF has 9 with its stuffing, C0 too when it follows FF.
	wantLines(t, "two frames", m.until(5000, 0),
		"75 v21-preamble",
		"1105 v21: hdlc-data[1]", "1135 v21: hdlc-data[1]", "1242 v21: hdlc-data[1] hdlc-fcs-OK",
		"1272 v21: hdlc-data[1]", "1302 v21: hdlc-data[1]", "1408 v21: hdlc-data[1] hdlc-fcs-OK-sig-end",
		"1408 done", "1438 no-signal")
}

func TestTonesAndTrainings(t *testing.T) {
	m := newMouth(30 * time.Millisecond)
	m.transmit(0, t30.TransmitTone{Tone: t30.CNG, Pause: 100 * time.Millisecond, Duration: 500 * time.Millisecond})
	wantLines(t, "CNG", m.until(5000, 0), "100 cng", "600 done", "630 no-signal")
	m.transmit(5000, t30.TransmitTone{Tone: t30.CED, Duration: 3 * time.Second})
	wantLines(t, "CED begins", m.until(6000, 0), "5000 ced")
	m.tx.stop(m.at(6000))
	wantLines(t, "and is cut", m.until(9000, 0), "6000 no-signal")
	for _, c := range []struct {
		a    t30.Action
		want []string
	}{
		{t30.TransmitTCF{Modulation: t30.V29_9600, Octets: 60}, []string{
			"10000 v29-9600-training", "10283 v29-9600: t4-non-ecm-data[36]", "10303 v29-9600: t4-non-ecm-sig-end[24]", "10303 done", "10333 no-signal"}},
		{t30.TransmitTCF{Modulation: t30.V27ter2400, Octets: 9}, []string{
			"10000 v27-2400-training", "10973 v27-2400: t4-non-ecm-sig-end[9]", "10973 done", "11003 no-signal"}},
		{t30.TransmitImage{Modulation: t30.V17_14400, ShortTraining: true, Octets: make([]byte, 54)}, []string{
			"10000 v17-14400-short-training", "10173 v17-14400: t4-non-ecm-sig-end[54]", "10173 done", "10203 no-signal"}},
		{t30.TransmitPartialPage{Modulation: t30.V17_7200, Frames: [][]byte{make([]byte, 30)}}, []string{
			"10000 v17-7200-long-training", "11623 v17-7200: hdlc-data[27]", "11630 v17-7200: hdlc-data[3] hdlc-fcs-OK-sig-end", "11630 done", "11660 no-signal"}},
		{t30.TransmitPartialPage{Modulation: t30.V27ter4800}, []string{"10000 v27-4800-training", "10908 done", "10938 no-signal"}},
		{t30.TransmitFrames{Frames: [][]byte{{}}}, []string{"10000 v21-preamble", "11080 v21: hdlc-fcs-OK-sig-end", "11080 done", "11110 no-signal"}},
		{t30.TransmitImage{Modulation: t30.NoModulation}, []string{"10000 no-signal", "10000 done", "10030 no-signal"}},
	} {
		m.transmit(10000, c.a)
		wantLines(t, fmt.Sprintf("%+v", c.a), m.until(20000, 0), c.want...)
	}
}

func TestOneSignalAfterAnother(t *testing.T) {
	m := newMouth(30 * time.Millisecond)
	m.transmit(0, t30.TransmitTCF{Modulation: t30.V17_14400, Octets: 54})
	m.until(1424, 0) // 1393 training, 30 data
	m.transmit(1424, t30.TransmitFrames{Pause: 20 * time.Millisecond, Frames: [][]byte{{1}}})
	wantLines(t, "an indicator soon after says enough", m.until(1500, 0), "1444 v21-preamble")
	m.transmit(1600, t30.TransmitFrames{Pause: 75 * time.Millisecond, Frames: [][]byte{{2}}})
	wantLines(t, "a preamble cut by another signal", m.until(1800, 0), "1600 no-signal", "1675 v21-preamble")
}

// A loop that is late sends the more at once and is in time again.
func TestLatenessDoesNotAddUp(t *testing.T) {
	octets := make([]byte, 54*100)
	for _, late := range []time.Duration{0, 7 * time.Millisecond, 500 * time.Millisecond} {
		m := newMouth(30 * time.Millisecond)
		m.transmit(0, t30.TransmitImage{Modulation: t30.V17_14400, Octets: octets})
		lines := m.until(20000, late)
		// 102 packets and done; the last of the page after 1393 + 3000 ms.
		last := lines[len(lines)-2]
		var at int
		if _, err := fmt.Sscanf(last, "%d", &at); err != nil || last[5:] != "done" {
			t.Fatalf("%q", last)
		}
		if over := time.Duration(at-4393) * time.Millisecond; over < 0 || over > late {
			t.Errorf("late by %v each time: done at %d ms", late, at)
		}
	}
}

func TestStuffing(t *testing.T) {
	for _, c := range []struct {
		octets []byte
		bits   int
	}{
		{nil, 0}, {[]byte{0}, 8}, {[]byte{0xF8}, 9}, {[]byte{0xFF}, 9}, {[]byte{0xFF, 0xC0}, 18},
		{[]byte{0x1F}, 9}, {[]byte{0x0F, 0x80}, 17}, {[]byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, 48},
	} {
		var whole, parts stuffing
		if got := whole.bits(c.octets); got != c.bits {
			t.Errorf("%x: %d bits, want %d", c.octets, got, c.bits)
		}
		sum := 0
		for i := range c.octets {
			sum += parts.bits(c.octets[i : i+1])
		}
		if sum != c.bits {
			t.Errorf("%x octet by octet: %d bits, want %d", c.octets, sum, c.bits)
		}
	}
}

func TestEveryModulationHasItsNames(t *testing.T) {
	for m := t30.V27ter2400; m <= t30.V17_14400; m++ {
		d, ok := modemOf(m)
		if !ok || modulationOf(d.data) != m {
			t.Errorf("%v: data type %v", m, d.data)
		}
		for _, i := range []ifp.Indicator{d.long, d.short} {
			if got, ok := trainingOf(i); !ok || got != m {
				t.Errorf("%v: indicator %v means %v", m, i, got)
			}
		}
	}
	if modulationOf(ifp.V21) != t30.V21 || modulationOf(ifp.V8) != t30.NoModulation {
		t.Error("V.21 or V.8")
	}
}
