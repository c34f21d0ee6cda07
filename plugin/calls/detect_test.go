package calls

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/sip/pairing"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/modem"
)

// detecting is an exchange as bridging gives it, with this route.
func detecting(in *inbox, r Route) *Exchange {
	x := bridging(in)
	r.Trunk, r.Detect = "far", true
	x.now.Load().Route = func(string) (Route, bool) { return r, true }
	return x
}

// sound is RTP that a side sends, as fast as it goes: what listens counts
// samples.
type sound struct {
	from   *net.UDPConn
	to     netip.AddrPort
	header rtp.Header
}

func newSound(from *net.UDPConn, to netip.AddrPort) *sound {
	return &sound{from, to, rtp.Header{Version: 2, SSRC: 9, SequenceNumber: 100}}
}

func (s *sound) send(t testing.TB, line []int16) {
	t.Helper()
	for ; len(line) >= 160; line = line[160:] {
		p := rtp.Packet{Header: s.header}
		for _, x := range line[:160] {
			p.Payload = append(p.Payload, audio.MuLaw.Encode(x))
		}
		s.packet(t, p)
		s.header.SequenceNumber++
		s.header.Timestamp += 160
	}
}

func (s *sound) packet(t testing.TB, p rtp.Packet) {
	t.Helper()
	octets, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.from.WriteToUDPAddrPort(octets, s.to); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Microsecond) // a socket's buffer holds some hundred
}

func cng() []int16 {
	line := make([]int16, 2*modem.SampleRate)
	modem.NewToneTransmitter(modem.CNG, -13, 2*time.Second).Transmit(line[modem.SampleRate/2:])
	return line
}

// wantT38 plays the two sides that are asked for T.38, in that order.
func (l *twoLegs) wantT38() {
	l.t.Helper()
	cmd := l.want("B is asked for T.38", "Reinvite")
	if cmd.Call != l.b || !strings.Contains(string(cmd.GetReinvite().Sdp), "m=image") {
		l.t.Fatalf("got %v", cmd)
	}
	l.answer(l.b, 200, t38At(l.port(l.to)))
	cmd = l.want("then A", "Reinvite")
	if cmd.Call != l.a || !strings.Contains(string(cmd.GetReinvite().Sdp), "m=image") {
		l.t.Fatalf("got %v", cmd)
	}
	l.answer(l.a, 200, t38At(l.port(l.from)))
}

func TestVoiceTurnsOutToBeAFax(t *testing.T) {
	for name, say := range map[string]func(*testing.T, *twoLegs){
		"CNG of the caller": func(t *testing.T, l *twoLegs) { newSound(l.from, l.portA).send(t, cng()) },
		"CNG as an event": func(t *testing.T, l *twoLegs) {
			s := newSound(l.from, l.portA)
			s.header.PayloadType = 101
			s.packet(t, rtp.Packet{Header: s.header, Payload: []byte{36, 0x8A, 0, 160}})
		},
		"CED of the called side": func(t *testing.T, l *twoLegs) {
			line := make([]int16, modem.SampleRate)
			modem.NewToneTransmitter(modem.CED, -13, time.Second).Transmit(line)
			newSound(l.to, l.portB).send(t, line)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := dialWith(t, detecting(newInbox(), Route{Fax: pairing.Relay}), "m=audio %d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n")
			l.answerBoth()
			say(t, l)
			l.wantT38()
			l.end(l.a, "BYE")
			if cmd := l.want("the other leg ends too", "HangUp"); cmd.Call != l.b {
				t.Errorf("got %v", cmd)
			}
		})
	}
}

// The same number for voice and fax: the telephone's leg ends, and the fax is
// received here.
func TestFaxForTheMailbox(t *testing.T) {
	t.Parallel()
	in := newInbox()
	l := dialOn(t, detecting(in, Route{Fax: pairing.Mailbox, Mailboxes: []string{"office@example.com"}}))
	l.answerBoth()
	newSound(l.from, l.portA).send(t, cng())
	if cmd := l.want("the telephone is not needed", "HangUp"); cmd.Call != l.b {
		t.Fatalf("got %v", cmd)
	}
	if cmd := l.want("after CED comes our T.38 offer", "Reinvite"); cmd.Call != l.a || !strings.Contains(string(cmd.GetReinvite().Sdp), "m=image") {
		t.Fatalf("got %v", cmd)
	}
	l.end(l.a, "BYE")
	<-in.done
	if r := in.finished[0]; r.Number != "7001" || len(r.Mailboxes) != 1 || r.Forward != nil {
		t.Errorf("the inbox has %+v", r)
	}
}

// A telephone that is hung up is no machine that fails.
func TestTelephoneIsHungUp(t *testing.T) {
	l := dialOn(t, detecting(newInbox(), Route{Fax: pairing.Mailbox, Mailboxes: []string{"office@example.com"}}))
	l.answerBoth()
	passes(t, l.to, l.portB, l.from)
	l.end(l.b, "BYE")
	if cmd := l.want("the caller's leg ends too", "HangUp"); cmd.Call != l.a {
		t.Errorf("got %v", cmd)
	}
}

