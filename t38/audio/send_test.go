package audio

import (
	"context"
	"errors"
	"math"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38/modem"
)

var far = netip.MustParseAddrPort("192.0.2.1:30000")

// line is a packetWriter that keeps what was sent, with the time.
type line struct {
	packets []rtp.Packet
	times   []time.Time
	fails   error
}

func (l *line) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if l.fails != nil {
		return 0, l.fails
	}
	var p rtp.Packet
	if err := p.Unmarshal(append([]byte(nil), b...)); err != nil {
		return 0, err
	}
	l.packets = append(l.packets, p)
	l.times = append(l.times, time.Now())
	return len(b), nil
}

func (l *line) samples(law Law) []int16 {
	var s []int16
	for _, p := range l.packets {
		for _, octet := range p.Payload {
			s = append(s, law.Decode(octet))
		}
	}
	return s
}

// sent plays a tone in virtual time, CNG for the given time.
func sent(t *testing.T, leg Leg, tone Tone, limit time.Duration) *line {
	t.Helper()
	l := &line{}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		err := play(ctx, l, leg, cadences[tone])
		if want := context.Cause(ctx); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	})
	return l
}

// goertzel measures the level of one frequency in samples, in dBm0.
func goertzel(s []int16, hertz float64) float64 {
	w := 2 * math.Pi * hertz / sampleRate
	var s1, s2 float64
	for _, v := range s {
		s1, s2 = float64(v)+2*math.Cos(w)*s1-s2, s1
	}
	power := s1*s1 + s2*s2 - 2*math.Cos(w)*s1*s2
	n := float64(len(s))
	return dBm0(2 * power / (n * n))
}

// burst is a time in which a signal is there.
type burst struct{ from, to time.Duration }

// bursts finds where the signal is, in steps of 5 ms.
func bursts(s []int16) []burst {
	const step = sampleRate / 200
	var found []burst
	was := false
	for i := 0; i+step <= len(s); i += step {
		var power float64
		for _, v := range s[i : i+step] {
			power += float64(v) * float64(v)
		}
		is := dBm0(power/step) > -40
		at := time.Duration(i) * time.Second / sampleRate
		switch {
		case is && !was:
			found = append(found, burst{from: at, to: -1})
		case was && !is:
			found[len(found)-1].to = at
		}
		was = is
	}
	return found
}

func TestTonesHaveTheFrequencyLevelAndCadenceOfT30(t *testing.T) {
	const ms = time.Millisecond
	for _, law := range []Law{MuLaw, ALaw} {
		for _, c := range []struct {
			tone   Tone
			hertz  float64
			limit  time.Duration
			length time.Duration
			want   []burst
		}{
			{CED, 2100, time.Hour, 3280 * ms, []burst{{200 * ms, 3200 * ms}}},
			{CNG, 1100, 7600 * ms, 7600 * ms, []burst{{0, 500 * ms}, {3500 * ms, 4000 * ms}, {7000 * ms, 7500 * ms}}},
		} {
			s := sent(t, Leg{Remote: far, Law: law}, c.tone, c.limit).samples(law)
			if got := time.Duration(len(s)) * time.Second / sampleRate; got < c.length || got > c.length+20*ms {
				t.Errorf("%v, tone %d: %v of samples, want %v", law, c.tone, got, c.length)
			}
			found := bursts(s)
			if len(found) != len(c.want) {
				t.Fatalf("%v, tone %d: bursts %v, want %v", law, c.tone, found, c.want)
			}
			for i, b := range found {
				if b != c.want[i] {
					t.Errorf("%v, tone %d: burst %v, want %v", law, c.tone, b, c.want[i])
				}
				checkTone(t, s[samples(b.from):samples(b.to)], c.hertz)
			}
		}
	}
}

// checkTone checks that s is that frequency, at its level, and nothing else.
func checkTone(t *testing.T, s []int16, hertz float64) {
	t.Helper()
	if level := goertzel(s, hertz); math.Abs(level-toneLevel) > 0.2 {
		t.Errorf("%v Hz at %.2f dBm0, want %v", hertz, level, toneLevel)
	}
	for _, off := range []float64{-38, -15, 15, 38} { // T.30's tolerances
		if level := goertzel(s[:sampleRate/2], hertz+off); level > toneLevel-15 {
			t.Errorf("at %v Hz there are %.2f dBm0 too", hertz+off, level)
		}
	}
	var power float64
	for _, v := range s {
		power += float64(v) * float64(v)
	}
	if all := dBm0(power / float64(len(s))); all-goertzel(s, hertz) > 0.05 {
		t.Errorf("%.2f dBm0 in all: not a pure tone", all)
	}
}

