package sipptest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"
)

// wire is a peer that sends octets which sipp will not send.
type wire struct {
	t    *testing.T
	conn net.Conn
}

func newWire(t *testing.T, h *host, network string) *wire {
	t.Helper()
	c, err := net.Dial(network, fmt.Sprintf("127.0.0.1:%d", h.sip))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &wire{t, c}
}

func (w *wire) send(message string) {
	w.t.Helper()
	if _, err := w.conn.Write([]byte(message)); err != nil {
		w.t.Log("not sent: ", err)
	}
}

// want waits for an answer with that beginning.
func (w *wire) want(prefix string) (answer string) {
	w.t.Helper()
	buf := make([]byte, 65535)
	_ = w.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		n, err := w.conn.Read(buf)
		if err != nil {
			w.t.Fatalf("%v, want %s", err, prefix)
		}
		if got := string(buf[:n]); strings.HasPrefix(got, "SIP/2.0 100") {
			continue
		} else if !strings.HasPrefix(got, prefix) {
			w.t.Fatalf("the answer is %s\nwant %s", got, prefix)
		} else {
			return got
		}
	}
}

// message is a request outside any call, each with a branch of its own.
func message(method, network string, more ...string) string {
	id := rand.Uint64()
	return strings.Join(append([]string{
		method + " sip:" + fax + "@127.0.0.1 SIP/2.0",
		fmt.Sprintf("Via: SIP/2.0/%s 127.0.0.1:9;branch=z9hG4bK%x;rport", strings.ToUpper(network), id),
		"From: <sip:raw@127.0.0.1>;tag=raw", "To: <sip:" + fax + "@127.0.0.1>",
		fmt.Sprintf("Call-ID: raw%x", id), "Contact: <sip:raw@127.0.0.1:9>",
	}, more...), "\r\n") + "\r\n"
}

const end = "Content-Length: 0\r\n\r\n"

// TestLostACK: our 200 comes again until it is acknowledged, and not after that.
func TestLostACK(t *testing.T) {
	h := serve(t, "127.0.0.1", "")
	w := newWire(t, h, "udp")
	offer := strings.NewReplacer("[local_ip_type]", "4", "[local_ip]", "127.0.0.1", "\n", "\r\n").Replace(imageOffer())
	invite := message("INVITE", "udp") + "CSeq: 1 INVITE\r\n"
	w.send(invite + fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(offer), offer))
	var ok string
	for range 3 {
		ok = w.want("SIP/2.0 200")
	}
	_, to, _ := strings.Cut(ok, "\r\nTo: ")
	to, _, _ = strings.Cut(to, "\r\n")
	inside := func(method string, cseq int) {
		r := strings.NewReplacer("INVITE", method, "To: <sip:"+fax+"@127.0.0.1>", "To: "+to, "CSeq: 1", fmt.Sprint("CSeq: ", cseq), "branch=", "branch=z9hG4bK"+method+"x")
		w.send(r.Replace(invite) + end)
	}
	inside("ACK", 1)
	inside("BYE", 2)
	for { // repetitions that were under way already
		if got := w.want("SIP/2.0 200"); strings.Contains(got, "CSeq: 2 BYE") {
			break
		}
	}
	_ = w.conn.SetReadDeadline(time.Now().Add(5 * time.Second)) // longer than T2
	if n, err := w.conn.Read(make([]byte, 1000)); err == nil {
		t.Errorf("%d octets come after the end", n)
	}
}

// TestTorture sends what no sane peer sends, in the manner of RFC 4475 and
// worse. What matters most is the end: the next peer is served.
func TestTorture(t *testing.T) {
	h := serve(t, "127.0.0.1", "")
	cseq := "CSeq: 1 OPTIONS\r\n"
	answered := map[string]struct{ message, want string }{
		"folded lines":                       {message("OPTIONS", "udp") + "CSeq:\r\n 1\r\n\t OPTIONS\r\nSubject: one\r\n two\r\n\tthree\r\n" + end, "SIP/2.0 200"},
		"CSeq of another method":             {message("OPTIONS", "udp") + "CSeq: 1 INVITE\r\n" + end, "SIP/2.0 400"},
		"CSeq above 32 bits":                 {message("OPTIONS", "udp") + "CSeq: 36893488147419103232 OPTIONS\r\n" + end, "SIP/2.0 400"},
		"no CSeq":                            {message("OPTIONS", "udp") + end, "SIP/2.0 400"},
		"Content-Length beyond the datagram": {message("INVITE", "udp") + "CSeq: 1 INVITE\r\nContent-Length: 9999\r\n\r\nv=0\r\n", "SIP/2.0 400"},
		"octets behind the message":          {message("OPTIONS", "udp") + cseq + end + "OPTIONS sip:x SIP/2.0\r\n", "SIP/2.0 200"},
		"UTF-8 and worse in a header":        {message("OPTIONS", "udp") + cseq + "Subject: \xc3\xbc \xff\xfe \x01\r\n" + end, "SIP/2.0 200"},
		"a header line without a colon":      {message("OPTIONS", "udp") + cseq + "Subject\r\n" + end, "SIP/2.0 "},
		"60 kB of headers":                   {message("OPTIONS", "udp") + cseq + strings.Repeat("X-Filler: "+strings.Repeat("x", 990)+"\r\n", 58) + end, "SIP/2.0 200"},
		"4000 headers":                       {message("OPTIONS", "udp") + cseq + strings.Repeat("X: y\r\n", 4000) + end, "SIP/2.0 200"},
	}
	for name, c := range answered {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, h, "udp")
			w.send(c.message)
			w.want(c.want)
		})
	}
	invalid := newWire(t, h, "udp") // UTF-8 that is none must not reach the contract
	invalid.send(strings.Replace(message("INVITE", "udp"), "sip:raw@", "sip:r\xffw@", 1) + "CSeq: 1 INVITE\r\nSubject: \xff\xfe\r\n" + end)
	invalid.want("SIP/2.0 ")

	noise := rand.New(rand.NewPCG(1, 2))
	garbage := []string{"", "\r\n\r\n", "\x00", "SIP/2.0\r\n\r\n", "INVITE\r\n\r\n", " \r\n", strings.Repeat("A", 65000), "SIP/2.0 200 OK\r\n\r\n", message("ACK", "udp") + "CSeq: 1 ACK\r\n" + end}
	for range 300 {
		whole := []byte(message("INVITE", "udp") + "CSeq: 1 INVITE\r\n" + end)
		for range 1 + noise.IntN(20) {
			whole[noise.IntN(len(whole))] = byte(noise.Uint32())
		}
		garbage = append(garbage, string(whole), string(whole[:noise.IntN(len(whole))]))
	}
	for _, network := range []string{"udp", "tcp"} {
		w := newWire(t, h, network)
		for i, g := range garbage {
			w.send(g)
			if network == "tcp" && i%10 == 0 {
				w = newWire(t, h, network)
			}
		}
	}
	huge := newWire(t, h, "tcp")
	huge.send(message("INVITE", "tcp") + "CSeq: 1 INVITE\r\n" + strings.Repeat("X-Filler: "+strings.Repeat("x", 990)+"\r\n", 100) + end)

	w := newWire(t, h, "tcp")
	w.send(message("OPTIONS", "tcp") + cseq + end)
	w.want("SIP/2.0 200")
	if err := h.talk(t, "a call after the torture", call(fax).established(imageOffer()).hangUp()); err != nil {
		t.Error(err)
	}
	if lost := h.About("fax plugin ended"); lost != "" {
		t.Errorf("the torture ended the plugin: %s", lost)
	}
}
