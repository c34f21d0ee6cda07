package tsb85

import (
	"context"

	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/internal/g711"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
)

// Audio is a whole G.711 terminal: signals are those of modems, in RTP packets,
// and the tester has modems of its own at its end. It lives in the time of the
// program, so that cases are to be played in a bubble of testing/synctest.
func Audio(cfg t30.Config, doc t30test.Document) Wire {
	w := &audioWire{device: newDevice()}
	w.line = audio.NewLine(audio.LineOptions{Hear: w.hear})
	w.conn.sent = w.datagram
	w.start(func(ctx context.Context, docs t38.Documents) (t30.Outcome, error) {
		return audio.Run(ctx, w.conn, peerAddress.AddrPort(), docs, audio.Options{T30: cfg})
	}, cfg, doc)
	return w
}

// audioWire is the tester's end. Its time is that of its verbs: while one of
// them waits, samples go out and come in every 20 ms.
type audioWire struct {
	device
	line    *audio.Line
	seq     uint16
	stamp   uint32
	block   [audioBlock]int16
	sending bool // a signal that has an end

	// What the last DCS of the device says of its fast signals.
	selection t30.Selection
	checking  bool           // TCF comes next, or is coming
	check     []byte         // what has come of it
	carrier   t30.Modulation // of the device
	framed    bool           // it has brought a frame
	inbox     inbox
	watch     stopwatch

	said [][]int16 // filled by the device's goroutine, guarded by mu
}

const (
	audioBlock = 160 // samples
	blockTime  = 20 * time.Millisecond
)

// Timing is what was wrong with the times of the device, nil if nothing was.
func (w *audioWire) Timing() error { return w.watch.first }

// datagram takes what the device sends.
func (w *audioWire) datagram(b []byte) {
	var p rtp.Packet
	if p.Unmarshal(b) != nil {
		return
	}
	samples := make([]int16, len(p.Payload))
	for i, o := range p.Payload {
		samples[i] = g711.MuLaw.Decode(o)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, samples)
}

// tick lets 20 ms pass: a packet to the device, and what the device has said.
func (w *audioWire) tick() {
	w.line.Transmit(w.block[:])
	p := rtp.Packet{
		Header:  rtp.Header{Version: 2, SequenceNumber: w.seq, Timestamp: w.stamp},
		Payload: make([]byte, audioBlock),
	}
	for i, v := range w.block {
		p.Payload[i] = g711.MuLaw.Encode(v)
	}
	w.seq++
	w.stamp += audioBlock
	if b, err := p.Marshal(); err == nil {
		w.conn.arrive(b)
	}
	time.Sleep(blockTime)
	w.mu.Lock()
	said := w.said
	w.said = nil
	w.mu.Unlock()
	for i, samples := range said {
		var own []int16
		if i == 0 {
			own = w.block[:]
		}
		w.watch.take(samples, own)
		w.line.Receive(samples)
	}
}

// until lets time pass until something is so, or the limit has come.
func (w *audioWire) until(limit time.Duration, so func() bool) bool {
	end := time.Now().Add(limit)
	for !so() {
		if !time.Now().Before(end) {
			return false
		}
		w.tick()
	}
	return true
}

func (w *audioWire) Wait(d time.Duration) { w.until(d, func() bool { return false }) }

// hear takes what the tester's modems hear, and the end of what they send.
func (w *audioWire) hear(ev t30.Event) {
	switch ev := ev.(type) {
	case t30.TransmitDone:
		w.sending = false
		return
	case t30.CarrierUp:
		w.carrier, w.framed = ev.Modulation, false
	case t30.CarrierDown:
		if w.carrier != t30.NoModulation && w.carrier != t30.V21 {
			if w.checking {
				w.checked()
			}
			w.expect(false)
		}
		w.carrier = t30.NoModulation
	case t30.FrameReceived:
		if !ev.FCSOK {
			return
		}
		if w.carrier == t30.V21 && !w.framed {
			w.watch.frame(ev.Octets)
		}
		w.framed = true
		w.frame(ev.Octets)
		w.inbox.note(t30.FrameReceived{Octets: append([]byte(nil), ev.Octets...), FCSOK: true})
		return
	case t30.DataReceived:
		if w.checking {
			w.check = append(w.check, ev.Octets...)
			return
		}
		w.inbox.note(t30.DataReceived{Octets: append([]byte(nil), ev.Octets...)})
		return
	}
	w.inbox.note(ev)
}