func TestPacketsFollowOneAnother(t *testing.T) {
	for _, ptime := range []time.Duration{0, 10 * time.Millisecond, 30 * time.Millisecond} {
		l := sent(t, Leg{Remote: far, PayloadType: 96, Ptime: ptime}, CED, time.Hour)
		if ptime == 0 {
			ptime = 20 * time.Millisecond
		}
		first := l.packets[0]
		for i, p := range l.packets {
			if p.SSRC != first.SSRC || p.PayloadType != 96 || p.Marker != (i == 0) ||
				p.SequenceNumber != first.SequenceNumber+uint16(i) ||
				p.Timestamp != first.Timestamp+uint32(i*samples(ptime)) ||
				len(p.Payload) != samples(ptime) {
				t.Fatalf("packet %d of %v: %+v after %+v", i, ptime, p.Header, first.Header)
			}
			if at := l.times[i].Sub(l.times[0]); at != time.Duration(i)*ptime {
				t.Fatalf("packet %d of %v at %v", i, ptime, at)
			}
		}
	}
}

func TestSilenceIsSilent(t *testing.T) {
	l := sent(t, Leg{Remote: far, Law: ALaw}, CNG, 3*time.Second)
	for _, octet := range l.packets[100].Payload {
		if octet != 0xD5 {
			t.Fatalf("%#02x in the pause of CNG", octet)
		}
	}
}

func TestAFailingLineEndsTheTone(t *testing.T) {
	broken := errors.New("network is unreachable")
	err := play(t.Context(), &line{fails: broken}, Leg{Remote: far}, cadences[CED])
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// A port that nobody listens at yet, or an address that cannot be reached from here, are
// the signalling's business: the tone goes on.
func TestToneToNobody(t *testing.T) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	gone, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for _, to := range []netip.AddrPort{gone.LocalAddr().(*net.UDPAddr).AddrPort(), netip.MustParseAddrPort("192.0.2.77:4000")} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if err := PlayTone(ctx, conn, Leg{Remote: to}, CNG); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("to %v: %v", to, err)
		}
	}
}

func TestAnImpossibleLegIsRefused(t *testing.T) {
	for why, leg := range map[string]Leg{
		"no address":   {},
		"port 0":       {Remote: netip.AddrPortFrom(far.Addr(), 0)},
		"payload type": {Remote: far, PayloadType: 128},
		"packet time":  {Remote: far, Ptime: time.Second},
	} {
		if err := PlayTone(t.Context(), nil, leg, CED); err == nil {
			t.Errorf("%s: accepted", why)
		}
	}
	if err := PlayTone(t.Context(), nil, Leg{Remote: far}, 9); err == nil {
		t.Error("tone 9: accepted")
	}
}

func BenchmarkPlay(b *testing.B) {
	p := newPlayer(cadences[CNG])
	s := newSender(&nowhere{}, Leg{Remote: far})
	out := make([]int16, 160)
	b.ReportAllocs()
	for b.Loop() {
		p.fill(out)
		if err := s.send(out); err != nil {
			b.Fatal(err)
		}
	}
}

type nowhere struct{}

func (*nowhere) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) { return len(b), nil }

// loopback gives a bound socket that the test closes.
func loopback(t *testing.T) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

func TestOverRealSockets(t *testing.T) {
	here, hereAddr := loopback(t)
	there, thereAddr := loopback(t)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan Received, 1)
	go func() {
		r, err := Listen(ctx, there)
		if err != nil {
			t.Errorf("Listen: %v", err)
		}
		result <- r
	}()
	short := cadence{tone: modem.CED, on: 90 * time.Millisecond, after: 10 * time.Millisecond}
	if err := play(t.Context(), here, Leg{Remote: thereAddr}, short); err != nil {
		t.Fatal(err)
	}
	cancel()
	r := <-result
	// What had arrived when Listen ended is counted; the last may not have.
	if r.Packets < 1 || r.Packets > 5 || r.Octets != 160*r.Packets || r.Lost != 0 || r.From != hereAddr {
		t.Errorf("received %+v from %v", r, hereAddr)
	}
	if err := there.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Error(err)
	}
}
