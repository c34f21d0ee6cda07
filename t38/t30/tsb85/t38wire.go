package tsb85

import (
	"context"
	"time"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// T38 is a whole T.38 terminal: signals are IFP packets in UDPTL datagrams. It
// lives in the time of the program, so that cases are to be played in a bubble
// of testing/synctest.
func T38(cfg t30.Config, doc t30test.Document) Wire {
	w := &t38Wire{
		device: newDevice(),
		sender: udptl.Sender{Correction: udptl.Redundancy},
		news:   make(chan struct{}, 1),
	}
	w.conn.sent = w.datagram
	w.start(func(ctx context.Context, docs t38.Documents) (t30.Outcome, error) {
		return t38.Run(ctx, w.conn, peerAddress.AddrPort(), docs, t38.Options{ErrorCorrection: udptl.Redundancy, T30: cfg})
	}, cfg, doc)
	return w
}

type t38Wire struct {
	device
	sender udptl.Sender  // owned by the tester
	news   chan struct{} // something has been heard

	// Filled by the device's goroutine, guarded by mu.
	recv    udptl.Receiver
	packet  ifp.Packet
	carrier t30.Modulation
	frame   []byte
	inbox   inbox
}

const version = 0 // of T.38

func (w *t38Wire) Wait(d time.Duration) { time.Sleep(d) }

// modems ties modulations to their words in IFP.
var modems = map[t30.Modulation]struct {
	data     ifp.DataType
	training ifp.Indicator
	short    ifp.Indicator // as training where there is one only
}{
	t30.V21:        {ifp.V21, ifp.V21Preamble, ifp.V21Preamble},
	t30.V27ter2400: {ifp.V27ter2400, ifp.V27ter2400Training, ifp.V27ter2400Training},
	t30.V27ter4800: {ifp.V27ter4800, ifp.V27ter4800Training, ifp.V27ter4800Training},
	t30.V29_7200:   {ifp.V29_7200, ifp.V29_7200Training, ifp.V29_7200Training},
	t30.V29_9600:   {ifp.V29_9600, ifp.V29_9600Training, ifp.V29_9600Training},
	t30.V17_7200:   {ifp.V17_7200, ifp.V17_7200LongTraining, ifp.V17_7200ShortTraining},
	t30.V17_9600:   {ifp.V17_9600, ifp.V17_9600LongTraining, ifp.V17_9600ShortTraining},
	t30.V17_12000:  {ifp.V17_12000, ifp.V17_12000LongTraining, ifp.V17_12000ShortTraining},
	t30.V17_14400:  {ifp.V17_14400, ifp.V17_14400LongTraining, ifp.V17_14400ShortTraining},
}

func (w *t38Wire) send(p ifp.Packet) {
	b, err := p.Append(nil, ifp.SyntaxOf(version))
	if err == nil {
		b, err = w.sender.Append(nil, b, 3)
	}
	if err != nil {
		panic(err) // the tester's own packets fit
	}
	w.conn.arrive(b)
}

func (w *t38Wire) indicate(i ifp.Indicator) { w.send(ifp.Packet{Indicator: i}) }

func (w *t38Wire) Tone(t t30.Tone) {
	if t == t30.CED {
		w.indicate(ifp.CED)
		return
	}
	w.indicate(ifp.CNG)
}

func (w *t38Wire) Up(m t30.Modulation) {
	w.indicate(modems[m].training)
	time.Sleep(t30test.TrainingTime(m, false))
}

func (w *t38Wire) Down(m t30.Modulation) {
	time.Sleep(2 * t30test.OctetTime(m))
	w.send(ifp.Packet{IsData: true, DataType: modems[m].data, Fields: []ifp.Field{{Type: ifp.HDLCSigEnd}}})
	w.indicate(ifp.NoSignal)
}

func (w *t38Wire) Frame(m t30.Modulation, octets []byte, good bool) {
	time.Sleep(time.Duration(len(octets)+3) * t30test.OctetTime(m))
	end := ifp.HDLCFCSBad
	if good {
		end = ifp.HDLCFCSOK
	}
	w.send(ifp.Packet{IsData: true, DataType: modems[m].data, Fields: []ifp.Field{
		{Type: ifp.HDLCData, Data: octets}, {Type: end},
	}})
}

func (w *t38Wire) Play(a t30.TransmitImage) {
	const chunk = 40 * time.Millisecond
	w.Up(a.Modulation)
	data, octet := a.Octets, t30test.OctetTime(a.Modulation)
	for len(data) > 0 {
		n := min(len(data), int(chunk/octet))
		time.Sleep(time.Duration(n) * octet)
		w.send(ifp.Packet{IsData: true, DataType: modems[a.Modulation].data,
			Fields: []ifp.Field{{Type: ifp.T4NonECMData, Data: data[:n]}}})
		data = data[n:]
	}
	w.send(ifp.Packet{IsData: true, DataType: modems[a.Modulation].data, Fields: []ifp.Field{{Type: ifp.T4NonECMSigEnd}}})
	w.indicate(ifp.NoSignal)
}

// datagram takes what the device sends.
func (w *t38Wire) datagram(b []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.recv.Receive(time.Now(), b); err != nil {
		return
	}
	for it, ok := w.recv.Next(time.Now()); ok; it, ok = w.recv.Next(time.Now()) {
		if it.Missing == 0 && w.packet.Parse(it.IFP, ifp.SyntaxOf(version)) == nil {
			w.hear(&w.packet)
		}
	}
	select {
	case w.news <- struct{}{}:
	default:
	}
}

func (w *t38Wire) hear(p *ifp.Packet) {
	if !p.IsData {
		w.indicated(p.Indicator)
		return
	}
	for _, f := range p.Fields {
		switch f.Type {
		case ifp.HDLCData:
			w.frame = append(w.frame, f.Data...)
		case ifp.HDLCFCSOK, ifp.HDLCFCSOKSigEnd:
			w.inbox.note(t30.FrameReceived{Octets: w.frame, FCSOK: true})
			w.frame = nil
		case ifp.HDLCFCSBad, ifp.HDLCFCSBadSigEnd:
			w.frame = nil
		case ifp.T4NonECMData, ifp.T4NonECMSigEnd:
			if len(f.Data) > 0 {
				w.inbox.note(t30.DataReceived{Octets: append([]byte(nil), f.Data...)})
			}
		}
		if f.Type.SigEnd() {
			w.dropped()
		}
	}
}

func (w *t38Wire) indicated(i ifp.Indicator) {
	switch i {
	case ifp.NoSignal:
		w.dropped()
	case ifp.CED:
		w.inbox.note(t30.ToneHeard{Tone: t30.CED})
	case ifp.CNG:
		w.inbox.note(t30.ToneHeard{Tone: t30.CNG})
	}
	for m, words := range modems {
		if (i == words.training || i == words.short) && w.carrier != m {
			w.dropped()
			w.carrier = m
			w.inbox.note(t30.CarrierUp{Modulation: m})
		}
	}
}

func (w *t38Wire) dropped() {
	w.frame = nil
	if w.carrier != t30.NoModulation {
		w.carrier = t30.NoModulation
		w.inbox.note(t30.CarrierDown{})
	}
}

// wait lets the device go on until something is so, it is gone, or time is up.
func (w *t38Wire) wait(limit time.Duration, so func() bool) bool {
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	check := func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return so()
	}
	for !check() {
		select {
		case <-w.news:
		case <-w.done:
			return check()
		case <-timeout.C:
			return check()
		}
	}
	return true
}

func (w *t38Wire) find(limit time.Duration, match func(t30.Event) bool, take bool) (found t30test.Heard, ok bool) {
	w.wait(limit, func() bool {
		found, ok = w.inbox.find(match, take)
		return ok
	})
	return found, ok
}

func (w *t38Wire) Next(limit time.Duration, match func(t30.Event) bool) (t30test.Heard, bool) {
	return w.find(limit, match, true)
}

func (w *t38Wire) Peek(limit time.Duration, match func(t30.Event) bool) (t30test.Heard, bool) {
	return w.find(limit, match, false)
}

func (w *t38Wire) Settle(limit time.Duration) {
	w.wait(limit, func() bool { return w.carrier == t30.NoModulation })
}

func (w *t38Wire) Gone(limit time.Duration) (time.Time, bool) {
	ok := w.wait(limit, func() bool { return !w.goneAt.IsZero() })
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.goneAt, ok
}
