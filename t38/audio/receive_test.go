package audio

import (
	"context"
	"net/netip"
	"testing"

	"github.com/pion/rtp"
)

func packet(t testing.TB, ssrc uint32, seq uint16) []byte {
	t.Helper()
	p := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: ssrc, SequenceNumber: seq}, Payload: make([]byte, 160)}
	b, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCounting(t *testing.T) {
	for _, c := range []struct {
		why  string
		seqs []uint16
		want Received
	}{
		{"in order, over the wrap", []uint16{65534, 65535, 0, 1}, Received{Packets: 4}},
		{"two lost", []uint16{5, 8}, Received{Packets: 2, Lost: 2}},
		{"one late", []uint16{5, 7, 6, 8}, Received{Packets: 4}},
		{"the sender began anew", []uint16{5, 40000, 40001}, Received{Packets: 3}},
	} {
		var k counter
		for _, seq := range c.seqs {
			k.take(packet(t, 1, seq), far)
		}
		if k.Packets != c.want.Packets || k.Lost != c.want.Lost || k.Octets != 160*c.want.Packets {
			t.Errorf("%s: %+v, want %+v", c.why, k.Received, c.want)
		}
	}
}

func TestAnotherStreamIsNoLoss(t *testing.T) {
	var k counter
	k.take(packet(t, 1, 5), far)
	k.take(packet(t, 2, 900), far)
	k.take(packet(t, 2, 901), far)
	if k.Packets != 3 || k.Lost != 0 {
		t.Errorf("%+v", k.Received)
	}
}

func TestWhatIsNoRTPIsStrange(t *testing.T) {
	var k counter
	rtcp := []byte{0x80, 200, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	for _, octets := range [][]byte{nil, {0}, []byte("OPTIONS sip:x SIP/2.0"), rtcp} {
		k.take(octets, far)
	}
	if k.Packets != 0 || k.Strange != 4 {
		t.Errorf("%+v", k.Received)
	}
}

func TestListenLeavesTheSocketUsable(t *testing.T) {
	conn, _ := loopback(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		if _, err := Listen(ctx, conn); err != nil {
			t.Fatal(err)
		}
	}
	other, _ := loopback(t)
	if _, err := other.WriteToUDPAddrPort(packet(t, 1, 1), netip.MustParseAddrPort(conn.LocalAddr().String())); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 1500)
	if n, err := conn.Read(buffer); err != nil || n == 0 {
		t.Errorf("after Listen: %d octets, %v", n, err)
	}
	conn.Close()
	if _, err := Listen(t.Context(), conn); err == nil {
		t.Error("a closed socket gives no error")
	}
}

// FuzzTake checks that no datagram is too strange, and that each is counted
// once.
func FuzzTake(f *testing.F) {
	f.Add(packet(f, 1, 65535), packet(f, 1, 1))
	f.Add([]byte{0x80, 200}, []byte("x"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		var k counter
		k.take(one, far)
		k.take(two, far)
		if k.Packets+k.Strange != 2 || k.Lost < 0 || k.Lost > maxGap || k.Octets > len(one)+len(two) {
			t.Fatalf("%+v", k.Received)
		}
	})
}
