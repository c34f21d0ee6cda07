package gateway

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// nowhere is a conn of which nothing is used: without a peer's address nothing is sent.
type nowhere struct{ net.PacketConn }

// A datagram for FuzzSession: its side, 5 ms units since the one before, its length.
func fuzzed(in []byte, to Side, wait time.Duration, octets []byte) []byte {
	in = append(in, byte(to), byte(wait/(5*time.Millisecond)))
	in = binary.BigEndian.AppendUint16(in, uint16(len(octets)))
	return append(in, octets...)
}

// conversation is what a peer says on one side: DIS, or DCS with a training and TCF.
func conversation(to Side, dcs bool) (in []byte) {
	now, last := time.Unix(0, 0), time.Unix(0, 0)
	send := func(b []byte) {
		in, last = fuzzed(in, to, now.Sub(last), b), now
	}
	var s Speaker
	advance := func(time.Time) {}
	if to == OnT38 {
		leg := t38.NewLeg(t38.Options{ErrorCorrection: udptl.Redundancy}, now, send, func(t30.Event) {})
		s, advance = leg, leg.Advance
	} else {
		port := audio.NewPort(audio.PortOptions{
			Send: func(b []byte) error { send(b); return nil }, Hear: func(t30.Event) {}, Training: func(t30.Modulation, bool) {},
		}, now)
		s, advance = port, func(at time.Time) { _ = port.Advance(at) }
	}
	pause := func(d time.Duration) {
		for end := now.Add(d); now.Before(end); now = now.Add(20 * time.Millisecond) {
			advance(now)
		}
	}
	s.Carrier(t30.V21, false)
	if dcs {
		s.Frame(t30.Frame{FCF: t30.DCS, FIF: []byte{0, 0x60, 0x01, 0x20}, Final: true}.Octets(), true)
		s.Done()
		pause(1500 * time.Millisecond)
		s.Carrier(t30.V29_9600, false)
		s.Data(make([]byte, 300))
		s.Done()
		pause(time.Second)
		return in
	}
	s.Frame(t30.Frame{FCF: t30.DIS, FIF: []byte{0, 0x4E, 0x78}, Final: true}.Octets(), true)
	s.Done()
	pause(1500 * time.Millisecond)
	return in
}

// FuzzSession lets either side say anything at any time: nothing panics, time goes on,
// and when both are silent the line is, too, within the timers of T.30.
func FuzzSession(f *testing.F) {
	for _, in := range seeds() {
		f.Add(in)
	}
	f.Fuzz(wild)
}

// TestWildPeers does so with what machines really say, of which packets are lost, come
// twice, or are damaged: more than the fuzzer gets to do in a short time.
func TestWildPeers(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 7))
		for _, in := range seeds() {
			var out []byte
			for len(in) >= 4 {
				size := 4 + int(binary.BigEndian.Uint16(in[2:]))
				record := slices.Clone(in[:size])
				in = in[size:]
				switch random.IntN(12) {
				case 0: // lost
				case 1:
					out = append(append(out, record...), record...)
				case 2:
					record[0] ^= 1 // it comes from the other side
					out = append(out, record...)
				case 3:
					record[4+random.IntN(len(record)-4)] ^= 1 << random.IntN(8)
					fallthrough
				default:
					out = append(out, record...)
				}
			}
			wild(t, out)
		}
	}
}

func seeds() (list [][]byte) {
	for _, side := range []Side{OnLine, OnT38} {
		dis := conversation(side.other(), false)
		list = append(list, append(dis, conversation(side, true)...), conversation(side, true))
	}
	return list
}

// quietWithin is when the line is silent after the last packet: flags that wait for an
// answer end after holdAfter and holdFor, a signal that brings nothing before.
const quietWithin = 15 * time.Second

func wild(t *testing.T, in []byte) {
	s := NewSession(LineEnd{Conn: nowhere{}}, T38End{Conn: nowhere{}, T38: t38.Options{ErrorCorrection: udptl.Redundancy}}, Options{}, nil)
	s.open()
	until := func(at time.Time) {
		for steps := 0; ; steps++ {
			due := s.deadline()
			if due.After(at) {
				break
			}
			if !due.Before(s.now) {
				s.now = due
			}
			if steps > 10_000 {
				t.Fatalf("time stands still: %v is due", due.Sub(at))
			}
			s.leg.Advance(s.now)
			s.gateway.Advance(s.now)
			s.port.Advance(s.now)
		}
		s.now = at
	}
	now := s.now
	for n := 0; len(in) >= 4 && n < 400; n++ {
		to, wait, size := Side(in[0]&1), time.Duration(in[1]%32)*5*time.Millisecond, int(binary.BigEndian.Uint16(in[2:]))
		b := in[4:min(len(in), 4+size)]
		in = in[4+len(b):]
		now = now.Add(wait)
		until(now)
		if to == OnLine {
			s.port.RTP(now, b)
		} else {
			_ = s.leg.Datagram(now, b)
		}
	}
	until(now.Add(quietWithin))
	if s.port.Sending() {
		t.Errorf("the line is not silent %v after the last packet", quietWithin)
	}
}
