package udptl

import (
	"errors"
	"fmt"
	"log/slog"
)

// Packet is a UDPTLPacket (T.38 9.1.3), as parsed a view of the datagram:
//
//	UDPTLPacket ::= SEQUENCE {
//	    seq-number          INTEGER (0..65535),
//	    primary-ifp-packet  TYPE-IDENTIFIER.&Type (IFPPacket),
//	    error-recovery      CHOICE {
//	        secondary-ifp-packets  SEQUENCE OF (IFPPacket),
//	        fec-info               SEQUENCE {
//	            fec-npackets  INTEGER,
//	            fec-data      SEQUENCE OF OCTET STRING } } }
type Packet struct {
	Seq     uint16
	Primary []byte
	// Recovery holds the secondary packets, the latest (Seq-1) first, or the
	// fec-data.
	Recovery    [][]byte
	IsFEC       bool
	FECNPackets int // primary packets that each of the fec-data covers
}

// Errors of Parse. A packet whose error-recovery is wrong has its Primary set.
var (
	ErrCut      = errors.New("udptl: packet is cut short")
	ErrTrailing = errors.New("udptl: octets after the end of the packet")
	ErrLength   = errors.New("udptl: length that no datagram has")
	ErrRecovery = errors.New("udptl: more recovery data than any sender has")
)

// maxRecovery bounds the secondary packets or fec-data of a packet.
const maxRecovery = 128

// Parse reads a datagram. It reuses the memory of p.Recovery and keeps parts of
// b. A datagram that ends with its primary packet is taken as one without
// recovery.
func (p *Packet) Parse(b []byte) error {
	*p = Packet{Recovery: p.Recovery[:0]}
	if len(b) < 3 {
		return ErrCut
	}
	p.Seq = uint16(b[0])<<8 | uint16(b[1])
	primary, b, err := octets(b[2:])
	if err != nil {
		return err
	}
	p.Primary = primary
	if len(b) == 0 {
		return nil
	}
	if err := p.parseRecovery(b); err != nil {
		p.Recovery = p.Recovery[:0]
		return err
	}
	return nil
}

func (p *Packet) parseRecovery(b []byte) error {
	p.IsFEC = b[0]&0x80 != 0 // the index of the CHOICE, the rest is padding
	b = b[1:]
	if p.IsFEC {
		n, rest, err := octets(b) // an INTEGER is its length and its octets
		if err != nil {
			return err
		}
		if len(n) != 1 || n[0] > 0x7F {
			return ErrRecovery
		}
		p.FECNPackets, b = int(n[0]), rest
	}
	count, b, err := length(b)
	if err != nil {
		return err
	}
	if count > maxRecovery {
		return ErrRecovery
	}
	for range count {
		var o []byte
		if o, b, err = octets(b); err != nil {
			return err
		}
		p.Recovery = append(p.Recovery, o)
	}
	if len(b) > 0 {
		return ErrTrailing
	}
	return nil
}

// length reads a length determinant (X.691 10.9.3.5 to 10.9.3.7).
func length(b []byte) (n int, rest []byte, err error) {
	switch {
	case len(b) < 1:
		return 0, nil, ErrCut
	case b[0] < 0x80:
		return int(b[0]), b[1:], nil
	case b[0] >= 0xC0:
		return 0, nil, ErrLength
	case len(b) < 2:
		return 0, nil, ErrCut
	}
	return int(b[0]&0x3F)<<8 | int(b[1]), b[2:], nil
}

func octets(b []byte) (o, rest []byte, err error) {
	n, b, err := length(b)
	if err != nil {
		return nil, nil, err
	}
	if n > len(b) {
		return nil, nil, ErrCut
	}
	return b[:n:n], b[n:], nil
}

// Append appends the datagram to b.
func (p *Packet) Append(b []byte) ([]byte, error) {
	if len(p.Recovery) > maxRecovery || p.FECNPackets < 0 || p.FECNPackets > 0x7F {
		return b, ErrRecovery
	}
	out := append(b, byte(p.Seq>>8), byte(p.Seq))
	out, err := appendOctets(out, p.Primary)
	if err != nil {
		return b, err
	}
	if p.IsFEC {
		out = append(out, 0x80, 1, byte(p.FECNPackets))
	} else {
		out = append(out, 0)
	}
	out = appendLength(out, len(p.Recovery))
	for _, r := range p.Recovery {
		if out, err = appendOctets(out, r); err != nil {
			return b, err
		}
	}
	return out, nil
}

// maxOctets is the longest string whose length needs no fragments.
const maxOctets = 0x3FFF

func appendOctets(b, o []byte) ([]byte, error) {
	if len(o) > maxOctets {
		return b, ErrLength
	}
	return append(appendLength(b, len(o)), o...), nil
}

func appendLength(b []byte, n int) []byte {
	if n < 0x80 {
		return append(b, byte(n))
	}
	return append(b, 0x80|byte(n>>8), byte(n))
}

// lenOctets is how long appendOctets makes n octets.
func lenOctets(n int) int {
	if n < 0x80 {
		return 1 + n
	}
	return 2 + n
}

// String prints the packet as "seq 12, 55 octets, 3 secondary".
func (p *Packet) String() string {
	kind := "secondary"
	if p.IsFEC {
		kind = fmt.Sprintf("fec-data over %d", p.FECNPackets)
	}
	return fmt.Sprintf("seq %d, %d octets, %d %s", p.Seq, len(p.Primary), len(p.Recovery), kind)
}

// LogValue prints the packet as String does, when a log line is really written.
func (p *Packet) LogValue() slog.Value { return slog.StringValue(p.String()) }
