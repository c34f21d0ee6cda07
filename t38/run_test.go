package t38

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// paper is a document in memory, and a tray. work is done in each call.
type paper struct {
	mu        sync.Mutex
	pages     []*t4.Page
	confirmed []int
	work      func(ctx context.Context) error
}

func (p *paper) do(ctx context.Context) error {
	if p.work == nil {
		return nil
	}
	return p.work(ctx)
}

func (p *paper) Page(ctx context.Context, n int) (*t4.Page, error) {
	if err := p.do(ctx); err != nil {
		return nil, err
	}
	if n >= len(p.pages) {
		return nil, nil
	}
	return p.pages[n], nil
}

func (p *paper) Confirmed(ctx context.Context, n int) error {
	if err := p.do(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.confirmed = append(p.confirmed, n)
	return nil
}

func (p *paper) Commit(ctx context.Context, page *t4.Page) error {
	if err := p.do(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pages = append(p.pages, page)
	return nil
}

func address4000(n byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, n}), 4000)
}

type ended struct {
	out t30.Outcome
	err error
}

// both runs a sender and a receiver over a simulated network.
func both(ctx context.Context, c simnet.Conditions, from, to *paper, o Options) (sent, received ended) {
	a, b := simnet.Pipe(c)
	done := make(chan ended)
	go func() {
		out, err := Receive(ctx, b, netip.AddrPort{}, to, o)
		done <- ended{out, err}
	}()
	calling := o
	calling.T30.Calling = true
	out, err := Send(ctx, a, address4000(2), from, calling)
	return ended{out, err}, <-done
}

func TestSendAndReceive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := &paper{pages: testDocument(2, 400)}, &paper{}
		sent, received := both(t.Context(), simnet.Conditions{Delay: 30 * time.Millisecond, Loss: 0.05}, from, to,
			Options{ErrorCorrection: udptl.Redundancy})
		if sent.err != nil || received.err != nil || !sent.out.Success || !received.out.Success {
			t.Fatalf("%+v, %+v", sent, received)
		}
		if d := differ(from.pages, to.pages); d != "" || len(from.confirmed) != 2 {
			t.Errorf("%s; confirmed %v", d, from.confirmed)
		}
	})
}

// The packets go on while the store works: with a store of four seconds a fax
// still goes through.
func TestStoreBesideThePackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		work := func(context.Context) error { time.Sleep(4 * time.Second); return nil }
		from, to := &paper{pages: testDocument(2, 200), work: work}, &paper{work: work}
		sent, received := both(t.Context(), simnet.Conditions{}, from, to, Options{ErrorCorrection: udptl.Redundancy})
		if !sent.out.Success || !received.out.Success {
			t.Fatalf("%+v, %+v", sent, received)
		}
	})
}

func TestStoreThatFails(t *testing.T) {
	full := errors.New("disk full")
	fail := func(context.Context) error { return full }
	for name, c := range map[string]struct{ from, to *paper }{
		"sender":   {&paper{pages: testDocument(1, 50), work: fail}, &paper{}},
		"receiver": {&paper{pages: testDocument(1, 50)}, &paper{work: fail}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent, received := both(t.Context(), simnet.Conditions{}, c.from, c.to, Options{})
				if sent.out.Success || received.out.Success {
					t.Fatalf("%+v, %+v", sent, received)
				}
				if !errors.Is(errors.Join(sent.err, received.err), full) {
					t.Errorf("%v, %v", sent.err, received.err)
				}
			})
		})
	}
}

// When the call ends while a confirmation is being recorded, that is finished;
// the peer has the page.
func TestConfirmationOutlivesTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		from, to := &paper{pages: testDocument(1, 50)}, &paper{}
		pages := 0
		from.work = func(ctx context.Context) error {
			if pages++; pages > 2 { // pages 0 and 1 fetched: this is Confirmed
				cancel(errors.New("BYE"))
				time.Sleep(2 * time.Second)
				return ctx.Err()
			}
			return nil
		}
		sent, _ := both(ctx, simnet.Conditions{}, from, to, Options{})
		if sent.err != nil || len(from.confirmed) != 1 {
			t.Errorf("%+v, confirmed %v", sent, from.confirmed)
		}
	})
}

func TestCallThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(12*time.Second, cancel)
		began := time.Now()
		sent, received := both(ctx, simnet.Conditions{}, &paper{pages: testDocument(1, 2000)}, &paper{}, Options{})
		if sent.out.Cause != t30.CauseCallEnded || received.out.Cause != t30.CauseCallEnded || sent.err != nil || received.err != nil {
			t.Errorf("%+v, %+v", sent, received)
		}
		if took := time.Since(began); took > 13*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func loopback(t *testing.T) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, c.LocalAddr().(*net.UDPAddr).AddrPort()
}

// Real sockets: the first packets pass, the end of the call is noticed at once,
// and the socket can be used again.
func TestSocketsAreGivenBack(t *testing.T) {
	a, _ := loopback(t)
	b, addrB := loopback(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan ended, 1)
	go func() {
		out, err := Send(ctx, a, addrB, &paper{pages: testDocument(1, 10)}, Options{T30: t30.Config{Calling: true}})
		done <- ended{out, err}
	}()
	buf := make([]byte, 2048)
	n, from, err := b.ReadFromUDPAddrPort(buf)
	if err != nil || string(buf[:n]) != "\x00\x00\x01\x00\x00\x00" {
		t.Fatalf("the first datagram is %x, %v", buf[:n], err)
	}
	cancel()
	if e := <-done; e.err != nil || e.out.Cause != t30.CauseCallEnded {
		t.Errorf("%+v", e)
	}
	if _, err := b.WriteToUDPAddrPort([]byte("again"), from); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if n, _, err = a.ReadFromUDPAddrPort(buf); err != nil || string(buf[:n]) == "again" {
			break
		}
	}
	if err != nil {
		t.Errorf("the socket cannot be read after the call: %v", err)
	}
}

