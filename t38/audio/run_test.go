package audio

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

type ran struct {
	out t30.Outcome
	err error
}

// begin runs one end.
func begin(ctx context.Context, conn net.PacketConn, remote netip.AddrPort, docs t38.Documents, o Options) <-chan ran {
	c := make(chan ran, 1)
	go func() {
		out, err := Run(ctx, conn, remote, docs, o)
		c <- ran{out, err}
	}()
	return c
}

var answering = netip.MustParseAddrPort("192.0.2.2:4000")

// fax sends doc between two Runs in virtual time; the called one is told no
// address. change is made to the conn of each.
func fax(t *testing.T, doc *t38.Paper, sink t38.PageSink, c simnet.Conditions, change func(net.PacketConn) net.PacketConn) (calling, called ran) {
	t.Helper()
	a, b := simnet.Pipe(c)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	from := begin(ctx, change(a), answering, t38.Documents{Source: doc}, Options{T30: t30.Config{Calling: true}})
	to := begin(ctx, change(b), netip.AddrPort{}, t38.Documents{Sink: sink}, Options{})
	select {
	case calling = <-from:
		time.Sleep(time.Second)
		cancel()
		called = <-to
	case called = <-to:
		time.Sleep(time.Second)
		cancel()
		calling = <-from
	}
	return calling, called
}

func same(c net.PacketConn) net.PacketConn { return c }

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		doc := t38.Paper{testPage(1, 60), testPage(2, 40)}
		var got t38.Paper
		calling, called := fax(t, &doc, &got, simnet.Conditions{Delay: 20 * time.Millisecond, Jitter: 10 * time.Millisecond}, same)
		if calling.err != nil || called.err != nil || !calling.out.Success || !called.out.Success {
			t.Fatalf("%+v, %+v", calling, called)
		}
		if err := compare(doc, got); err != nil {
			t.Error(err)
		}
	})
}

// heldUp is a conn whose reader does not come to read for a while, again and again:
// a machine that has too much to do.
type heldUp struct {
	net.PacketConn
	next time.Time
}

func (h *heldUp) ReadFrom(b []byte) (int, net.Addr, error) {
	if now := time.Now(); now.After(h.next) {
		h.next = now.Add(700 * time.Millisecond)
		time.Sleep(300 * time.Millisecond)
	}
	return h.PacketConn.ReadFrom(b)
}

func TestMachineIsHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		doc := t38.Paper{testPage(1, 60)}
		var got t38.Paper
		calling, called := fax(t, &doc, &got, simnet.Conditions{Delay: 20 * time.Millisecond}, func(c net.PacketConn) net.PacketConn {
			return &heldUp{PacketConn: c}
		})
		if !calling.out.Success || calling.out.Rate != 14400 {
			t.Fatalf("%+v, %+v", calling, called)
		}
		if err := compare(doc, got); err != nil {
			t.Error(err)
		}
	})
}

// full is a sink that can take no page.
type full struct{}

func (full) Commit(context.Context, *t4.Page) error { return errors.New("the disk is full") }

func TestStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		doc := t38.Paper{testPage(1, 40)}
		calling, called := fax(t, &doc, full{}, simnet.Conditions{}, same)
		if calling.out.Success || called.out.Success || called.err == nil || !strings.Contains(called.err.Error(), "the disk is full") {
			t.Fatalf("%+v, %+v", calling, called)
		}
	})
}

func TestCallEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		doc := t38.Paper{testPage(1, 400)}
		var got t38.Paper
		a, b := simnet.Pipe(simnet.Conditions{})
		ctx, cancel := context.WithCancel(t.Context())
		from := begin(ctx, a, answering, t38.Documents{Source: &doc}, Options{T30: t30.Config{Calling: true}})
		to := begin(ctx, b, netip.AddrPort{}, t38.Documents{Sink: &got}, Options{})
		time.Sleep(14 * time.Second) // in the page
		cancel()
		for _, r := range []ran{<-from, <-to} {
			if r.err != nil || r.out.Success || r.out.Cause != t30.CauseCallEnded {
				t.Errorf("%+v", r)
			}
		}
	})
}

// TestNobodyThere: T.30 decides how long to wait.
func TestNobodyThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := simnet.Pipe(simnet.Conditions{Loss: 1})
		doc := t38.Paper{testPage(1, 10)}
		began := time.Now()
		r := <-begin(t.Context(), a, answering, t38.Documents{Source: &doc}, Options{T30: t30.Config{Calling: true}})
		if took := time.Since(began); r.err != nil || r.out.Success || took < 30*time.Second || took > 45*time.Second {
			t.Errorf("%+v after %v", r, took)
		}
	})
}
