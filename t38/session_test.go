package t38

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// alone makes a session with nobody at the other end.
func alone(o Options) *end {
	w := &world{now: time.Unix(1000, 0)}
	e := &end{w: w, out: simnet.New(simnet.Conditions{}), keep: true}
	w.ends = [2]*end{e, e}
	e.s = newSession(o, w.now, e)
	return e
}

// pass lets time pass for a session that is alone.
func (e *end) pass(d time.Duration) {
	for stop := e.w.now.Add(d); ; {
		next := e.s.Deadline()
		for _, r := range e.pending {
			next = earliest(next, r.at)
		}
		if next.IsZero() || next.After(stop) || e.s.Done() {
			e.w.now = stop
			return
		}
		if next.After(e.w.now) {
			e.w.now = next
		}
		e.step(simnet.New(simnet.Conditions{}))
	}
}

func TestLastDatagramBeforeAPauseIsSentFourTimes(t *testing.T) {
	e := alone(Options{T30: t30.Config{Receives: true, Toned: true}, ErrorCorrection: udptl.Redundancy})
	e.pass(3 * time.Second) // no-signal, CSI and DIS
	times := map[uint16]int{}
	var last udptl.Packet
	for _, d := range e.sent {
		if err := last.Parse(d); err != nil {
			t.Fatal(err)
		}
		times[last.Seq]++
	}
	if times[1] != sendings || times[last.Seq] != sendings {
		t.Errorf("the preamble and the last were sent %d and %d times", times[1], times[last.Seq])
	}
	for seq := range last.Seq {
		if seq != 1 && times[seq] != 1 {
			t.Errorf("number %d in mid-signal was sent %d times", seq, times[seq])
		}
	}
}

func TestKeepAliveRepeatsTheLastDatagram(t *testing.T) {
	e := alone(Options{T30: t30.Config{Calling: true, Toned: true, Transmits: true}})
	e.pass(100 * time.Millisecond)
	before := len(e.sent)
	e.pass(30 * time.Second)
	if got := len(e.sent) - before; got < 2 || got > 3 {
		t.Errorf("%d datagrams in 30 s of silence", got)
	}
	for _, d := range e.sent {
		if string(d) != string(e.sent[0]) {
			t.Errorf("%x in silence", d)
		}
	}
}

// The ends of T.30's own timers are kept whatever a peer leaves out: a session
// whose peer falls silent ends, wherever that is.
func TestPeerThatFallsSilent(t *testing.T) {
	for seconds := 1; seconds < 26; seconds++ {
		calling, called := options(Options{ErrorCorrection: udptl.Redundancy})
		w := newWorld(calling, called, simnet.Conditions{})
		w.ends[0].source = testDocument(2, 100)
		cut := w.now.Add(time.Duration(seconds) * time.Second)
		for !w.ends[0].s.Done() || !w.ends[1].s.Done() {
			next := w.next()
			if next.IsZero() || next.Sub(cut) > 3*time.Minute {
				t.Fatalf("silent from %d s on: it goes on after %v", seconds, next.Sub(cut))
			}
			if next.After(w.now) {
				w.now = next
			}
			for i, e := range w.ends {
				in := w.ends[1-i].out
				if w.now.After(cut) { // nothing arrives any more
					in = simnet.New(simnet.Conditions{})
					for at, ok := w.ends[i].out.Next(); ok; at, ok = w.ends[i].out.Next() {
						w.ends[i].out.Receive(at)
					}
				}
				e.step(in)
			}
		}
	}
}

// What came before the end of the call counts, although packets before it are
// missing.
func TestCallEndsBehindAGap(t *testing.T) {
	e := alone(Options{T30: t30.Config{Receives: true, Toned: true, Ladder: new(t30.Ladder)}})
	e.pass(3 * time.Second)
	var sender udptl.Sender
	send := func(p ifp.Packet, lost bool) {
		b, _ := p.Append(nil, ifp.Syntax1998)
		d, err := sender.Append(nil, b, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !lost {
			e.s.Datagram(e.w.now, d)
		}
	}
	send(ifp.Packet{}, false)
	send(ifp.Packet{Indicator: ifp.V21Preamble}, true)
	send(ifp.Packet{IsData: true, Fields: []ifp.Field{hdlc(0xFF, 0xC8, 0xDF), field(ifp.HDLCFCSOKSigEnd)}}, false)
	if e.s.driver.Ended {
		t.Fatal("DCN was not held back for the packet before it")
	}
	e.s.CallEnded(e.w.now)
	if got := e.s.driver.Engine.Outcome().Cause; got == t30.CauseCallEnded || got == t30.CauseNone {
		t.Errorf("DCN was not heard: %v", got)
	}
}

// A signal whose end is lost ends all the same, long before T.30 gives up.
func TestSignalWithoutAnEnd(t *testing.T) {
	for _, c := range []struct {
		packets []ifp.Packet
		after   time.Duration
	}{
		{[]ifp.Packet{{Indicator: ifp.V21Preamble}}, silenceBefore},
		{[]ifp.Packet{{Indicator: ifp.V21Preamble}, {IsData: true, Fields: []ifp.Field{hdlc(0xFF)}}}, silenceWithin},
	} {
		e := alone(Options{T30: t30.Config{Calling: true, Toned: true, Transmits: true}})
		var sender udptl.Sender
		for _, p := range c.packets {
			b, _ := p.Append(nil, ifp.Syntax1998)
			d, err := sender.Append(nil, b, 0)
			if err != nil {
				t.Fatal(err)
			}
			e.s.Datagram(e.w.now, d)
		}
		e.pass(c.after - time.Millisecond)
		if e.s.rx.carrier != t30.V21 {
			t.Errorf("%v: over before %v", c.packets, c.after)
		}
		e.pass(2 * time.Millisecond)
		if e.s.rx.carrier != t30.NoModulation {
			t.Errorf("%v: not over after %v", c.packets, c.after)
		}
	}
}

// Any datagrams in any order at any time: no panic, no end of work, and the
// session ends when the call does.
func FuzzSession(f *testing.F) {
	f.Add([]byte("\x06\x00\x00\x01\x00\x00\x00"), uint8(0))
	calling, called := options(Options{ErrorCorrection: udptl.Redundancy})
	w := newWorld(calling, called, simnet.Conditions{})
	w.ends[0].keep, w.ends[1].keep = true, true
	w.fax(f, testDocument(1, 20))
	for i, e := range w.ends {
		var all []byte
		for _, d := range e.sent {
			all = append(append(all, byte(len(d)/2)), d...)
		}
		f.Add(all, uint8(i))
	}
	f.Fuzz(func(t *testing.T, b []byte, kind uint8) {
		o := Options{Version: int(kind >> 6), LocalTCF: kind&32 != 0, ErrorCorrection: udptl.ErrorCorrection(kind & 3)}
		o.T30 = t30.Config{Calling: kind&4 != 0, Toned: kind&8 != 0, Transmits: kind&4 != 0, Receives: kind&16 != 0, InternetAware: kind&32 != 0}
		e := alone(o)
		e.keep = false
		e.source = testDocument(1, 10)
		for len(b) > 1 && !e.s.Done() {
			n := min(2*int(b[0]), len(b)-1)
			e.s.Datagram(e.w.now, b[1:1+n])
			b = b[1+n:]
			e.pass(time.Duration(n) * 5 * time.Millisecond)
		}
		e.s.CallEnded(e.w.now)
		e.pass(time.Second)
		if !e.s.Done() {
			t.Fatal("it goes on after the end of the call")
		}
	})
}
