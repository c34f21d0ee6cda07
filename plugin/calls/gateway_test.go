package calls

import (
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/sip/pairing"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// B refuses T.38: A has it, B's audio goes on, and both hear the gateway.
func TestRefusedT38MakesAGateway(t *testing.T) {
	x := bridging(newInbox())
	x.now.Load().Route = func(string) (Route, bool) { return Route{Trunk: "far", Fax: pairing.RelayOrGateway}, true }
	l := dialOn(t, x)
	l.answerBoth()
	l.offer(l.a, t38At(l.port(l.from)))
	if cmd := l.want("T.38 goes to B", "Reinvite"); cmd.Call != l.b {
		t.Fatalf("got %v", cmd)
	}
	l.answer(l.b, 606, "")
	cmd := l.want("A has T.38", "Respond")
	if r := cmd.GetRespond(); cmd.Call != l.a || r.Status != 200 || !strings.Contains(string(r.Sdp), "m=image") {
		t.Fatalf("got %v", cmd)
	}
	var buf [500]byte
	l.from.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, _, err := l.from.ReadFromUDPAddrPort(buf[:])
	if err != nil || new(udptl.Packet).Parse(buf[:n]) != nil {
		t.Errorf("A hears no UDPTL: %v", err)
	}
	l.to.SetReadDeadline(time.Now().Add(5 * time.Second))
	if n, _, err = l.to.ReadFromUDPAddrPort(buf[:]); err != nil || !audio.IsRTP(buf[:n]) {
		t.Errorf("B hears no RTP: %v", err)
	}
	l.end(l.b, "BYE")
	if cmd := l.want("A's leg ends too", "HangUp"); cmd.Call != l.a {
		t.Errorf("got %v", cmd)
	}
	l.testHost.hangUp()
	if n := x.Calls(); n != 0 {
		t.Errorf("%d calls are left", n)
	}
}
