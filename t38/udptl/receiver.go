package udptl

import "time"

// Item is what a Receiver delivers: an IFP packet in its turn, or the news that
// Missing packets are lost at this point.
type Item struct {
	Seq     uint16    // of the packet, or of the first one missing
	IFP     []byte    // valid until the next Receive
	Came    time.Time // when the packet was here, by itself or by repair
	Missing int
}

// Receiver puts the datagrams of one direction of a session in order. The zero
// value is ready. It is not safe for concurrent use. Call Next until it has
// nothing after each Receive and when Deadline has passed.
type Receiver struct {
	// Wait is how long packets are held back for an earlier one that is
	// missing, 0: 300 ms. Most gaps are closed by the very next datagram, so
	// only real losses and late packets cost time.
	Wait time.Duration

	started bool
	next    int64 // number of the packet to be delivered next, not wrapped
	top     int64 // one more than the highest number known
	skipped int   // lost packets to be reported before next
	gap     time.Time
	slots   [window]slot
	parity  parities
	restart restart
	scratch Packet
	stats   Stats
}

// Stats counts what a Receiver has seen.
type Stats struct {
	Datagrams int // understood
	Malformed int
	Recovered int // IFP packets that came only as a copy or by parity
	Missing   int // IFP packets that never came
	Repeated  int // datagrams whose primary packet was here already
	Late      int // packets that came when they had been given up
}

// Stats gives the counters so far.
func (r *Receiver) Stats() Stats { return r.stats }

const (
	window      = 128 // packets remembered, delivered or not
	defaultWait = 300 * time.Millisecond
	far         = window / 2 // a jump so far is believed only when it goes on
)

type slot struct {
	number int64 // 1 more than the number, so that the zero slot is empty
	came   time.Time
	ifp    []byte
}

// Receive takes a datagram that came at now. An error says that it was not
// understood; what could be used of it was used.
func (r *Receiver) Receive(now time.Time, datagram []byte) error {
	p := &r.scratch
	err := p.Parse(datagram)
	if err != nil {
		r.stats.Malformed++
		if p.Primary == nil || !r.started {
			return err
		}
	}
	if !r.started {
		r.start(p)
	}
	n := r.number(p.Seq)
	if !r.plausible(n, p, err == nil) {
		return err
	}
	n = r.number(p.Seq) // counted anew if the peer has started again
	if err == nil {
		r.stats.Datagrams++
	}
	switch {
	case !r.store(now, n, p.Primary):
		r.stats.Repeated++
	case n < r.next:
		r.stats.Late++
	}
	if p.IsFEC {
		r.learnParity(now, n, p)
	} else {
		for i, ifp := range p.Recovery {
			if len(ifp) > 0 { // some senders fill up with empty ones
				r.recover(now, n-1-int64(i), ifp)
			}
		}
	}
	r.repair(now)
	r.watchGap()
	return err
}

// start takes the first datagram. Numbers begin with 0 (T.38 9.1.3), so a low
// one tells of packets before it that are late or lost.
func (r *Receiver) start(p *Packet) {
	r.started = true
	r.next = int64(p.Seq)
	if p.Seq < 8 {
		r.next = 0
	}
	for i := 0; !p.IsFEC && i < len(p.Recovery) && len(p.Recovery[i]) > 0 && r.next > 0; i++ {
		r.next--
	}
	r.top = r.next
}

// number unwraps seq: of all numbers that end so, the one nearest to next.
func (r *Receiver) number(seq uint16) int64 {
	return r.next + int64(int16(seq-uint16(r.next)))
}

// restart notices a peer that begins to count anew.
type restart struct {
	seq  uint16
	seen int
}

// plausible decides whether packet number n belongs here. A jump is either an
// impostor (a late RTP packet, say) or a peer that has started again; the
// latter goes on counting.
func (r *Receiver) plausible(n int64, p *Packet, whole bool) bool {
	if n > r.next-far && n < r.next+far {
		r.restart.seen = 0
		return true
	}
	if !whole {
		return false
	}
	if ahead := p.Seq - r.restart.seq; r.restart.seen == 0 || ahead == 0 || ahead > 8 {
		r.restart = restart{p.Seq, 1}
		return false
	}
	r.restart.seq = p.Seq
	if r.restart.seen++; r.restart.seen < 3 {
		return false
	}
	r.slots, r.parity, r.restart = [window]slot{}, parities{}, restart{}
	r.skipped++
	r.start(p)
	return true
}

// known gives packet number n if it is remembered. Nothing was sent before
// number 0, so that counts as an empty packet.
func (r *Receiver) known(n int64) ([]byte, bool) {
	if n < 0 {
		return nil, true
	}
	s := &r.slots[n%window]
	return s.ifp, s.number == n+1
}

// store keeps packet number n and reports whether it was unknown. One that
// comes too late to be delivered still helps to use parity.
func (r *Receiver) store(now time.Time, n int64, ifp []byte) bool {
	if _, here := r.known(n); here || n <= r.next-far {
		return false
	}
	s := &r.slots[n%window]
	s.number, s.came = n+1, now
	s.ifp = append(s.ifp[:0], ifp...)
	r.top = max(r.top, n+1)
	return true
}

func (r *Receiver) recover(now time.Time, n int64, ifp []byte) bool {
	if !r.store(now, n, ifp) {
		return false
	}
	if n >= r.next {
		r.stats.Recovered++
	}
	return true
}

// watchGap sets when it was noticed that the next packet is missing: when the
// first one behind it came. So one gap behind another does not wait twice.
func (r *Receiver) watchGap() {
	r.gap = time.Time{}
	if _, here := r.known(r.next); here {
		return
	}
	for n := r.next + 1; n < r.top; n++ {
		s := &r.slots[n%window]
		if s.number == n+1 && (r.gap.IsZero() || s.came.Before(r.gap)) {
			r.gap = s.came
		}
	}
}

// Deadline is when Next has something although no datagram came, zero for
// never.
func (r *Receiver) Deadline() time.Time {
	if r.gap.IsZero() {
		return time.Time{}
	}
	return r.gap.Add(r.wait())
}

func (r *Receiver) wait() time.Duration {
	if r.Wait > 0 {
		return r.Wait
	}
	return defaultWait
}

// Next gives the next packet or loss, false when there is none yet.
func (r *Receiver) Next(now time.Time) (Item, bool) {
	return r.deliver(now, false)
}

// Flush gives what is left, waiting no longer for what is missing: for the end
// of a session.
func (r *Receiver) Flush() (Item, bool) {
	return r.deliver(time.Time{}, true)
}

func (r *Receiver) deliver(now time.Time, flush bool) (Item, bool) {
	if r.skipped > 0 {
		lost := r.skipped
		r.skipped = 0
		return r.missing(r.next-int64(lost), lost), true
	}
	if ifp, here := r.known(r.next); here && r.next < r.top {
		came := r.slots[r.next%window].came
		r.next++
		r.watchGap()
		return Item{Seq: uint16(r.next - 1), IFP: ifp, Came: came}, true
	}
	if r.next >= r.top || !flush && (r.gap.IsZero() || now.Before(r.Deadline())) {
		return Item{}, false
	}
	first := r.next
	for r.next < r.top {
		if _, here := r.known(r.next); here {
			break
		}
		r.next++
	}
	r.watchGap()
	return r.missing(first, int(r.next-first)), true
}

func (r *Receiver) missing(first int64, n int) Item {
	r.stats.Missing += n
	return Item{Seq: uint16(first), Missing: n}
}
