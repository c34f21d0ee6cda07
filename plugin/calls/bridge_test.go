package calls

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/pairing"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// bridging is an exchange with a route: 7… from trunk pbx goes on to trunk far.
func bridging(in *inbox) *Exchange {
	x := exchange(in, Trunk{Redundancy: 3})
	x.now.Load().Route = func(called string) (Route, bool) { return Route{Trunk: "far"}, strings.HasPrefix(called, "7") }
	near := x.now.Load().Trunk
	x.now.Load().Trunk = func(name string) (Trunk, bool) {
		if name != "far" {
			return near(name)
		}
		t := Trunk{Name: "far", T38: sdp.DefaultT38(), MaxCalls: 1}
		t.T38.UDPEC = sdp.FEC
		return t, true
	}
	return x
}

// twoLegs is a routed call and the two sides of it, which the test plays.
type twoLegs struct {
	*testHost
	a, b         string         // the legs' ids
	portA, portB netip.AddrPort // of the plugin's media
	from, to     *net.UDPConn   // the two sides' media
	line         string         // of their audio
}

func socket(t testing.TB) (*net.UDPConn, int) {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, c.LocalAddr().(*net.UDPAddr).Port
}

const pcmuLine = "m=audio %d RTP/AVP 0\r\n"

func audioAt(port int) string { return audioLineAt(pcmuLine, port) }

// audioLineAt is a description with this line of audio, a format of the port.
func audioLineAt(line string, port int) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+line, port)
}

func incomingAt(call, body string) *faxv1.HostEvent {
	return &faxv1.HostEvent{Call: call, Event: &faxv1.HostEvent_Incoming{Incoming: &faxv1.IncomingCall{
		Trunk: "pbx", From: "7000", To: "7001", Sdp: []byte(body),
	}}}
}

func t38At(port int) string {
	return fmt.Sprintf("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=image %d udptl t38\r\n"+
		"a=T38FaxVersion:0\r\na=T38FaxUdpEC:t38UDPRedundancy\r\na=T38FaxUdpEC:t38UDPFEC\r\na=T38FaxMaxDatagram:400\r\n", port)
}

// mediaOf is the address of the first media line of a description.
func mediaOf(t testing.TB, body []byte) netip.AddrPort {
	t.Helper()
	d, err := sdp.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return netip.AddrPortFrom(netip.MustParseAddr(d.ConnectionInformation.Address.Address), uint16(d.MediaDescriptions[0].MediaName.Port.Value))
}

func (h *testHost) offer(call, body string) {
	h.events <- &faxv1.HostEvent{Call: call, Event: &faxv1.HostEvent_Offer{Offer: &faxv1.Offer{Sdp: []byte(body)}}}
}

func (h *testHost) end(call, reason string) {
	h.events <- &faxv1.HostEvent{Call: call, Event: &faxv1.HostEvent_Ended{Ended: &faxv1.Ended{Reason: reason}}}
}

// dialOn lets a call come in and go on to the other leg's INVITE.
func dialOn(t testing.TB, x *Exchange) *twoLegs { t.Helper(); return dialWith(t, x, pcmuLine) }

// dialWith does so with a line of audio.
func dialWith(t testing.TB, x *Exchange, line string) *twoLegs {
	t.Helper()
	l := &twoLegs{testHost: attach(t, x), a: "a", line: line}
	var port int
	l.from, port = socket(t)
	l.to, _ = socket(t)
	l.events <- incomingAt(l.a, audioLineAt(line, port))
	l.want("a routed number", "Take")
	cmd := l.want("it goes on", "Dial")
	if d := cmd.GetDial(); d.Number != "7001" || d.Trunk != "far" || d.From != "7000" {
		t.Fatalf("dialled %v", d)
	}
	l.b, l.portB = cmd.Call, mediaOf(t, cmd.GetDial().Sdp)
	return l
}

func (l *twoLegs) port(c *net.UDPConn) int { return c.LocalAddr().(*net.UDPAddr).Port }

// answerBoth lets B answer.
func (l *twoLegs) answerBoth() {
	l.t.Helper()
	l.answer(l.b, 200, audioLineAt(l.line, l.port(l.to)))
	cmd := l.want("A hears B's answer", "Respond")
	if cmd.Call != l.a || cmd.GetRespond().Status != 200 {
		l.t.Fatalf("got %v", cmd)
	}
	l.portA = mediaOf(l.t, cmd.GetRespond().Sdp)
}

// passes sends a packet from one side and wants it at the other.
func passes(t testing.TB, from *net.UDPConn, via netip.AddrPort, to *net.UDPConn) {
	t.Helper()
	packet := append([]byte{0x80, 0, 0, 1}, make([]byte, 168)...)
	if _, err := from.WriteToUDPAddrPort(packet, via); err != nil {
		t.Fatal(err)
	}
	to.SetReadDeadline(time.Now().Add(5 * time.Second))
	var buf [500]byte
	n, _, err := to.ReadFromUDPAddrPort(buf[:])
	if err != nil || n != len(packet) {
		t.Fatalf("%d octets, %v", n, err)
	}
}

