package udptl

import "time"

// parities are the fec-data that could not be used yet, because more than one
// of the packets they cover is missing; the oldest gives way.
type parities struct {
	kept [32]parity
	n    int // kept so far; the last is kept[(n-1)%32]
}

// parity is one fec-data: the sum of span packets, step apart, from first on.
type parity struct {
	span, step int
	first      int64
	sum        []byte
}

// learnParity takes the fec-data of packet number n.
func (r *Receiver) learnParity(now time.Time, n int64, p *Packet) {
	entries := len(p.Recovery)
	cover := int64(p.FECNPackets * entries)
	if cover == 0 || cover > far {
		return
	}
	for m, sum := range p.Recovery {
		slot := &r.parity.kept[r.parity.n%len(r.parity.kept)]
		slot.span, slot.step, slot.first = p.FECNPackets, entries, n-cover+int64(m)
		slot.sum = append(slot.sum[:0], sum...)
		if useless, _ := r.use(now, slot); useless {
			slot.span = 0
			continue
		}
		r.parity.n++
	}
}

// repair uses what is kept for as long as that brings new packets: each packet
// recovered may leave another fec-data with one missing.
func (r *Receiver) repair(now time.Time) {
	for again := true; again; {
		again = false
		for i := range r.parity.kept {
			p := &r.parity.kept[i]
			if p.span == 0 {
				continue
			}
			useless, recovered := r.use(now, p)
			if useless {
				p.span = 0
			}
			again = again || recovered
		}
	}
}

// use recovers the packet that p covers and that is missing, if it is but one.
// It reports whether p is of no more use and whether something was recovered.
func (r *Receiver) use(now time.Time, p *parity) (useless, recovered bool) {
	missing, lost := 0, int64(0)
	for i := range p.span {
		n := p.first + int64(i*p.step)
		if _, here := r.known(n); here {
			continue
		}
		if n <= r.next-far { // forgotten: it will never be known
			return true, false
		}
		missing, lost = missing+1, n
	}
	if missing != 1 {
		return missing == 0, false
	}
	for i := range p.span {
		if n := p.first + int64(i*p.step); n != lost {
			ifp, _ := r.known(n)
			if len(ifp) > len(p.sum) {
				return true, false // not the sum that the peer says it is
			}
			p.sum = xor(p.sum, ifp)
		}
	}
	return true, r.recover(now, lost, p.sum)
}
