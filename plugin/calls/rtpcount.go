package calls

import "encoding/binary"

// RTPStats is what has come from one leg.
type RTPStats struct {
	Packets, Octets int // of RTP that went on
	Lost            int // packets that have not come, by their numbers
	RTCP            int
	Strange         int // datagrams of others, or of no RTP
}

// rtpCount counts the packets of one stream after the other (RFC 3550 A.3).
type rtpCount struct {
	RTPStats
	any      bool
	ssrc     uint32
	first    uint16
	highest  uint16
	stamp    uint32 // timestamp of that packet
	held     int    // samples in it, if it is G.711
	cycles   int    // of the sequence number
	received int    // of this stream
}

// farJump is a step of the sequence number that is a new beginning.
const farJump = 1000

func (c *rtpCount) take(packet []byte) {
	c.Packets++
	c.Octets += len(packet)
	seq, ssrc := binary.BigEndian.Uint16(packet[2:]), binary.BigEndian.Uint32(packet[8:])
	ahead := int16(seq - c.highest)
	if !c.any || ssrc != c.ssrc || ahead > farJump || ahead < -farJump {
		c.Lost = c.lost()
		c.any, c.ssrc, c.first, c.highest, c.cycles, c.received = true, ssrc, seq, seq, 0, 0
		ahead = 0
		c.last(packet)
	}
	c.received++
	if ahead > 0 {
		if seq < c.highest {
			c.cycles++
		}
		c.highest = seq
		c.last(packet)
	}
}

func (c *rtpCount) last(packet []byte) {
	c.stamp, c.held = binary.BigEndian.Uint32(packet[4:]), len(packet)-rtpHeader
}

// lost is how many have not come by now.
func (c *rtpCount) lost() int {
	if !c.any {
		return c.Lost
	}
	expected := c.cycles<<16 + int(c.highest) - int(c.first) + 1
	return c.Lost + max(expected-c.received, 0)
}