func TestVoiceCallGoesThrough(t *testing.T) {
	x := bridging(newInbox())
	l := dialOn(t, x)
	l.events <- &faxv1.HostEvent{Call: l.b, Event: &faxv1.HostEvent_Progress{Progress: &faxv1.Progress{Status: 180}}}
	if cmd := l.want("B rings", "Respond"); cmd.GetRespond().Status != 180 || cmd.Call != l.a {
		t.Errorf("got %v", cmd)
	}
	l.answerBoth()
	for range 3 {
		passes(t, l.from, l.portA, l.to)
		passes(t, l.to, l.portB, l.from)
	}
	l.offer(l.a, audioAt(l.port(l.from)))
	if cmd := l.want("a refresh is answered", "Respond"); cmd.Call != l.a || cmd.GetRespond().Status != 200 {
		t.Errorf("got %v", cmd)
	}
	l.end(l.a, "BYE")
	if cmd := l.want("the other leg ends too", "HangUp"); cmd.Call != l.b {
		t.Errorf("got %v", cmd)
	}
	l.testHost.hangUp()
	if n := x.Calls(); n != 0 {
		t.Errorf("%d calls are left", n)
	}
}

// B asks for T.38, and a fax runs from A to B: redundancy on one leg, FEC on the
// other.
func TestFaxGoesThrough(t *testing.T) {
	t.Parallel()
	l := dialOn(t, bridging(newInbox()))
	l.answerBoth()
	l.offer(l.b, t38At(l.port(l.to)))
	cmd := l.want("T.38 goes to A", "Reinvite")
	if cmd.Call != l.a || !strings.Contains(string(cmd.GetReinvite().Sdp), "t38UDPRedundancy") {
		t.Fatalf("got %v", cmd)
	}
	portA := mediaOf(t, cmd.GetReinvite().Sdp)
	l.answer(l.a, 200, t38At(l.port(l.from)))
	cmd = l.want("B hears A's answer", "Respond")
	if r := cmd.GetRespond(); cmd.Call != l.b || r.Status != 200 || !strings.Contains(string(r.Sdp), "m=image") {
		t.Fatalf("got %v", cmd)
	}
	portB := mediaOf(t, cmd.GetRespond().Sdp)

	options := t38.Options{ErrorCorrection: udptl.Redundancy, T30: t30.Config{InternetAware: true}}
	received := make(chan t30.Outcome, 1)
	go func() {
		out, _ := t38.Receive(t.Context(), l.to, portB, nowhere{}, options)
		received <- out
	}()
	calling := options
	calling.T30.Calling = true
	out, err := t38.Send(t.Context(), l.from, portA, document{pages: onePage(), confirmed: func(int) error { return nil }}, calling)
	if got := <-received; err != nil || !out.Success || !got.Success {
		t.Fatalf("%+v, %v; %+v", out, err, got)
	}
	l.end(l.b, "BYE")
	if cmd := l.want("A's leg ends too", "HangUp"); cmd.Call != l.a {
		t.Errorf("got %v", cmd)
	}
}

func TestRefusedT38IsPassedOn(t *testing.T) {
	l := dialOn(t, bridging(newInbox()))
	l.answerBoth()
	l.offer(l.b, t38At(l.port(l.to)))
	l.want("T.38 goes to A", "Reinvite")
	l.answer(l.a, 415, "")
	if cmd := l.want("A does not want it", "Respond"); cmd.Call != l.b || cmd.GetRespond().Status != 488 {
		t.Errorf("got %v", cmd)
	}
	passes(t, l.from, l.portA, l.to)
}

func TestBusyGoesBackToTheCaller(t *testing.T) {
	x := bridging(newInbox())
	l := dialOn(t, x)
	l.answer(l.b, 486, "")
	if cmd := l.want("B is busy", "Respond"); cmd.Call != l.a || cmd.GetRespond().Status != 486 {
		t.Errorf("got %v", cmd)
	}
	l.testHost.hangUp()
	if n := x.Calls(); n != 0 {
		t.Errorf("%d calls are left", n)
	}
}

// neverBusy is an exchange as bridging gives it, whose route is never busy.
func neverBusy(in *inbox) *Exchange {
	x := bridging(in)
	x.now.Load().Route = func(called string) (Route, bool) {
		return Route{Trunk: "far", RingFor: time.Minute, Mailboxes: []string{"office@example.com"}, Forward: true}, true
	}
	return x
}