func TestClosedSocketIsAnError(t *testing.T) {
	a, addr := loopback(t)
	a.Close()
	_, err := Send(t.Context(), a, addr, &paper{}, Options{})
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}

// A whole fax over real sockets in real time, where there is time for it.
func TestFaxOverLoopback(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes 20 s of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	t.Parallel()
	a, addrA := loopback(t)
	b, addrB := loopback(t)
	from, to := &paper{pages: testDocument(1, 400)}, &paper{}
	o := Options{ErrorCorrection: udptl.Redundancy}
	done := make(chan ended)
	go func() {
		out, err := Receive(t.Context(), b, addrA, to, o)
		done <- ended{out, err}
	}()
	calling := o
	calling.T30.Calling = true
	out, err := Send(t.Context(), a, addrB, from, calling)
	if received := <-done; err != nil || !out.Success || received.err != nil || !received.out.Success {
		t.Fatalf("%+v, %v; %+v", out, err, received)
	}
	if d := differ(from.pages, to.pages); d != "" {
		t.Error(d)
	}
}

func TestWhosePacketsAreTaken(t *testing.T) {
	var (
		now    = time.Unix(100, 0)
		peer1  = netip.MustParseAddrPort("192.0.2.1:4000")
		moved  = netip.MustParseAddrPort("192.0.2.1:4002")
		third  = netip.MustParseAddrPort("192.0.2.1:4004")
		other  = netip.MustParseAddrPort("192.0.2.9:4000")
		packet = []byte{0, 0, 1, 6, 0, 0}
		rtp    = append([]byte{0x80, 0, 0x12, 0x34}, make([]byte, 168)...)
	)
	p := peerAt(peer1, nil)
	for _, c := range []struct {
		why   string
		after time.Duration
		from  netip.AddrPort
		b     []byte
		want  bool
	}{
		{"another address", 0, other, packet, false},
		{"RTP from another port", 0, moved, rtp, false},
		{"another port, at once: it may be a call that had our port before", 0, moved, packet, false},
		{"another port, the announced one silent", 3 * time.Second, moved, packet, true},
		{"the port it moved to", 3 * time.Second, moved, packet, true},
		{"a third port", 9 * time.Second, third, packet, false},
		{"the announced port after all", 10 * time.Second, peer1, packet, true},
		{"another port then", 10 * time.Second, moved, packet, false},
		{"another port, the announced one long silent in a page", 60 * time.Second, moved, packet, false},
		{"the announced port", 61 * time.Second, peer1, packet, true},
	} {
		got := p.Accepts(now.Add(c.after), c.from, c.b)
		if got != c.want {
			t.Errorf("%s: %v", c.why, got)
		}
		if got {
			p.Remote = c.from
		}
	}
	if p.Remote = third; p.Accepts(now.Add(62*time.Second), peer1, packet) || !p.Accepts(now.Add(62*time.Second), third, packet) {
		t.Error("a peer that announces another port is at that one")
	}
	translated := peerAt(netip.MustParseAddrPort("10.0.0.7:4000"), []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28")})
	for _, c := range []struct {
		after time.Duration
		from  netip.AddrPort
		want  bool
	}{
		{0, netip.MustParseAddrPort("198.51.100.1:4000"), false}, {0, other, false},
		{3 * time.Second, netip.MustParseAddrPort("198.51.100.1:4000"), false}, {3 * time.Second, other, true},
		{4 * time.Second, moved, false},
	} {
		if translated.Accepts(now.Add(c.after), c.from, packet) != c.want {
			t.Errorf("behind an address translator, %v after %v: not %v", c.from, c.after, c.want)
		}
	}
	half := peerAt(netip.AddrPortFrom(peer1.Addr(), 0), nil)
	if half.Accepts(now, other, packet) || !half.Accepts(now, peer1, packet) {
		t.Error("a peer whose port is unknown is learnt from its address only")
	}
	unknown := peerAt(netip.AddrPort{}, nil)
	if unknown.Accepts(now, other, rtp) || !unknown.Accepts(now, other, packet) {
		t.Error("an unknown peer is learnt from the first sound datagram")
	}
}

// A peer that agreed to T.38 and sends none is given up after Options.FirstPacket,
// and one that has sent something is not.
func TestNoPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := simnet.Pipe(simnet.Conditions{})
		begun := time.Now()
		_, err := Send(t.Context(), a, address4000(2), &paper{}, Options{FirstPacket: 6 * time.Second})
		if took := time.Since(begun); !errors.Is(err, ErrNoPackets) || took != 6*time.Second {
			t.Errorf("given up with %v after %v, want ErrNoPackets after 6 s", err, took)
		}
		go func() {
			time.Sleep(5 * time.Second)
			b.WriteTo([]byte{0, 0, 1, 0, 0, 0}, a.LocalAddr()) // no-signal
		}()
		begun = time.Now()
		out, err := Send(t.Context(), a, address4000(2), &paper{pages: []*t4.Page{}}, Options{FirstPacket: 6 * time.Second, T30: t30.Config{Calling: true}})
		if took := time.Since(begun); err != nil || out.Cause != t30.CauseNoDIS || took < 30*time.Second {
			t.Errorf("ended with %v, %v after %v, want no DIS after T1", out.Cause, err, took)
		}
	})
}
