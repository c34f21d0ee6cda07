package negotiation

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/sip/sdp"
)

// asterisk starts a real Asterisk of its own for this test and gives the port of
// its first door (see peers/asterisk/README.md in the shared folder) and how to
// run its script.
func asterisk(t *testing.T, peerPort int) (base int, run func(args ...string) *exec.Cmd) {
	t.Helper()
	script := testpeer.Shared(t, "peers", "asterisk", "run.sh")
	dir := os.Getenv("PEERS_DIR")
	if dir == "" {
		dir = "/opt/peers"
	}
	if _, err := os.Stat(filepath.Join(dir, "asterisk-root", ".installed")); err != nil {
		testpeer.Missing(t, "Asterisk in "+dir+" (peers/asterisk/setup.sh installs it)")
	}
	base = freePorts(t, 7)
	env := append(os.Environ(), "INSTANCE=negotiation", "RUN_DIR="+t.TempDir(),
		fmt.Sprintf("SIP_PORT=%d", base), fmt.Sprintf("PEER_PORT=%d", peerPort),
		"UDPTL_START=14500", "UDPTL_END=14599", "RTP_START=22000", "RTP_END=22099")
	run = func(args ...string) *exec.Cmd {
		cmd := exec.Command(script, args...)
		cmd.Env = env
		return cmd
	}
	if out, err := run("up").CombinedOutput(); err != nil {
		t.Fatalf("Asterisk does not start: %v\n%s", err, out)
	}
	t.Cleanup(func() { run("down").Run() })
	return base, run
}

// freePorts finds n UDP ports in a row that nobody uses now.
func freePorts(t *testing.T, n int) int {
	t.Helper()
next:
	for base := 17070; base < 18000; base += 10 {
		for i := range n {
			conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: base + i})
			if err != nil {
				continue next
			}
			conn.Close()
		}
		return base
	}
	t.Fatal("no free ports")
	return 0
}

// agent is the least of a SIP user agent that serves one call over UDP on
// loopback, with a Machine to decide about the media.
type agent struct {
	t          *testing.T
	sip        *net.UDPConn
	rtp, udptl *net.UDPConn
	m          *Machine

	server         *net.UDPAddr
	callID         string
	local, remote  string // values of From and To with their tags
	target         string // where requests go
	cseq           int
	inviteBranch   string
	request        *message // the peer's INVITE that has no answer
	toned          time.Time
	opened         []Effect
	failed         string
	ended, invited bool
}

func newAgent(t *testing.T, port int) *agent {
	listen := func(port int) *net.UDPConn {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	return &agent{t: t, sip: listen(port), rtp: listen(0), udptl: listen(0), callID: t.Name() + "@test"}
}

func portOf(conn *net.UDPConn) int { return conn.LocalAddr().(*net.UDPAddr).Port }

func (a *agent) start(cfg Config) {
	cfg.Local = netip.MustParseAddr("127.0.0.1")
	cfg.RTPPort, cfg.UDPTLPort = uint16(portOf(a.rtp)), uint16(portOf(a.udptl))
	a.m = New(cfg, time.Now())
}

// call begins a call to an extension at a door.
func (a *agent) call(cfg Config, port int, extension string) {
	a.server = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	a.target = fmt.Sprintf("sip:%s@127.0.0.1:%d", extension, port)
	a.local = fmt.Sprintf("<sip:test@127.0.0.1:%d>;tag=ours", portOf(a.sip))
	a.remote = "<" + a.target + ">"
	cfg.Calling = true
	a.start(cfg)
	a.effects()
}

// talk runs the call until done says so.
func (a *agent) talk(limit time.Duration, done func() bool) {
	a.t.Helper()
	end := time.Now().Add(limit)
	buffer := make([]byte, 65536)
	for !done() {
		now := time.Now()
		if now.After(end) {
			a.t.Fatalf("after %v: %s, opened %+v, %s", limit, a.m.State(), a.opened, a.failed)
		}
		a.sip.SetReadDeadline(now.Add(20 * time.Millisecond))
		n, from, err := a.sip.ReadFromUDP(buffer)
		if err == nil {
			a.server = from
			a.received(parseMessage(string(buffer[:n])))
		}
		if a.m == nil {
			continue
		}
		if !a.toned.IsZero() && time.Now().After(a.toned) {
			a.toned = time.Time{}
			a.m.Handle(time.Now(), ToneSent{})
		}
		a.m.Advance(time.Now())
		a.effects()
	}
}

func (a *agent) effects() {
	for e, ok := a.m.Next(); ok; e, ok = a.m.Next() {
		switch e := e.(type) {
		case Offer:
			a.send("INVITE", e.SDP)
		case Answer:
			a.respond(a.request, e.Status, e.SDP)
			a.invited = true
		case OpenAudio:
			a.opened = append(a.opened, e)
			if e.Tone == CED {
				a.toned = time.Now().Add(300 * time.Millisecond) // the tone itself is not needed here
			}
		case OpenT38:
			a.opened = append(a.opened, e)
		case Fail:
			a.failed = e.Sentence
		}
	}
}

// message is one SIP message: its lines by folded name.
type message struct {
	first   string
	headers map[string][]string
	body    string
}

func parseMessage(text string) *message {
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	m := &message{first: lines[0], headers: map[string][]string{}, body: body}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		m.headers[name] = append(m.headers[name], strings.TrimSpace(value))
	}
	return m
}