// takenOver wants the call to be a fax that comes in, ends it and looks at what
// the inbox was told.
func (h *testHost) takenOver(in *inbox, call string) {
	h.t.Helper()
	if cmd := h.want("the plugin takes the fax itself", "Respond"); cmd.Call != call || cmd.GetRespond().Status != 200 {
		h.t.Fatalf("got %v", cmd)
	}
	h.end(call, "BYE")
	<-in.done
	r := in.finished[0]
	if len(r.Mailboxes) != 1 || r.Number != "7001" || r.Forward == nil || r.Forward.Number != "7001" || r.Forward.Trunk != "far" || r.Forward.From != "7000" {
		h.t.Errorf("the inbox has %+v", r)
	}
	h.hangUp()
}

func TestBusyMachineIsTakenOver(t *testing.T) {
	in := newInbox()
	x := neverBusy(in)
	l := dialOn(t, x)
	l.answer(l.b, 486, "")
	l.takenOver(in, l.a)
	if n := x.Calls(); n != 0 {
		t.Errorf("%d calls are left", n)
	}
}

func TestMachineThatDoesNotAnswerIsTakenOver(t *testing.T) {
	in := newInbox()
	x := neverBusy(in)
	x.now.Load().Route = func(string) (Route, bool) {
		return Route{Trunk: "far", RingFor: 10 * time.Millisecond, Mailboxes: []string{"office@example.com"}, Forward: true}, true
	}
	l := dialOn(t, x)
	if cmd := l.want("it has rung for long enough", "HangUp"); cmd.Call != l.b {
		t.Errorf("got %v", cmd)
	}
	l.takenOver(in, l.a)
}

func TestTrunkWithoutALineIsTakenOver(t *testing.T) {
	in := newInbox()
	l := dialOn(t, neverBusy(in))
	l.incoming("second", "7001")
	l.want("another call while the line is in use", "Take")
	l.takenOver(in, "second")
}

// inT38 brings both sides to T.38 and gives the plugin's address for A.
func (l *twoLegs) inT38() (portA netip.AddrPort) {
	l.t.Helper()
	l.answerBoth()
	l.offer(l.b, t38At(l.port(l.to)))
	portA = mediaOf(l.t, l.want("T.38 goes to A", "Reinvite").GetReinvite().Sdp)
	l.answer(l.a, 200, t38At(l.port(l.from)))
	l.want("B hears A's answer", "Respond")
	return portA
}

// A machine that hangs up before it has confirmed a training: the caller's fax
// goes on with the plugin, in the T.38 session that there is, whose packets go
// on being counted.
func TestMachineThatHangsUpIsTakenOver(t *testing.T) {
	t.Parallel()
	in := newInbox()
	l := dialOn(t, neverBusy(in))
	l.inT38()
	l.goesOnInT38(in)
}

// As above, while a gateway stands between A's T.38 and B's audio.
func TestMachineOfAGatewayThatHangsUpIsTakenOver(t *testing.T) {
	t.Parallel()
	in := newInbox()
	x := neverBusy(in)
	x.now.Load().Route = func(string) (Route, bool) {
		return Route{Trunk: "far", Fax: pairing.RelayOrGateway, RingFor: time.Minute, Mailboxes: []string{"office@example.com"}, Forward: true}, true
	}
	l := dialOn(t, x)
	l.answerBoth()
	l.offer(l.a, t38At(l.port(l.from)))
	l.want("T.38 goes to B", "Reinvite")
	l.answer(l.b, 606, "")
	l.want("A has T.38", "Respond")
	l.goesOnInT38(in)
}

// goesOnInT38 lets B hang up, and wants the plugin's CED in A's T.38 session.
func (l *twoLegs) goesOnInT38(in *inbox) {
	t := l.t
	l.end(l.b, "BYE")
	var u udptl.Packet
	var buf [500]byte
	l.from.SetReadDeadline(time.Now().Add(20 * time.Second))
	for last, ced := 0, false; !ced; {
		n, _, err := l.from.ReadFromUDPAddrPort(buf[:])
		if err != nil {
			t.Fatalf("no CED: %v", err)
		}
		if err := u.Parse(buf[:n]); err != nil {
			t.Fatal(err)
		}
		if int(u.Seq) < last {
			t.Errorf("packet %d after %d", u.Seq, last)
		}
		last, ced = int(u.Seq), string(u.Primary) == "\x04" // t30-indicator ced
		if ced && u.Seq == 0 {
			t.Error("CED has the number of the relay's first packet")
		}
	}
	l.end(l.a, "BYE")
	<-in.done
}

