package faxdetect

import (
	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38/internal/g711"
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/hdlc"
	"github.com/pagebridge/pagebridge/t38/modem/v21"
)

// Static payload types (RFC 3551 6).
const (
	pcmu         = 0
	pcma         = 8
	comfortNoise = 13
)

// Options say how the packets are to be read. G.711 has its static payload types.
type Options struct {
	Events uint8 // payload type of telephone events (RFC 4733); 0: none
}

// A Detector listens to what one side of a call sends. It is not safe for
// concurrent use.
type Detector struct {
	o      Options
	packet rtp.Packet
	heard  Signal

	tones  *modem.ToneDetector
	v21    *v21.Receiver
	frames *hdlc.Receiver

	any     bool
	ssrc    uint32
	next    uint16 // sequence number that is due
	stamp   uint32 // timestamp that is due
	event   uint32 // timestamp of the last telephone event
	events  bool   // there was one
	samples []int16
}

// New makes a Detector of a side that has said nothing yet.
func New(o Options) *Detector {
	d := &Detector{o: o}
	d.listenAnew()
	return d
}

func (d *Detector) listenAnew() {
	d.tones = modem.NewToneDetector(ear{d})
	d.v21 = v21.NewReceiver(ear{d})
	d.frames = hdlc.NewReceiver(ear{d}, hdlc.Limits{})
}

// RTP takes a packet as it came from the network, and says what has been heard
// with it. What is no RTP, or another codec, says nothing.
func (d *Detector) RTP(octets []byte) Signal {
	p := &d.packet
	if err := p.Unmarshal(octets); err != nil || p.Version != 2 {
		return Nothing
	}
	d.heard = Nothing
	switch {
	case d.o.Events != 0 && p.PayloadType == d.o.Events:
		d.telephoneEvent()
	case p.PayloadType == pcmu:
		d.audio(g711.MuLaw)
	case p.PayloadType == pcma:
		d.audio(g711.ALaw)
	case p.PayloadType == comfortNoise: // RFC 3389: silence until the next one
		d.follow(0)
	}
	return d.heard
}

// Samples takes what a side says at 8000 Hz, and says what has been heard with
// it.
func (d *Detector) Samples(in []int16) Signal {
	d.heard = Nothing
	d.listen(in)
	return d.heard
}

// telephoneEvent reads an event, of which the timestamp is its beginning and the
// first octet its code (RFC 4733 2.3).
func (d *Detector) telephoneEvent() {
	p := &d.packet
	if len(p.Payload) < 4 || d.events && p.Timestamp == d.event {
		return
	}
	d.event, d.events = p.Timestamp, true
	d.hear(signals[p.Payload[0]])
}

func (d *Detector) audio(law g711.Law) {
	payload := d.packet.Payload
	if !d.follow(len(payload)) {
		return
	}
	d.samples = d.samples[:0]
	for _, o := range payload {
		d.samples = append(d.samples, law.Decode(o))
	}
	d.listen(d.samples)
}

// maxGap is the longest gap, in samples, that is made up for with silence, and
// maxAhead in packets. Beyond them the sender has begun anew.
const (
	maxGap   = modem.SampleRate
	maxAhead = 100
)

// follow keeps the line's time as the sender's clock counts it. It reports false
// for a packet that comes too late: its place has been taken by silence.
func (d *Detector) follow(samples int) bool {
	p := &d.packet
	gap := int32(p.Timestamp - d.stamp)
	ahead := int16(p.SequenceNumber - d.next)
	switch {
	case !d.any || p.SSRC != d.ssrc:
		// Another source goes on where the first has stopped: a tone may go over.
		d.any, d.ssrc = true, p.SSRC
	case gap > maxGap || gap < -maxGap || ahead > maxAhead || ahead < -maxAhead:
		d.listenAnew()
	case ahead < 0:
		return false
	case gap > 0:
		d.silence(int(gap))
	}
	d.next, d.stamp = p.SequenceNumber+1, p.Timestamp+uint32(samples)
	return true
}

var stillness [modem.SampleRate / 50]int16

func (d *Detector) silence(n int) {
	for ; n > 0; n -= len(stillness) {
		d.listen(stillness[:min(n, len(stillness))])
	}
}

func (d *Detector) listen(in []int16) {
	d.tones.Receive(in)
	d.v21.Receive(in)
}

// hear keeps what says most: of two signals of one packet the later.
func (d *Detector) hear(s Signal) {
	if s != Nothing {
		d.heard = s
	}
}
