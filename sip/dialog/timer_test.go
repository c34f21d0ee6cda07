package dialog_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pagebridge/pagebridge/sip/dialog"
	. "github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

// inVirtualTime runs a test on a network in memory.
func inVirtualTime(t *testing.T, f func(t *testing.T, n *Network)) {
	synctest.Test(t, func(t *testing.T) { f(t, NewNetwork()) })
}

// on makes a Side of the network.
func on(n *Network) func(*dialog.Options) {
	return func(o *dialog.Options) { o.Listen, o.ListenPacket = []string{"udp:127.0.0.1:0"}, n.Listen }
}

// wireOn is a wire of the network.
func wireOn(t *testing.T, n *Network, s *Side) *wire {
	return &wire{t: t, conn: n.Socket(t), to: net.UDPAddrFromAddrPort(s.Stack.Addr("udp")), seen: map[string]bool{}}
}

// callingOn is calling on the network.
func callingOn(t *testing.T, n *Network, s *Side, more ...string) (w *wire, invite msg) {
	t.Helper()
	w = wireOn(t, n, s)
	s.Dial(w.uri("200"), "offer")
	invite = w.want("the call", "INVITE")
	w.answer(invite, "200 OK", "p", append(more, body("answer"))...)
	s.Want("answered", `answer 200 "answer"`)
	w.want("the ACK", "ACK")
	return w, invite
}

// within waits for a message that begins so, and for how long it took.
func (w *wire) within(why, prefix string, least, most time.Duration) msg {
	w.t.Helper()
	start := time.Now()
	m := w.read(most + time.Second)
	if took := time.Since(start); !strings.HasPrefix(string(m), prefix) || took < least || took > most {
		w.t.Fatalf("%s: after %v the wire brings %q, want %s after %v to %v", why, took, m, prefix, least, most)
	}
	w.seen[string(m)] = true
	return m
}

func TestBothStacksKeepASessionUp(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, n *Network) {
		a, b := New(t, "a", on(n)), New(t, "b", on(n))
		Connect(t, a, b, "udp")
		time.Sleep(24 * time.Hour)
		a.Idle("refreshes are no business of the owner's")
		b.Idle("nor of the called one's")
		a.Leg.HangUp(dialog.HangUp{})
		a.Want("it lasted", `end "hung up here"`)
		b.Want("so it did", `end "BYE"`)
	})
}

func TestRefreshByUpdate(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, n *Network) {
		s := New(t, "s", on(n))
		w, invite := callingOn(t, n, s, "Session-Expires: 1800;refresher=uac", "Allow: INVITE, UPDATE, BYE", "Require: timer")
		if invite.line("Session-Expires") != "1800" || !strings.Contains(invite.line("Supported"), "timer") {
			t.Errorf("the INVITE asks for no timer:\n%s", invite)
		}
		for range 3 {
			m := w.within("half the interval", "UPDATE", 900*time.Second, 900*time.Second)
			if m.line("Session-Expires") != "1800;refresher=uac" || !strings.HasSuffix(string(m), "\r\n\r\n") {
				t.Errorf("the UPDATE is\n%s", m)
			}
			w.answer(m, "200 OK", "", "Session-Expires: 1800;refresher=uac")
		}
		m := w.within("once more", "UPDATE", 900*time.Second, 900*time.Second)
		w.answer(m, "481 Gone", "")
		w.want("a call that the peer does not know is over", "BYE")
	})
}

// TestRefreshRepeatsTheDescription: a peer that does not allow UPDATE gets the
// description in force, octet by octet (RFC 4028 7.4).
func TestRefreshRepeatsTheDescription(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, n *Network) {
		s := New(t, "s", on(n))
		w, _ := callingOn(t, n, s, "Session-Expires: 600;refresher=uac", "Allow: INVITE, BYE")
		w.request("INVITE", "t38", w.last.line("To"), 2, body("m=image of theirs")) // not in this dialog
		w.want("nobody's", "SIP/2.0 481")
		s.Ask("INVITE", "v=0 m=image of ours")
		m := w.want("T.38", "INVITE")
		w.answer(m, "200 OK", "", "Session-Expires: 600;refresher=uac", body("m=image"))
		w.want("acknowledged", "ACK")
		s.Want("agreed", `answer 200 "m=image"`)
		for range 4 {
			m = w.within("refreshed", "INVITE", 300*time.Second, 300*time.Second)
			if !strings.HasSuffix(string(m), "\r\n\r\nv=0 m=image of ours") {
				t.Errorf("the refresh is\n%s", m)
			}
			w.answer(m, "200 OK", "", "Session-Expires: 600;refresher=uac", body("m=image"))
			w.within("acknowledged", "ACK", 0, 0)
		}
		m = w.within("refreshed", "INVITE", 300*time.Second, 300*time.Second)
		w.answer(m, "491 Request Pending", "")
		w.within("acknowledged", "ACK", 0, 0)
		m = w.within("after the caller's wait", "INVITE", 2100*time.Millisecond, 4*time.Second)
		w.answer(m, "488 Not Acceptable Here", "")
		w.within("acknowledged", "ACK", 0, 0)
		w.within("a peer that refuses is there, and asked again", "INVITE", 150*time.Second, 150*time.Second)
		s.Idle("none of it is the owner's")
	})
}

