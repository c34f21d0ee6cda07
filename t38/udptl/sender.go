package udptl

// ErrorCorrection is what a datagram brings to recover lost ones.
type ErrorCorrection uint8

const (
	NoCorrection ErrorCorrection = iota
	Redundancy                   // copies of earlier IFP packets
	FEC                          // parity over earlier IFP packets
)

func (c ErrorCorrection) String() string {
	switch c {
	case Redundancy:
		return "redundancy"
	case FEC:
		return "FEC"
	}
	return "none"
}

// Bounds of what a Sender can be asked for.
const (
	MaxDepth = 7 // copies in a datagram
	maxCover = 64
)

// Sender makes the datagrams of one direction of a session. The zero value
// sends without error correction. It is not safe for concurrent use.
type Sender struct {
	Correction ErrorCorrection
	// Span is fec-npackets and Entries the number of fec-data in a datagram:
	// together they repair Entries lost packets in a row, and packet n is
	// covered until Span*Entries packets later. 0: 3 each.
	Span, Entries int
	// MaxDatagram is what the peer takes, in octets; 0: no limit known.
	// Recovery is left out as needed to keep to it.
	MaxDatagram int
	// First is the number of the first packet: 0 (T.38 9.1.3), unless another
	// Sender has sent packets to the same peer before.
	First uint16

	next    int // the sequence number of the next packet, not wrapped
	sent    [maxCover][]byte
	parity  [MaxEntries][]byte
	scratch Packet
}

// MaxEntries bounds the fec-data that a Sender puts into a datagram.
const MaxEntries = 16

// Append appends the next datagram to b: ifp as primary packet and, with
// redundancy, copies of up to depth packets before it. It fails when ifp is too
// long for any datagram; one that alone exceeds MaxDatagram is still made, for
// peers are met that mean the IFP packet by that number.
func (s *Sender) Append(b, ifp []byte, depth int) ([]byte, error) {
	p := &s.scratch
	*p = Packet{Seq: s.Next(), Primary: ifp, Recovery: p.Recovery[:0]}
	switch s.Correction {
	case Redundancy:
		s.addCopies(p, depth)
	case FEC:
		s.addParity(p)
	}
	out, err := p.Append(b)
	if err != nil {
		return b, err
	}
	slot := &s.sent[s.next%maxCover]
	*slot = append((*slot)[:0], ifp...)
	s.next++
	return out, nil
}

// Next is the number of the next packet.
func (s *Sender) Next() uint16 { return s.First + uint16(s.next) }

func (s *Sender) addCopies(p *Packet, depth int) {
	size := 2 + lenOctets(len(p.Primary)) + 2
	for n := 1; n <= min(depth, MaxDepth, s.next); n++ {
		earlier := s.sent[(s.next-n)%maxCover]
		size += lenOctets(len(earlier))
		if s.MaxDatagram > 0 && size > s.MaxDatagram {
			return
		}
		p.Recovery = append(p.Recovery, earlier)
	}
}

// addParity covers with fec-data number m the packets Entries apart that end
// with number Seq-Entries+m. While few packets have been sent it covers those.
func (s *Sender) addParity(p *Packet) {
	p.IsFEC = true
	span, entries := s.shape()
	span = min(span, s.next)
	if span == 0 {
		return
	}
	p.FECNPackets = span
	entries = min(entries, s.next/span)
	for entries > 0 && !s.parityFits(p, span, entries) {
		entries--
	}
	for m := range entries {
		s.parity[m] = s.parity[m][:0]
		for n := range span {
			s.parity[m] = xor(s.parity[m], s.sent[(s.next-span*entries+m+n*entries)%maxCover])
		}
		p.Recovery = append(p.Recovery, s.parity[m])
	}
}

func (s *Sender) parityFits(p *Packet, span, entries int) bool {
	if s.MaxDatagram <= 0 {
		return true
	}
	size := 2 + lenOctets(len(p.Primary)) + 4
	for m := range entries {
		longest := 0
		for n := range span {
			longest = max(longest, len(s.sent[(s.next-span*entries+m+n*entries)%maxCover]))
		}
		size += lenOctets(longest)
	}
	return size <= s.MaxDatagram
}

func (s *Sender) shape() (span, entries int) {
	span, entries = s.Span, s.Entries
	if span <= 0 {
		span = 3
	}
	if entries <= 0 {
		entries = 3
	}
	entries = min(entries, MaxEntries)
	return min(span, maxCover/entries), entries
}

// xor adds b to sum as if both went on with zeros (T.38 9.1.4.2).
func xor(sum, b []byte) []byte {
	for i, o := range b {
		if i < len(sum) {
			sum[i] ^= o
		} else {
			sum = append(sum, o)
		}
	}
	return sum
}

// Room is the length of the longest IFP packet of which depth copies, or the
// fec-data over packets of that length, fit into MaxDatagram beside it. It is
// 0 when there is no limit.
func (s *Sender) Room(depth int) int {
	if s.MaxDatagram <= 0 {
		return 0
	}
	parts, overhead := 1, 2+2
	switch s.Correction {
	case Redundancy:
		parts += min(depth, MaxDepth)
	case FEC:
		_, entries := s.shape()
		parts, overhead = parts+entries, 2+4
	}
	room := (s.MaxDatagram - overhead) / parts
	if room-1 < 0x80 {
		return max(room-1, 1)
	}
	return min(room-2, maxOctets)
}
