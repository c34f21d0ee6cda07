package calls

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// Peers behind an address translator that does not read SDP: they announce an address
// that nothing reaches, and their packets come from another.

var translated = strings.NewReplacer("127.0.0.1", "192.0.2.77") // RFC 5737: nobody's

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// faxFromBehindNAT lets a call with T.38 come in and gives the socket that its media
// come from, and where they go.
func faxFromBehindNAT(t *testing.T, in *inbox, trunk Trunk) (*testHost, *net.UDPConn, netip.AddrPort) {
	h := attach(t, exchange(in, trunk))
	conn, port := socket(t)
	call := incomingAt("a", translated.Replace(t38At(port+1)))
	call.GetIncoming().To = "100"
	h.events <- call
	h.want("our number", "Take")
	cmd := h.want("T.38 is answered", "Respond")
	if r := cmd.GetRespond(); r.Status != 200 || !strings.Contains(string(r.Sdp), "m=image") {
		t.Fatalf("got %v", cmd)
	}
	return h, conn, mediaOf(t, cmd.GetRespond().Sdp)
}

func TestFaxFromBehindATranslator(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes 15 s of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	t.Parallel()
	in := newInbox()
	h, conn, to := faxFromBehindNAT(t, in, Trunk{MediaFrom: loopback})
	o := t38.Options{ErrorCorrection: udptl.Redundancy, T30: t30.Config{Calling: true}}
	out, err := t38.Send(t.Context(), conn, to, document{pages: onePage(), confirmed: func(int) error { return nil }}, o)
	if err != nil || !out.Success {
		t.Fatalf("%+v, %v", out, err)
	}
	h.end("a", "BYE")
	<-in.done
	if r := in.finished[0]; !r.Complete || r.Pages != 1 {
		t.Errorf("the inbox has %+v", r)
	}
}

// Where the trunk does not say that media may come from there, nothing goes there.
func TestStrangersAreNotFollowed(t *testing.T) {
	t.Parallel()
	in := newInbox()
	h, conn, to := faxFromBehindNAT(t, in, Trunk{})
	packet, err := (&udptl.Sender{}).Append(nil, []byte{0x02}, 0) // t30-indicator cng
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		conn.WriteToUDPAddrPort(packet, to)
		conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		var buf [500]byte
		if n, from, err := conn.ReadFromUDPAddrPort(buf[:]); err == nil {
			t.Fatalf("%v says %x to a stranger", from, buf[:n])
		}
	}
	h.end("a", "BYE")
	<-in.done
}

// A relay follows as well, on each leg for itself.
func TestRelayFollowsBehindATranslator(t *testing.T) {
	t.Parallel()
	x := bridging(newInbox())
	for _, name := range []string{"pbx", "far"} {
		before := x.now.Load().Trunk
		x.now.Load().Trunk = func(asked string) (Trunk, bool) {
			trunk, ok := before(asked)
			if trunk.Name == name {
				trunk.MediaFrom = loopback
			}
			return trunk, ok
		}
	}
	l := dialOn(t, x)
	l.answerBoth()
	l.offer(l.b, translated.Replace(t38At(l.port(l.to)+1)))
	portA := mediaOf(t, l.want("T.38 goes to A", "Reinvite").GetReinvite().Sdp)
	l.answer(l.a, 200, translated.Replace(t38At(l.port(l.from)+1)))
	portB := mediaOf(t, l.want("B hears A's answer", "Respond").GetRespond().Sdp)
	sent := udptl.Sender{}
	var cng []byte
	heard := func(c *net.UDPConn) bool {
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		var buf [500]byte
		var p udptl.Packet
		n, _, err := c.ReadFromUDPAddrPort(buf[:])
		return err == nil && p.Parse(buf[:n]) == nil && string(p.Primary) == "\x02" // t30-indicator cng
	}
	both := [2]bool{}
	for begun := time.Now(); both != [2]bool{true, true}; {
		if time.Since(begun) > 15*time.Second {
			t.Fatalf("heard by A and B: %v", both)
		}
		var err error
		if cng, err = sent.Append(cng[:0], []byte{0x02}, 0); err != nil {
			t.Fatal(err)
		}
		l.from.WriteToUDPAddrPort(cng, portA)
		l.to.WriteToUDPAddrPort(cng, portB)
		both[0] = heard(l.from) || both[0]
		both[1] = heard(l.to) || both[1]
	}
	l.end(l.a, "BYE")
	l.want("B's leg ends too", "HangUp")
	l.testHost.hangUp()
}