// checked tells of TCF when it is over, but for what is not zero at its end: the
// scrambled ones by which a modem drives its last symbols out, and what is heard
// of its silence.
func (w *audioWire) checked() {
	n := max(0, len(w.check)-int(turnOff/t30test.OctetTime(w.carrier)))
	for n < len(w.check) && w.check[n] == 0 {
		n++
	}
	w.inbox.note(t30.DataReceived{Octets: w.check[:n]})
	w.check = nil
}

// turnOff is how long that may be.
const turnOff = 20 * time.Millisecond

// frame looks for the device's DCS, after which TCF comes, and CTC, which changes
// the modulation of a page under way (T.30 Annex A).
func (w *audioWire) frame(octets []byte) {
	f, err := t30.ParseFrame(octets)
	if err != nil || f.FCF != t30.DCS && f.FCF != t30.CTC {
		return
	}
	s, err := t30.ParseSelection(append(f.FIF[:len(f.FIF):len(f.FIF)], 0)) // CTC has no third octet
	switch {
	case err != nil:
	case f.FCF == t30.DCS:
		w.selection = s
		w.expect(true)
	default:
		w.selection.Modulation = s.Modulation
		w.expect(false)
	}
}

// expect arms the tester's fast modem, for TCF or for what follows it.
func (w *audioWire) expect(check bool) {
	w.checking = check
	m := w.selection.Modulation
	content := t30.ContentTCF
	if !check {
		content = t30.ContentImage
		if w.selection.ECM {
			content = t30.ContentECM
		}
	}
	w.line.Listen(m, content, !check && short(m))
}

// short: V.17 trains long for TCF only (T.30).
func short(m t30.Modulation) bool { return m >= t30.V17_7200 && m <= t30.V17_14400 }

func (w *audioWire) Tone(t t30.Tone) { w.line.Tone(t) }

func (w *audioWire) Up(m t30.Modulation) {
	w.line.Carrier(m, short(m))
	w.sending = true
	w.Wait(t30test.TrainingTime(m, short(m)))
}

func (w *audioWire) Down(t30.Modulation) {
	w.line.Done()
	w.sent()
}

// sent waits for the end of what is being sent.
func (w *audioWire) sent() {
	w.until(time.Hour, func() bool { return !w.sending })
}

func (w *audioWire) Frame(m t30.Modulation, octets []byte, good bool) {
	w.line.Frame(octets, good)
	w.Wait(time.Duration(len(octets)+3) * t30test.OctetTime(m))
}

func (w *audioWire) Play(a t30.TransmitImage) {
	a.Pause = 75 * time.Millisecond
	w.line.Send(a)
	w.sending = true
	w.sent()
}

func (w *audioWire) find(limit time.Duration, match func(t30.Event) bool, take bool) (found t30test.Heard, ok bool) {
	w.until(limit, func() bool {
		found, ok = w.inbox.find(match, take)
		return ok || w.gone()
	})
	return found, ok
}

func (w *audioWire) gone() bool {
	select {
	case <-w.done:
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.said) == 0
	default:
		return false
	}
}

func (w *audioWire) Next(limit time.Duration, match func(t30.Event) bool) (t30test.Heard, bool) {
	return w.find(limit, match, true)
}

func (w *audioWire) Peek(limit time.Duration, match func(t30.Event) bool) (t30test.Heard, bool) {
	return w.find(limit, match, false)
}

func (w *audioWire) Settle(limit time.Duration) {
	w.until(limit, func() bool { return w.carrier == t30.NoModulation })
}

func (w *audioWire) Gone(limit time.Duration) (time.Time, bool) {
	ok := w.until(limit, w.gone)
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.goneAt, ok
}