func (m *message) get(name string) string { return strings.Join(m.headers[name], ", ") }

func (a *agent) received(m *message) {
	if status, ok := strings.CutPrefix(m.first, "SIP/2.0 "); ok {
		a.response(m, status)
		return
	}
	method, _, _ := strings.Cut(m.first, " ")
	switch method {
	case "INVITE":
		a.invite(m)
	case "ACK":
	case "BYE":
		a.respond(m, 200, nil)
		a.ended = true
		a.m.Handle(time.Now(), Ended{})
	default:
		a.respond(m, 200, nil)
	}
}

func (a *agent) invite(m *message) {
	a.request = m
	if contact := m.get("contact"); contact != "" {
		a.target = strings.Trim(contact, "<>")
	}
	if a.m == nil {
		a.callID, a.remote, a.local = m.get("call-id"), m.get("from"), m.get("to")+";tag=ours"
		a.start(Config{})
	}
	a.m.Handle(time.Now(), Offered{SDP: []byte(m.body), Initial: !a.invited})
}

func (a *agent) response(m *message, status string) {
	if !strings.HasSuffix(m.get("cseq"), "INVITE") {
		return
	}
	code, _ := strconv.Atoi(status[:3])
	if code >= 200 {
		a.remote = m.get("to")
		if contact := m.get("contact"); contact != "" && code < 300 {
			a.target = strings.Trim(contact, "<>")
		}
		a.send("ACK", nil)
	}
	a.m.Handle(time.Now(), Answered{Status: code, SDP: []byte(m.body), ReasonText: strings.TrimSpace(status[3:])})
}

func (a *agent) send(method string, body []byte) {
	if method != "ACK" {
		a.cseq++
		a.inviteBranch = fmt.Sprintf("z9hG4bK%d", time.Now().UnixNano())
	}
	fmt.Fprintf(a, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=%s\r\nMax-Forwards: 70\r\n"+
		"From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:test@127.0.0.1:%d>\r\n"+
		"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
		method, a.target, portOf(a.sip), a.inviteBranch, a.local, a.remote, a.callID, a.cseq, method, portOf(a.sip), len(body), body)
}

func (a *agent) respond(m *message, status int, body []byte) {
	to := m.get("to")
	if !strings.Contains(to, "tag=") {
		to += ";tag=ours"
	}
	fmt.Fprintf(a, "SIP/2.0 %d X\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n"+
		"Contact: <sip:test@127.0.0.1:%d>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
		status, m.get("via"), m.get("from"), to, m.get("call-id"), m.get("cseq"), portOf(a.sip), len(body), body)
}

// Write sends one message: one Fprintf is one Write.
func (a *agent) Write(b []byte) (int, error) { return a.sip.WriteToUDP(b, a.server) }

// relays is done when T.38 is open.
func (a *agent) relays() bool { return a.failed != "" || a.m != nil && a.m.State() == "T.38" }

