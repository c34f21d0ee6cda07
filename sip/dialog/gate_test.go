package dialog

import (
	"net"
	"net/netip"
	"testing"
)

func source(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 5060)
}

func TestGateKeepsStrangersFew(t *testing.T) {
	friend := netip.MustParseAddrPort("192.0.2.1:5060")
	g := newGate(func(a netip.AddrPort) bool { return a == friend })
	heard := 0
	for i := range 3 * strangeSources {
		if g.hears(source(i)) {
			heard++
		}
	}
	if heard != strangeSources {
		t.Errorf("%d strangers are heard, want %d", heard, strangeSources)
	}
	if !g.hears(source(0)) || !g.hears(friend) || !g.hears(netip.MustParseAddrPort("[::ffff:192.0.2.1]:5060")) {
		t.Error("those who were there before, and friends, are still heard")
	}
	open := newGate(nil)
	for i := range 2 * strangeSources {
		if !open.hears(source(i)) {
			t.Fatal("a gate that knows nobody is open")
		}
	}
}

func TestGateKeepsConnectionsFew(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gated := streams{l, newGate(func(netip.AddrPort) bool { return false })}
	defer l.Close()
	accepted := make(chan net.Conn, 2*strangeConnections)
	go func() {
		for {
			c, err := gated.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	var first net.Conn
	for range strangeConnections {
		dial()
		first = <-accepted
	}
	if n, err := dial().Read(make([]byte, 1)); err == nil {
		t.Errorf("one too many is let in and reads %d", n)
	}
	_ = first.Close()
	_ = first.Close()
	dial()
	if c := <-accepted; c == nil {
		t.Error("one that has gone makes room")
	}
}
