package dialog_test

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	. "github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

// wire is a peer that the test writes word by word, over UDP.
type wire struct {
	t    *testing.T
	conn net.PacketConn
	to   net.Addr // the stack's socket
	// seen are the messages that came; a repetition of one is passed over by
	// want and wanted by wantAgain.
	seen map[string]bool
	last msg
}

// msg is a message that came, as text.
type msg string

func newWire(t *testing.T, s *Side) *wire {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &wire{t: t, conn: conn, to: net.UDPAddrFromAddrPort(s.Stack.Addr("udp")), seen: map[string]bool{}}
}

func (w *wire) addr() netip.AddrPort { return w.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func (w *wire) uri(user string) sip.Uri { return URI(user, w.addr(), "udp") }

// send sends a message given by its lines; "%ME%" becomes this peer's address.
func (w *wire) send(lines ...string) {
	w.t.Helper()
	text := strings.ReplaceAll(strings.Join(lines, "\r\n"), "%ME%", w.addr().String())
	if !strings.Contains(text, "\r\n\r\n") {
		text += "\r\nContent-Length: 0\r\n\r\n"
	}
	if _, err := w.conn.WriteTo([]byte(text), w.to); err != nil {
		w.t.Fatal(err)
	}
}

// read gives the next message, "" when none comes within d.
func (w *wire) read(d time.Duration) msg {
	w.t.Helper()
	buf := make([]byte, 65535)
	_ = w.conn.SetReadDeadline(time.Now().Add(d))
	n, _, err := w.conn.ReadFrom(buf)
	if err != nil {
		return ""
	}
	return msg(buf[:n])
}

// want waits for a message that begins with prefix and was not seen before;
// repetitions of those that were are passed over.
func (w *wire) want(why, prefix string) msg {
	w.t.Helper()
	for {
		m := w.read(Patience)
		if m != "" && w.seen[string(m)] {
			continue
		}
		if !strings.HasPrefix(string(m), prefix) {
			w.t.Fatalf("%s: the wire brings %q, want %s", why, m, prefix)
		}
		w.seen[string(m)], w.last = true, m
		return m
	}
}

// wantAgain waits for m once more.
func (w *wire) wantAgain(why string, m msg) {
	w.t.Helper()
	if got := w.read(Patience); got != m {
		w.t.Fatalf("%s: the wire brings\n%s\nwant again\n%s", why, got, m)
	}
}

// silent says that for some time nothing new comes, repetitions aside where
// those are let through.
func (w *wire) silent(why string, repetitions bool) {
	w.t.Helper()
	for end := time.Now().Add(120 * time.Millisecond); time.Now().Before(end); {
		if m := w.read(time.Until(end)); m != "" && (!repetitions || !w.seen[string(m)]) {
			w.t.Fatalf("%s: the wire brings %q, want nothing", why, m)
		}
	}
}

// line gives the first header line of that name, without its name.
func (m msg) line(name string) string {
	for l := range strings.SplitSeq(string(m), "\r\n") {
		if v, ok := strings.CutPrefix(l, name+": "); ok {
			return v
		}
	}
	return ""
}

func (m msg) lines(name string) []string {
	var all []string
	for l := range strings.SplitSeq(string(m), "\r\n") {
		if v, ok := strings.CutPrefix(l, name+": "); ok {
			all = append(all, v)
		}
	}
	return all
}

var tagParam = regexp.MustCompile(`;tag=([^;>\r]*)`)

func (m msg) tag(header string) string {
	if f := tagParam.FindStringSubmatch(m.line(header)); f != nil {
		return f[1]
	}
	return ""
}

// answer answers a request of the stack's as the peer with this tag.
func (w *wire) answer(m msg, status, tag string, more ...string) {
	w.t.Helper()
	to := m.line("To")
	if tag != "" && m.tag("To") == "" {
		to += ";tag=" + tag
	}
	lines := []string{"SIP/2.0 " + status}
	for _, v := range m.lines("Via") {
		lines = append(lines, "Via: "+v)
	}
	lines = append(lines, "From: "+m.line("From"), "To: "+to, "Call-ID: "+m.line("Call-ID"), "CSeq: "+m.line("CSeq"))
	if !strings.HasPrefix(status, "100") {
		lines = append(lines, "Contact: <sip:peer@%ME%>")
	}
	w.send(append(lines, more...)...)
}

// request sends a request of this peer's inside or outside a call; to carries
// the tag where it is inside.
func (w *wire) request(method, branch, to string, cseq int, more ...string) {
	w.t.Helper()
	w.send(append([]string{
		method + " sip:100@host SIP/2.0",
		"Via: SIP/2.0/UDP %ME%;branch=z9hG4bK" + branch + ";rport",
		"Max-Forwards: 70",
		"From: <sip:wire@%ME%>;tag=w",
		"To: " + to,
		"Call-ID: call-1",
		fmt.Sprintf("CSeq: %d %s", cseq, method),
		"Contact: <sip:wire@%ME%>",
	}, more...)...)
}

// body is the end of a message with a body.
func body(text string) string {
	return fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
}

// called is a call of the wire to s that s has answered and the wire has
// acknowledged; it gives the To with its tag.
func called(t *testing.T, s *Side) (*wire, string) {
	t.Helper()
	w := newWire(t, s)
	w.request("INVITE", "first", "<sip:100@host>", 1, body("offer"))
	w.want("trying", "SIP/2.0 100")
	s.Want("the call", `call INVITE "offer"`).Respond(200, "answer")
	to := w.want("answered", "SIP/2.0 200").line("To")
	w.request("ACK", "ack1", to, 1)
	s.Want("the ACK", "ack")
	return w, to
}

// calling is a call of s to the wire that the wire has answered; the ACK has
// been read.
func calling(t *testing.T, s *Side, more ...string) (w *wire, invite, ack msg) {
	t.Helper()
	w = newWire(t, s)
	s.Dial(w.uri("200"), "offer")
	invite = w.want("the call", "INVITE")
	w.answer(invite, "200 OK", "p", append(more, body("answer"))...)
	s.Want("answered", `answer 200 "answer"`)
	return w, invite, w.want("the ACK", "ACK")
}
