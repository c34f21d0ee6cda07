package t38

import (
	"fmt"
	"math/bits"
	"time"
)

// RelayStats says what a relay has seen on its two legs.
type RelayStats struct{ A, B LegStats }

// LegStats counts what came from one leg and what went out on it.
type LegStats struct {
	Datagrams int // that came and were understood
	Octets    int // of all that came
	Malformed int // datagrams that were not UDPTL
	Garbled   int // IFP packets that were not understood
	Repaired  int // IFP packets that came only by error correction
	Lost      int // IFP packets that never came, or too late
	Late      int // of those, the ones that came after all
	Repeated  int // datagrams that brought nothing new
	Spoilt    int // HDLC frames of which the other leg was told that they are bad

	Sent       int // datagrams, repetitions included
	SentOctets int
	Untold     int // IFP packets of the other leg that this one's version cannot say

	// Half of the packets, and all but one in a hundred, were held back no
	// longer than so, for the packets before them to come. What the relay's own
	// work takes is not in it.
	DelayP50, DelayP99 time.Duration
}

// String prints "789 packets, 3 repaired, 1 lost".
func (s LegStats) String() string {
	return fmt.Sprintf("%d packets, %d repaired, %d lost", s.Datagrams, s.Repaired, s.Lost)
}

// legStats puts together what the way from the leg and the way to it know.
func legStats(from, to *way) LegStats {
	in, p50, p99 := from.in.Stats(), from.held.quantile(50), from.held.quantile(99)
	return LegStats{
		Datagrams: in.Datagrams, Octets: from.octetsIn, Malformed: in.Malformed, Garbled: from.garbled,
		Repaired: in.Recovered, Lost: in.Missing, Late: in.Late, Repeated: in.Repeated, Spoilt: from.join.bad,
		Sent: to.datagramsOut, SentOctets: to.octetsOut, Untold: to.untold,
		DelayP50: p50, DelayP99: p99,
	}
}

// delays counts times by their order of magnitude: slot n holds those below 2^n
// µs that are in no slot before it. A second is in slot 20.
type delays [24]uint32

func (d *delays) add(t time.Duration) {
	d[min(bits.Len64(uint64(max(t.Microseconds(), 0))), len(d)-1)]++
}

// quantile gives the upper bound of the slot that the percentage falls into, 0
// for the times that are less than a microsecond.
func (d *delays) quantile(percent int) time.Duration {
	total := 0
	for _, n := range d {
		total += int(n)
	}
	seen := 0
	for slot, n := range d {
		seen += int(n)
		if n > 0 && seen*100 >= total*percent {
			if slot == 0 {
				return 0
			}
			return time.Microsecond << slot
		}
	}
	return 0
}