func TestWholeFaxAfterATakeover(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes 45 s of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	t.Parallel()
	in := newInbox()
	l := dialOn(t, neverBusy(in))
	portA := l.inT38()
	sent := make(chan t30.Outcome, 1)
	go func() {
		o := t38.Options{ErrorCorrection: udptl.Redundancy, T30: t30.Config{Calling: true}}
		out, _ := t38.Send(t.Context(), l.from, portA, document{pages: onePage(), confirmed: func(int) error { return nil }}, o)
		sent <- out
	}()
	var buf [500]byte
	for range 3 { // the caller is heard
		if _, _, err := l.to.ReadFromUDPAddrPort(buf[:]); err != nil {
			t.Fatal(err)
		}
	}
	l.end(l.b, "BYE")
	if out := <-sent; !out.Success {
		t.Fatalf("%+v", out)
	}
	l.end(l.a, "BYE")
	<-in.done
	if r := in.finished[0]; !r.Complete || r.Pages != 1 || r.Forward == nil {
		t.Errorf("the inbox has %+v", r)
	}
}

func TestMachineThatHangsUpInAudioIsTakenOver(t *testing.T) {
	t.Parallel()
	in := newInbox()
	l := dialOn(t, neverBusy(in))
	l.answerBoth()
	l.end(l.b, "BYE")
	cmd := l.want("after CED comes our T.38 offer", "Reinvite")
	if offer := string(cmd.GetReinvite().Sdp); cmd.Call != l.a || !strings.Contains(offer, "m=image") {
		t.Fatalf("got %v", cmd)
	}
	l.end(l.a, "BYE")
	<-in.done
}

func TestSilentMachineIsTakenOver(t *testing.T) {
	t.Parallel()
	for _, speaks := range []bool{false, true} {
		in := newInbox()
		x := neverBusy(in)
		route := x.now.Load().Route
		x.now.Load().Route = func(called string) (Route, bool) {
			r, ok := route(called)
			r.SpeakWithin = 300 * time.Millisecond
			return r, ok
		}
		l := dialOn(t, x)
		l.answerBoth()
		if speaks {
			passes(t, l.to, l.portB, l.from)
			select {
			case cmd := <-l.commands:
				t.Errorf("the machine speaks, but the plugin says %v", cmd)
			case <-time.After(500 * time.Millisecond):
			}
			continue
		}
		if cmd := l.want("it has not spoken", "HangUp"); cmd.Call != l.b {
			t.Errorf("got %v", cmd)
		}
		if cmd := l.want("after CED comes our T.38 offer", "Reinvite"); cmd.Call != l.a {
			t.Errorf("got %v", cmd)
		}
		l.end(l.a, "BYE")
		<-in.done
	}
}

func TestDrainTakesNothingOver(t *testing.T) {
	in := newInbox()
	x := neverBusy(in)
	l := dialOn(t, x)
	go x.Drain(t.Context())
	ends := map[string]bool{}
	for range 2 {
		ends[l.want("both legs end", "HangUp").Call] = true
	}
	if !ends[l.a] || !ends[l.b] {
		t.Errorf("%v", ends)
	}
}

func TestCancelledCallIsCancelledOnTheOtherLeg(t *testing.T) {
	l := dialOn(t, bridging(newInbox()))
	l.end(l.a, "CANCEL")
	if cmd := l.want("nobody waits for B any more", "HangUp"); cmd.Call != l.b {
		t.Errorf("got %v", cmd)
	}
}

func TestRouteHasAsManyCallsAsItsTrunk(t *testing.T) {
	l := dialOn(t, bridging(newInbox()))
	l.incoming("second", "7001")
	if cmd := l.want("the trunk has one line", "Decline"); cmd.GetDecline().Status != 503 {
		t.Errorf("got %v", cmd)
	}
}

func TestNoRouteBackToWhereACallCameFrom(t *testing.T) {
	h := attach(t, bridging(newInbox()))
	h.events <- &faxv1.HostEvent{Call: "a", Event: &faxv1.HostEvent_Incoming{Incoming: &faxv1.IncomingCall{Trunk: "far", To: "7001", Sdp: []byte(audioOffer)}}}
	if cmd := h.want("it would go round", "Decline"); cmd.GetDecline().Status != 0 {
		t.Errorf("got %v", cmd)
	}
}

func TestHostThatGoesAwayEndsBothLegs(t *testing.T) {
	x := bridging(newInbox())
	l := dialOn(t, x)
	l.answerBoth()
	l.testHost.hangUp()
	if n := x.Calls(); n != 0 {
		t.Errorf("%d calls are left", n)
	}
}

func onePage() []*t4.Page {
	const width, rows = 1728, 100
	bits := make([]byte, width/8*rows)
	for i := range bits {
		bits[i] = byte(i % 251)
	}
	return []*t4.Page{t4.FromBitmap(bits, width, width/8, rows, t4.MMR, t4.R8x7_7)}
}

type nowhere struct{}

func (nowhere) Commit(context.Context, *t4.Page) error { return nil }
