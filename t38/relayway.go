package t38

import (
	"errors"
	"log/slog"
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/internal/socket"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// way is one direction of a relay: what comes on one leg goes out on the other.
// It is pure: datagrams and the time go in, datagrams come out.
//
//	udptl.Receiver ── receiver ── splice ── fit ── emitter
//	order, repair     syntax      losses    size    error correction
type way struct {
	log   *slog.Logger
	in    udptl.Receiver
	rx    receiver // reads the packets, and follows what they mean for the ladder
	join  splice
	out   emitter
	other *way // the way back, which knows what syntax the peer there speaks

	now    time.Time
	story  story
	packet ifp.Packet // being filled

	octetsIn, octetsOut, datagramsOut int
	garbled, untold                   int
	held                              delays
}

func newWay(from, to Options, o RelayOptions, d t30.Direction, send func([]byte)) *way {
	w := &way{log: o.Logger}
	w.story = story{ladder: o.Ladder, direction: d}
	w.in.Wait = o.Wait
	if w.in.Wait <= 0 {
		w.in.Wait = patience(from.ErrorCorrection)
	}
	w.rx = receiver{emit: func(h heard) { w.story.heard(w.now, h) }, syntax: from.syntax(), seam: noSeam}
	w.out = newEmitter(to, unpacedPause, func(b []byte) {
		w.datagramsOut++
		w.octetsOut += len(b)
		send(b)
	})
	return w
}

// patience is how long a missing packet may be waited for: as long as the
// packets of 30 ms behind it may still bring it, and those that the network has
// put behind them.
func patience(c udptl.ErrorCorrection) time.Duration {
	switch c {
	case udptl.Redundancy:
		return 200 * time.Millisecond
	case udptl.FEC:
		return 300 * time.Millisecond
	}
	return 100 * time.Millisecond
}

// begin says the first packet: it opens address translators on the way and
// shows the peer where its packets come from.
func (w *way) begin(now time.Time) {
	w.now = now
	w.emit(&ifp.Packet{Indicator: ifp.NoSignal})
}

// datagram takes what came on the leg. An error says that it was not UDPTL.
func (w *way) datagram(now time.Time, b []byte) error {
	w.now = now
	w.octetsIn += len(b)
	err := w.in.Receive(now, b)
	w.deliver(w.in.Next(now))
	w.out.repeat(now)
	return err
}

// advance does what is due by now.
func (w *way) advance(now time.Time) {
	w.now = now
	w.deliver(w.in.Next(now))
	w.out.repeat(now)
}

// deadline is when advance wants to be called.
func (w *way) deadline() time.Time { return earliest(w.in.Deadline(), w.out.repeatAt) }

// finish passes on what has come, waiting no longer for what is missing.
func (w *way) finish(now time.Time) {
	w.now = now
	for it, more := w.in.Flush(); more; it, more = w.in.Flush() {
		w.item(it)
	}
	if w.out.repeats > 0 {
		w.out.send(w.out.last)
	}
	w.story.end(w.now)
}

func (w *way) deliver(it udptl.Item, more bool) {
	for ; more; it, more = w.in.Next(w.now) {
		w.item(it)
	}
}

func (w *way) item(it udptl.Item) {
	if it.Missing > 0 {
		w.log.Debug("packets lost", "seq", it.Seq, "count", it.Missing)
		w.lost(it.Missing)
		return
	}
	w.held.add(w.now.Sub(it.Came))
	if len(it.IFP) == 0 {
		return
	}
	if err := w.rx.ifpPacket(it.IFP); err != nil {
		w.log.Debug("an IFP packet was not understood", "seq", it.Seq, "err", err)
		w.garbled++
		w.lost(1)
		return
	}
	w.forward(&w.rx.packet)
}

func (w *way) lost(packets int) {
	w.rx.lost()
	w.join.restart()
	w.join.lost(packets)
	w.story.lost(packets)
	w.flush()
}

// forward passes a packet on.
func (w *way) forward(p *ifp.Packet) {
	w.join.restart()
	if !p.IsData {
		w.join.cut()
		w.flush()
		w.emit(&ifp.Packet{Indicator: p.Indicator})
		return
	}
	w.join.signal(p.DataType)
	w.flush()
	w.join.restart()
	w.join.data = p.DataType
	for _, f := range p.Fields {
		w.join.field(f)
	}
	if len(p.Fields) == 0 {
		w.emit(&ifp.Packet{IsData: true, DataType: p.DataType})
		return
	}
	w.flush()
}

// emit says a packet on the other leg.
func (w *way) emit(p *ifp.Packet) {
	err := errVersion
	if w.out.o.Version >= 3 || !needsVersion3(p) {
		err = w.out.emit(w.now, p, w.other.rx.syntax)
	}
	if err != nil {
		w.untold++
		w.log.Debug("an IFP packet cannot be said on the other leg", "packet", p, "err", err)
	}
}

var errVersion = errors.New("the leg's version of T.38 does not know it")

// needsVersion3 reports whether a packet is of V.8, V.33 or V.34, which older
// versions do not have.
func needsVersion3(p *ifp.Packet) bool {
	if p.IsData {
		return p.DataType > ifp.V17_14400
	}
	return p.Indicator > ifp.V17_14400LongTraining
}

// What a packet and each of its fields take beside their octets.
const (
	packetOverhead = 4
	fieldOverhead  = 4
)

// flush sends the fields that are ready, in as many packets as the leg needs: a
// field that finds no room begins a packet, one that needs more is split.
func (w *way) flush() {
	fields := w.join.fields()
	if len(fields) == 0 {
		return
	}
	w.packet = ifp.Packet{IsData: true, DataType: w.join.data, Fields: w.packet.Fields[:0]}
	room := w.out.room(w.join.data != ifp.V21)
	if room == 0 {
		room = socket.MaxDatagram
	}
	room = max(room+ifpOverhead-packetOverhead, fieldOverhead+1)
	left := room
	for _, f := range fields {
		for fieldOverhead+len(f.Data) > left {
			if len(w.packet.Fields) == 0 {
				n := left - fieldOverhead
				w.packet.Fields = append(w.packet.Fields, ifp.Field{Type: unended(f.Type), Data: f.Data[:n]})
				f.Data = f.Data[n:]
			}
			w.emitFields()
			left = room
		}
		w.packet.Fields = append(w.packet.Fields, f)
		left -= fieldOverhead + len(f.Data)
	}
	w.emitFields()
}

func (w *way) emitFields() {
	w.emit(&w.packet)
	w.packet.Fields = w.packet.Fields[:0]
}

// unended is the type of the first part of a field.
func unended(t ifp.FieldType) ifp.FieldType {
	if t == ifp.T4NonECMSigEnd {
		return ifp.T4NonECMData
	}
	return t
}