// listened lets a call come in that is answered here first.
func listened(t *testing.T, x *Exchange) *twoLegs {
	t.Helper()
	l := &twoLegs{testHost: attach(t, x), a: "a"}
	l.from, _ = socket(t)
	l.to, _ = socket(t)
	l.events <- incomingAt(l.a, audioAt(l.port(l.from)))
	l.want("a routed number", "Take")
	cmd := l.want("it is answered at once", "Respond")
	if cmd.Call != l.a || cmd.GetRespond().Status != 200 {
		t.Fatalf("got %v", cmd)
	}
	l.portA = mediaOf(t, cmd.GetRespond().Sdp)
	return l
}

func TestListenFirst(t *testing.T) {
	l := listened(t, detecting(newInbox(), Route{Fax: pairing.Mailbox, Mailboxes: []string{"office@example.com"}, ListenFirst: 300 * time.Millisecond}))
	var buf [500]byte
	l.from.SetReadDeadline(time.Now().Add(5 * time.Second))
	if n, _, err := l.from.ReadFromUDPAddrPort(buf[:]); err != nil || !audio.IsRTP(buf[:n]) {
		t.Fatalf("the caller hears nothing: %v", err)
	}
	cmd := l.want("no fax: the telephone is called", "Dial")
	l.b, l.portB = cmd.Call, mediaOf(t, cmd.GetDial().Sdp)
	l.answer(l.b, 200, audioAt(l.port(l.to)))
	l.from.SetReadDeadline(time.Time{})
	newSound(l.from, l.portA).send(t, make([]int16, 1600))
	l.to.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, _, err := l.to.ReadFromUDPAddrPort(buf[:]); err != nil {
		t.Fatalf("the telephone hears nothing: %v", err)
	}
	l.end(l.b, "BYE")
	if cmd := l.want("the caller's leg ends too", "HangUp"); cmd.Call != l.a {
		t.Errorf("got %v", cmd)
	}
}

func TestListenFirstHearsAFax(t *testing.T) {
	t.Parallel()
	in := newInbox()
	l := listened(t, detecting(in, Route{Fax: pairing.Mailbox, Mailboxes: []string{"office@example.com"}, ListenFirst: time.Minute}))
	newSound(l.from, l.portA).send(t, cng())
	if cmd := l.want("after CED comes our T.38 offer", "Reinvite"); cmd.Call != l.a {
		t.Fatalf("got %v", cmd)
	}
	l.end(l.a, "BYE")
	<-in.done
}

// RTCP passes on the port above, each way: where a side has it, what has come
// from there tells.
func TestRTCPGoesThrough(t *testing.T) {
	l := dialOn(t, bridging(newInbox()))
	l.answerBoth()
	passes(t, l.from, l.portA, l.to)
	report := []byte{0x80, 201, 0, 1, 1, 2, 3, 4} // an empty receiver report
	near, _ := socket(t)
	far, _ := socket(t)
	write := func(from *net.UDPConn, via netip.AddrPort) {
		if _, err := from.WriteToUDPAddrPort(report, netip.AddrPortFrom(via.Addr(), via.Port()+1)); err != nil {
			t.Fatal(err)
		}
	}
	arrives := func(to *net.UDPConn) bool {
		var buf [100]byte
		to.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		n, _, err := to.ReadFromUDPAddrPort(buf[:])
		return err == nil && n == len(report)
	}
	there, back := false, false
	for i := 0; i < 50 && !(there && back); i++ {
		write(near, l.portA)
		write(far, l.portB)
		there, back = there || arrives(far), back || arrives(near)
	}
	if !there || !back {
		t.Errorf("there %v, back %v", there, back)
	}
}

func TestRTPCount(t *testing.T) {
	for _, c := range []struct {
		why           string
		seqs          []uint16
		ssrcs         []uint32
		packets, lost int
	}{
		{"in order, over the wrap", []uint16{65534, 65535, 0, 1}, nil, 4, 0},
		{"two lost", []uint16{5, 8}, nil, 2, 2},
		{"one late", []uint16{5, 7, 6, 8}, nil, 4, 0},
		{"numbered anew", []uint16{5, 7, 40000, 40002}, nil, 4, 2},
		{"another source", []uint16{5, 7, 8, 10}, []uint32{1, 1, 2, 2}, 4, 2},
	} {
		var k rtpCount
		for i, seq := range c.seqs {
			p := rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq, SSRC: 1}}
			if c.ssrcs != nil {
				p.SSRC = c.ssrcs[i]
			}
			octets, _ := p.Marshal()
			k.take(octets)
		}
		if k.Packets != c.packets || k.lost() != c.lost {
			t.Errorf("%s: %d packets, %d lost; want %d, %d", c.why, k.Packets, k.lost(), c.packets, c.lost)
		}
	}
}