// wantT38 checks that T.38 is open and that UDPTL comes from where it should.
func (a *agent) wantT38(ec sdp.UDPEC) {
	a.t.Helper()
	if a.failed != "" {
		a.t.Fatal(a.failed)
	}
	o := a.opened[len(a.opened)-1].(OpenT38)
	if o.T38.UDPEC != ec || o.T38.MaxBitRate != 14400 {
		a.t.Errorf("agreed %+v, want error correction %v", o.T38, ec)
	}
	a.udptl.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, from, err := a.udptl.ReadFromUDPAddrPort(make([]byte, 2048))
	if err != nil || from != o.Remote {
		a.t.Errorf("UDPTL from %v, %v; want it from %v", from, err, o.Remote)
	}
}

func (a *agent) hangUp() {
	a.send("BYE", nil)
}

// TestWithAsterisk negotiates with a real Asterisk: the calls are hung up when
// UDPTL flows.
func TestWithAsterisk(t *testing.T) {
	inbound := newAgent(t, 0)
	base, run := asterisk(t, portOf(inbound.sip))
	const redundancyDoor, g711Door, noECDoor, fecDoor = 0, 1, 4, 5

	t.Run("it asks for T.38", func(t *testing.T) {
		t.Parallel()
		a := newAgent(t, 0)
		a.call(Config{}, base+redundancyDoor, "7001")
		a.talk(10*time.Second, a.relays)
		a.wantT38(sdp.Redundancy)
		if len(a.opened) != 2 {
			t.Errorf("opened %+v, want audio and T.38", a.opened)
		}
		a.hangUp()
	})
	t.Run("it asks for T.38 without error correction", func(t *testing.T) {
		t.Parallel()
		a := newAgent(t, 0)
		a.call(Config{}, base+noECDoor, "7001")
		a.talk(10*time.Second, a.relays)
		a.wantT38(sdp.NoEC)
		a.hangUp()
	})
	soon := Config{Policy: Policy{CallingWait: 500 * time.Millisecond}}
	for _, c := range []struct {
		name string
		door int
		ours sdp.T38
		want sdp.UDPEC
	}{
		{"we ask for T.38", redundancyDoor, sdp.DefaultT38(), sdp.Redundancy},
		{"we ask for T.38 with FEC", fecDoor, sdp.T38{MaxBitRate: 14400, MaxDatagram: 1400, UDPEC: sdp.FEC}, sdp.FEC},
		{"we ask for T.38 with FEC or redundancy", fecDoor, sdp.T38{Version: 3, MaxBitRate: 14400, MaxDatagram: 1400,
			UDPEC: sdp.FEC, Offered: []sdp.UDPEC{sdp.FEC, sdp.Redundancy}, FillBitRemoval: true}, sdp.Redundancy},
		{"we ask for T.38 where it would offer no error correction", noECDoor, sdp.DefaultT38(), sdp.Redundancy},
		{"we ask for T.38 without error correction", noECDoor, sdp.T38{MaxBitRate: 14400, MaxDatagram: 400}, sdp.NoEC},
		{"we refuse error correction in words", redundancyDoor, sdp.T38{MaxBitRate: 14400, Offered: []sdp.UDPEC{sdp.NoEC}}, sdp.NoEC},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newAgent(t, 0)
			cfg := soon
			cfg.T38 = c.ours
			a.call(cfg, base+c.door, "7012")
			a.talk(10*time.Second, a.relays)
			a.wantT38(c.want)
			a.hangUp()
		})
	}
	t.Run("it refuses T.38", func(t *testing.T) {
		t.Parallel()
		a := newAgent(t, 0)
		a.call(soon, base+g711Door, "7002")
		a.talk(10*time.Second, a.relays)
		if !strings.Contains(a.failed, "T.38 was refused with 488") {
			t.Errorf("failed with %q in %q", a.failed, a.m.State())
		}
		a.hangUp()
	})
	t.Run("it calls us", func(t *testing.T) {
		t.Parallel()
		a := inbound
		cmd := run("send", "-t", "20", filepath.Join(filepath.Dir(run().Path), "tiff", "one-page.tif"), "7001")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Wait()
		a.talk(10*time.Second, a.relays)
		a.wantT38(sdp.Redundancy)
		a.hangUp()
	})
}
