package t38

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// emitter turns IFP packets into the datagrams of one direction, with the error
// correction and within the size that the leg has agreed, and says the last one
// again where no later one soon brings a copy of it. It is pure.
type emitter struct {
	o      Options // with its defaults
	send   func(datagram []byte)
	sender udptl.Sender

	last, before []byte        // the datagrams sent last
	soon         time.Duration // until last is sent again first
	pause        time.Duration
	repeats      int // how often last is still sent again soon
	repeatAt     time.Time
	packet       []byte
}

// unpacedPause is longer than any packet interval, so that nothing is said twice
// while data flows: who relays does not know when the next packet comes.
const unpacedPause = 50 * time.Millisecond

func newEmitter(o Options, soon time.Duration, send func(datagram []byte)) emitter {
	return emitter{o: o, soon: soon, send: send, sender: udptl.Sender{
		Correction: o.ErrorCorrection, Span: o.FECSpan, Entries: o.FECEntries, MaxDatagram: o.MaxDatagram,
		First: o.FirstNumber,
	}}
}

// emit sends a packet in the given syntax. The error says that it cannot be
// written so; nothing was sent then.
func (e *emitter) emit(now time.Time, p *ifp.Packet, s ifp.Syntax) error {
	var err error
	if e.packet, err = p.Append(e.packet[:0], s); err != nil {
		return err
	}
	image := p.IsData && p.DataType != ifp.V21
	datagram, err := e.sender.Append(e.before[:0], e.packet, e.depth(image))
	if err != nil {
		return err
	}
	e.before, e.last = e.last, datagram
	if !image && e.frail() && len(e.before) > 0 {
		e.send(e.before)
	}
	e.send(e.last)
	e.pause, e.repeats = e.soon, sendings-1
	e.repeatAt = now.Add(e.pause)
	return nil
}

// depth is how many earlier packets a datagram repeats.
func (e *emitter) depth(image bool) int {
	if image {
		return e.o.ImageRedundancy
	}
	return e.o.ControlRedundancy
}

// frail reports whether bursts of loss get through what error correction was
// agreed. Then each datagram of control goes out once more with the next one: the
// peer drops what it has.
func (e *emitter) frail() bool {
	return e.o.ErrorCorrection != udptl.Redundancy || e.o.ControlRedundancy < 4
}

// room is how many octets of data fit into a packet, 0: any number.
func (e *emitter) room(image bool) int {
	room := e.sender.Room(e.depth(image))
	if room == 0 {
		return 0
	}
	// Rather fewer copies than packets of a few octets each.
	return max(room-ifpOverhead, min(20, e.o.MaxDatagram-2*ifpOverhead), 1)
}

// repeat says the last datagram again when repeatAt has come.
func (e *emitter) repeat(now time.Time) {
	if e.repeatAt.IsZero() || e.repeatAt.After(now) {
		return
	}
	e.send(e.last)
	e.repeats = max(e.repeats-1, 0)
	e.pause *= 2
	if e.repeats == 0 {
		e.pause = keepAlive
	}
	e.repeatAt = now.Add(e.pause)
}
