package audio

import (
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38/t30"
)

// arrival puts the packets of an RTP stream in order and makes the samples of
// the line of them: as many as the peer's clock has counted, whatever was lost.
// There is no clock of our own in it, so that clocks that drift apart never
// make it insert or drop a sample within a signal; a modem follows the peer's
// clock by itself.
//
//	packets ──▶ in order by sequence number ──▶ samples ──▶ give
//	            one that is missing is waited    lost ones are made up for, in
//	            for as long as jitter allows     the length that timestamps tell
type arrival struct {
	law Law
	payload,
	events uint8
	jitter time.Duration
	give   func(samples []int16)
	lose   func(guess []int16) // as many samples that are lost
	busy   func() bool         // a carrier is on the line
	tone   func(t30.Tone)      // one has come as a telephone event

	any      bool
	ssrc     uint32
	next     uint16 // sequence number that is due
	stamp    uint32 // timestamp that is due
	gap      bool   // packets before the next one are lost
	waiting  [window]held
	count    int       // of waiting
	since    time.Time // the oldest that waits has come
	last     time.Time // a packet has come
	given    int       // samples of silence since then, while the peer says nothing
	event    uint32    // timestamp of the last telephone event
	hadEvent bool
	samples  []int16
	stats    Received
}

// held is a packet that has come before one that is missing.
type held struct {
	used    bool
	seq     uint16
	stamp   uint32
	payload uint8
	octets  []byte
}

const (
	window = 32 // packets that may wait for one before them
	// maxSilence is the longest gap that is made up for sample by sample. Beyond
	// it the stream has begun anew.
	maxSilence = 2 * sampleRate
	// quiet is after how long without a packet the line counts as silent: a peer
	// that suppresses silence must not hold a carrier up.
	quiet = 500 * time.Millisecond
)

// packet takes what has come from the peer.
func (a *arrival) packet(now time.Time, p *rtp.Packet) {
	a.stats.Packets++
	a.stats.Octets += len(p.Payload)
	ahead := int16(p.SequenceNumber - a.next)
	if !a.any || p.SSRC != a.ssrc || ahead > maxGap || ahead < -maxGap {
		a.restart(p)
	}
	a.last = now
	for int16(p.SequenceNumber-a.next) >= window {
		a.skip(now)
	}
	switch ahead = int16(p.SequenceNumber - a.next); {
	case ahead < 0:
		return // late, and given as silence, or here twice
	case ahead == 0:
		a.take(p.PayloadType, p.Timestamp, p.Payload)
		a.next++
		a.inOrder(now)
	default:
		a.keep(now, p)
	}
}

// keep lets a packet wait for those before it.
func (a *arrival) keep(now time.Time, p *rtp.Packet) {
	slot := &a.waiting[p.SequenceNumber%window]
	if slot.used {
		return
	}
	if a.count == 0 {
		a.since = now
	}
	a.count++
	*slot = held{true, p.SequenceNumber, p.Timestamp, p.PayloadType, append(slot.octets[:0], p.Payload...)}
}

func (a *arrival) restart(p *rtp.Packet) {
	for i := range a.waiting {
		a.waiting[i].used = false
	}
	a.count, a.any, a.ssrc = 0, true, p.SSRC
	a.next, a.stamp, a.given = p.SequenceNumber, p.Timestamp, 0
}

// inOrder gives what waits and is due now.
func (a *arrival) inOrder(now time.Time) {
	for a.count > 0 {
		slot := &a.waiting[a.next%window]
		if !slot.used {
			a.since = now
			return
		}
		slot.used = false
		a.count--
		a.take(slot.payload, slot.stamp, slot.octets)
		a.next++
	}
}

// skip gives up what is missing before the first packet that waits.
func (a *arrival) skip(now time.Time) {
	a.gap = true
	if a.count == 0 {
		a.next++
		a.stats.Lost++
		return
	}
	for !a.waiting[a.next%window].used {
		a.next++
		a.stats.Lost++
	}
	a.inOrder(now)
}

// deadline is when advance wants to be called; zero: never.
func (a *arrival) deadline() time.Time {
	switch {
	case a.count > 0:
		return a.since.Add(a.jitter)
	case a.any:
		return a.last.Add(quiet + time.Duration(a.given)*time.Second/sampleRate)
	}
	return time.Time{}
}

// advance gives up a packet that is too late, and lets the line fall silent when
// none comes at all.
func (a *arrival) advance(now time.Time) {
	for d := a.deadline(); !d.IsZero() && !d.After(now); d = a.deadline() {
		if a.count > 0 {
			a.skip(now)
			continue
		}
		const step = sampleRate / 50
		a.given += step
		a.silence(step)
	}
}

// take gives the samples of the packet that is due.
func (a *arrival) take(payload uint8, stamp uint32, octets []byte) {
	law := a.law
	switch {
	case a.events != 0 && payload == a.events:
		a.telephoneEvent(stamp, octets)
		return
	case payload == a.payload:
	case payload == 0:
		law = MuLaw
	case payload == 8:
		law = ALaw
	default:
		a.stats.Strange++
		return
	}
	if gap := int32(stamp - a.stamp); gap > 0 && gap <= maxSilence {
		a.fill(int(gap) - a.given)
	}
	a.gap = false
	a.given = 0
	a.stamp = stamp + uint32(len(octets))
	a.samples = a.samples[:0]
	for _, o := range octets {
		a.samples = append(a.samples, law.Decode(o))
	}
	a.give(a.samples)
}

// fill makes up for n samples that have not come. Within a signal that is for
// lost packets only: a sender that was held up moves its timestamps and goes on
// where it was, and no sample is missing.
func (a *arrival) fill(n int) {
	switch {
	case n <= 0:
	case !a.busy():
		a.silence(n)
	case a.gap && n <= maxLost && len(a.samples) > 0:
		for ; n > 0; n -= len(a.samples) {
			a.lose(a.samples[:min(n, len(a.samples))]) // what was last there may be there still
		}
	case a.gap:
		a.silence(n)
	}
}

// maxLost is how many samples a signal may lack and still be the same.
const maxLost = sampleRate / 5

func (a *arrival) silence(n int) {
	a.samples = a.samples[:0]
	for range min(n, maxSilence) {
		a.samples = append(a.samples, 0)
	}
	if n > 0 {
		a.give(a.samples)
	}
}