func TestUpdateThatIsAllowedButNotKnown(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, n *Network) {
		s := New(t, "s", on(n))
		w, _ := callingOn(t, n, s, "Session-Expires: 600", "Allow: INVITE, UPDATE")
		m := w.within("half the interval", "UPDATE", 300*time.Second, 300*time.Second)
		w.answer(m, "501 Not Implemented", "")
		w.within("then by re-INVITE", "INVITE", 0, 0)
	})
}

func TestPeerThatDoesNotRefresh(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, n *Network) {
		s := New(t, "s", on(n))
		w, _ := callingOn(t, n, s, "Session-Expires: 1800;refresher=uas")
		bye := w.within("hung up before the end", "BYE", 1768*time.Second, 1768*time.Second)
		if bye.line("Reason") == "" {
			t.Errorf("the BYE does not say why:\n%s", bye)
		}
		s.Want("the owner hears why", `end "the peer did not refresh the session within 30m0s" local false`)
	})
}

func TestPeerWithoutTimer(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, n *Network) {
		s := New(t, "s", on(n))
		w, _ := callingOn(t, n, s)
		if m := w.read(5 * time.Hour); m != "" {
			t.Errorf("without a timer the wire brings %s", m)
		}
	})
}

func TestSessionIntervalTooSmallForThePeer(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, n *Network) {
		s := New(t, "s", on(n))
		w := wireOn(t, n, s)
		s.Dial(w.uri("200"), "offer")
		m := w.want("the call", "INVITE")
		w.answer(m, "422 Session Interval Too Small", "p", "Min-SE: 3600")
		w.want("acknowledged", "ACK")
		m = w.want("again", "INVITE")
		if m.line("Session-Expires") != "3600" || m.line("Min-SE") != "3600" || len(m.lines("Supported")) != 1 {
			t.Errorf("the INVITE is\n%s", m)
		}
		w.answer(m, "422 Session Interval Too Small", "p", "Min-SE: 3600")
		s.Want("a peer that says it twice is refused", "answer 422")
	})
}

// TestCalledTimer is RFC 4028 9, table 2, and 422.
func TestCalledTimer(t *testing.T) {
	for _, c := range []struct {
		asks, supported, granted, require string
	}{
		{"", "timer", "", ""},
		{"1800", "", "1800;refresher=uas", ""},
		{"1800", "timer", "1800;refresher=uac", "timer"},
		{"1800;refresher=uac", "timer", "1800;refresher=uac", "timer"},
		{"1800;refresher=uas", "timer", "1800;refresher=uas", "timer"},
		{"1800 ; Refresher = UAS", "100rel,timer", "1800;refresher=uas", "timer"},
		{"60", "", "90;refresher=uas", ""},
		{"60", "timer", "422", ""},
		{"nonsense", "timer", "", ""},
		{"99999999", "timer", "86400;refresher=uac", "timer"},
	} {
		t.Run(fmt.Sprintf("%s %s", c.asks, c.supported), func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, n *Network) {
				s := New(t, "s", on(n))
				w := wireOn(t, n, s)
				more := []string{body("offer")}
				if c.asks != "" {
					more = append([]string{"Session-Expires: " + c.asks}, more...)
				}
				if c.supported != "" {
					more = append([]string{"Supported: " + c.supported}, more...)
				}
				w.request("INVITE", "first", "<sip:100@host>", 1, more...)
				if c.granted == "422" {
					if m := w.want("too small", "SIP/2.0 422"); m.line("Min-SE") != "90" {
						t.Errorf("the answer is\n%s", m)
					}
					return
				}
				w.want("trying", "SIP/2.0 100")
				s.Want("the call", "call").Respond(200, "answer")
				m := w.want("answered", "SIP/2.0 200")
				if m.line("Session-Expires") != c.granted || m.line("Require") != c.require {
					t.Errorf("Session-Expires: %s, Require: %s", m.line("Session-Expires"), m.line("Require"))
				}
			})
		})
	}
}

// TestPeersRefresh: an UPDATE without a body, again and again, keeps the call.
func TestPeersRefresh(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, n *Network) {
		s := New(t, "s", on(n))
		w := wireOn(t, n, s)
		timer := []string{"Supported: timer", "Session-Expires: 300;refresher=uac"}
		w.request("INVITE", "first", "<sip:100@host>", 1, append(timer, body("offer"))...)
		w.want("trying", "SIP/2.0 100")
		s.Want("the call", "call").Respond(200, "answer")
		to := w.want("answered", "SIP/2.0 200").line("To")
		w.request("ACK", "ack", to, 1)
		s.Want("the ACK", "ack")
		for i := range 10 {
			time.Sleep(150 * time.Second)
			w.request("UPDATE", fmt.Sprint("u", i), to, 2+i, timer...)
			if m := w.want("refreshed", "SIP/2.0 200"); m.line("Session-Expires") != "300;refresher=uac" {
				t.Errorf("the answer is\n%s", m)
			}
		}
		s.Idle("the owner has nothing to do with it")
		w.request("UPDATE", "brief", to, 20, "Supported: timer", "Session-Expires: 20")
		w.want("too small", "SIP/2.0 422")
		w.within("no more refreshes", "BYE", 268*time.Second, 268*time.Second)
	})
}
