package t38

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

func TestRelayRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, relayA := simnet.Pipe(simnet.Conditions{Seed: 1, Delay: 30 * time.Millisecond, Loss: 0.05})
		relayB, b := simnet.Pipe(simnet.Conditions{Seed: 2, Delay: 10 * time.Millisecond, Loss: 0.2, Burst: 4})
		o := testRelayOptions()
		redundancy, fec := Options{ErrorCorrection: udptl.Redundancy}, Options{ErrorCorrection: udptl.FEC}
		r := NewRelay(RelayLeg{Conn: relayA, T38: redundancy}, RelayLeg{Conn: relayB, Remote: address4000(2), T38: fec}, o)
		ctx, cancel := context.WithCancel(t.Context())
		relay, received := make(chan error), make(chan ended)
		go func() { relay <- r.Run(ctx) }()
		from, to := &paper{pages: testDocument(2, 300)}, &paper{}
		go func() {
			out, err := Receive(t.Context(), b, address4000(1), to, fec)
			received <- ended{out, err}
		}()
		redundancy.T30.Calling = true
		out, err := Send(t.Context(), a, address4000(2), from, redundancy)
		got := <-received
		cancel()
		if relayErr := <-relay; err != nil || got.err != nil || relayErr != nil || !out.Success || !got.out.Success {
			t.Fatalf("%+v, %v; %+v; the relay: %v", out, err, got, relayErr)
		}
		if d := differ(from.pages, to.pages); d != "" {
			t.Error(d)
		}
		s := r.Stats()
		t.Logf("A: %+v\nB: %+v", s.A, s.B)
		if s.A.Repaired == 0 || s.B.Repaired == 0 || s.A.Lost > 5 || s.A.Datagrams < 400 || s.A.DelayP50 > time.Millisecond {
			t.Error("these are not the numbers of such a call")
		}
		ladder := o.Ladder.String()
		for _, line := range []string{"<- CED", "-> DCS", "<- CFR", "-> partial page", "-> PPS", "<- MCF", "-> DCN"} {
			if !strings.Contains(ladder, line) {
				t.Errorf("the ladder has no %q:\n%s", line, ladder)
			}
		}
	})
}

func TestRelayGivesSilenceUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, relayA := simnet.Pipe(simnet.Conditions{})
		relayB, b := simnet.Pipe(simnet.Conditions{})
		go func() {
			time.Sleep(time.Minute)
			b.WriteTo([]byte{0, 0, 1, 0, 0, 0}, nil)
		}()
		r := NewRelay(RelayLeg{Conn: relayA, Remote: address4000(1)}, RelayLeg{Conn: relayB, Remote: address4000(2)}, RelayOptions{})
		begun := time.Now()
		if err := r.Run(t.Context()); !errors.Is(err, ErrSilence) || time.Since(begun) != 3*time.Minute {
			t.Errorf("%v after %v, want silence for two minutes after the packet at one", err, time.Since(begun))
		}
	})
}

// What has come when the call ends still goes out, also what waits for a packet
// before it.
func TestRelayEndsWithWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, relayA := simnet.Pipe(simnet.Conditions{})
		relayB, b := simnet.Pipe(simnet.Conditions{})
		r := NewRelay(RelayLeg{Conn: relayA, Remote: address4000(1)}, RelayLeg{Conn: relayB, Remote: address4000(2)}, RelayOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		time.Sleep(time.Second)
		var sender udptl.Sender
		for i := range ifp.Indicator(3) {
			octets, _ := (&ifp.Packet{Indicator: i}).Append(nil, ifp.Syntax1998)
			d, _ := sender.Append(nil, octets, 0)
			if i != 1 { // number 1 is lost
				a.WriteTo(d, nil)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		var in udptl.Receiver
		buf, last := make([]byte, 100), ifp.Packet{}
		b.SetReadDeadline(time.Now().Add(time.Second))
		for range 20 {
			n, _, err := b.ReadFrom(buf)
			if err != nil {
				break
			}
			_ = in.Receive(time.Now(), buf[:n])
			for it, more := in.Next(time.Now()); more; it, more = in.Next(time.Now()) {
				_ = last.Parse(it.IFP, ifp.Syntax1998)
			}
		}
		if last.Indicator != ifp.CED {
			t.Errorf("the last that came is %v, want CED", &last)
		}
	})
}

func TestRelayFollowsRedirection(t *testing.T) {
	_, addrA := loopback(t)
	relayA, _ := loopback(t)
	relayB, addrRelayB := loopback(t)
	old, addrOld := loopback(t)
	moved, addrMoved := loopback(t)
	r := NewRelay(RelayLeg{Conn: relayA, Remote: addrA}, RelayLeg{Conn: relayB, Remote: addrOld}, RelayOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	buf := make([]byte, 100)
	if _, from, err := old.ReadFromUDPAddrPort(buf); err != nil || from != addrRelayB {
		t.Fatalf("from %v, %v", from, err)
	}
	r.Redirect(1, addrMoved)
	if _, from, err := moved.ReadFromUDPAddrPort(buf); err != nil || from != addrRelayB {
		t.Errorf("after the redirection: from %v, %v", from, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestRelayOnAClosedSocket(t *testing.T) {
	a, addr := loopback(t)
	b, _ := loopback(t)
	b.Close()
	err := NewRelay(RelayLeg{Conn: a, Remote: addr}, RelayLeg{Conn: b, Remote: netip.AddrPort{}}, RelayOptions{}).Run(t.Context())
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}

// FuzzRelay gives a relay whatever may come, on either leg.
func FuzzRelay(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 6, 0, 0})
	f.Add([]byte("\x0e\x00\x05\x00\x04\xc0\x01\x80\x00\x00\xff\x00\x00" + "\x8e\x00\x09\x00\x04\xc0\x01\x80\x00\x00\xff\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		now := time.Unix(100, 0)
		const limit = 120
		ways := newWays(Options{ErrorCorrection: udptl.Redundancy}, Options{Version: 3, ErrorCorrection: udptl.FEC, MaxDatagram: limit},
			testRelayOptions(), func(leg int, d []byte) {
				var p udptl.Packet
				if err := p.Parse(d); err != nil {
					t.Fatalf("% X: %v", d, err)
				}
				if leg == 1 && len(d) > limit {
					t.Fatalf("a datagram of %d octets", len(d))
				}
			})
		// An octet says the length, and which leg, of the datagram behind it.
		for len(b) > 0 {
			head := b[0]
			n := min(int(head&0x7F), len(b)-1)
			d := b[1 : 1+n]
			b = b[1+n:]
			now = now.Add(time.Duration(head) * time.Millisecond)
			_ = ways[head>>7].datagram(now, d)
			for _, w := range ways {
				if at := w.deadline(); !at.IsZero() && !at.After(now) {
					w.advance(now)
				}
			}
		}
		for _, w := range ways {
			w.finish(now)
		}
	})
}
