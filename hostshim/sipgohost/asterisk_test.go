package sipgohost

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/hostshim"
	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
	"github.com/pagebridge/pagebridge/sip/trunk"
)

// asterisk is a real one on loopback, whose doors are told apart by port.
type asterisk struct {
	t      *testing.T
	script string
	env    []string
	port   int // of the first door: UDP; +3: digest; +6: TCP
}

// findAsterisk finds it without starting it.
func findAsterisk(t *testing.T) *asterisk {
	script := testpeer.Shared(t, "peers", "asterisk", "run.sh")
	dir := os.Getenv("PEERS_DIR")
	if dir == "" {
		dir = "/opt/peers"
	}
	if _, err := os.Stat(filepath.Join(dir, "asterisk-root")); err != nil {
		testpeer.Missing(t, "Asterisk (setup.sh beside "+script+")")
	}
	return &asterisk{t: t, script: script, port: 5270}
}

func (a *asterisk) up(peerPort uint16) {
	a.env = append(os.Environ(), "INSTANCE=sipgohost", fmt.Sprintf("SIP_PORT=%d", a.port), fmt.Sprintf("PEER_PORT=%d", peerPort),
		"UDPTL_START=4700", "UDPTL_END=4719", "RTP_START=12400", "RTP_END=12439")
	a.run("up")
	a.t.Cleanup(func() { a.run("down") })
}

func (a *asterisk) run(args ...string) string {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, a.script, args...)
	cmd.Env = a.env
	// A file and no pipe: the server that "up" leaves behind would keep it open.
	out, err := os.CreateTemp(a.t.TempDir(), "out")
	if err != nil {
		a.t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	text, _ := os.ReadFile(out.Name())
	if err != nil {
		a.t.Fatalf("run.sh %v: %v\n%s", args, err, text)
	}
	return string(text)
}

const audioOffer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 12490 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"

// TestAsterisk bridges a voice call from one door of Asterisk's to another, dials
// with digest and is called where it is registered.
func TestAsterisk(t *testing.T) {
	if testing.Short() {
		t.Skip("a real Asterisk takes some seconds")
	}
	a := findAsterisk(t)
	door := func(n int) string { return fmt.Sprintf("127.0.0.1:%d", a.port+n) }
	p := &plugin{t: t, told: make(chan string, 100)}
	p.decides(func(context.Context, hostshim.IncomingCall) (hostshim.Decision, error) {
		return hostshim.Decision{}, nil
	})
	h, err := New(Options{
		Listen: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"},
		Trunks: []trunk.Trunk{
			{Name: "udp", Server: door(0)},
			{Name: "tcp", Server: door(6) + ";transport=tcp"},
			{Name: "auth", Server: door(3), Username: "peer-auth", Password: "secret", Register: true},
		},
		DefaultRoute: "tcp", Logger: dialogtest.Logger(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	a.up(h.Addr("udp").Port())
	h.Start(p)
	defer func() {
		ok(t, h.Shutdown(t.Context()))
		if out := a.run("cli", "pjsip show contacts"); strings.Contains(out, "peer-auth/") {
			t.Errorf("still registered:\n%s", out)
		}
	}()
	for range 3 {
		p.want("the trunks are up, the last one when it is registered", "trunk")
	}
	if out := a.run("cli", "pjsip show contacts"); !strings.Contains(out, fmt.Sprintf("sip:peer-auth@127.0.0.1:%d", h.Addr("udp").Port())) {
		t.Errorf("not registered:\n%s", out)
	}
	t.Run("voice", func(t *testing.T) { a.voice(t) })
	t.Run("fax", func(t *testing.T) { a.fax(t) })
	t.Run("digest", func(t *testing.T) {
		ok(t, h.Dial("out", hostshim.Dial{Trunk: "auth", Number: "7007", SDP: []byte(audioOffer)}))
		p.want("with the right answer to the challenge", `answered 200 "v=0`)
		ok(t, h.HangUp("out", hostshim.HangUp{}))
		ok(t, h.Dial("busy", hostshim.Dial{Trunk: "auth", Number: "7020", SDP: []byte(audioOffer)}))
		p.want("a busy number", "answered 486")
	})
	t.Run("registered", func(t *testing.T) {
		called := make(chan hostshim.IncomingCall, 1)
		p.decides(func(_ context.Context, in hostshim.IncomingCall) (hostshim.Decision, error) {
			called <- in
			return hostshim.Decision{Status: 486}, nil
		})
		ok(t, h.Dial("back", hostshim.Dial{Trunk: "udp", Number: "88100", SDP: []byte(audioOffer)}))
		p.want("Asterisk calls where we are registered, and we are busy", "answered 486")
		if in := <-called; in.Trunk != "auth" || in.To != "peer-auth" {
			t.Errorf("called as %+v", in)
		}
	})
}

var packets = regexp.MustCompile(`status=DONE rtp_received=(\d+) rtp_sent=(\d+)`)

// voice calls the echo at the TCP door from the UDP door.
func (a *asterisk) voice(t *testing.T) {
	out := a.run("call", "7007", "2")
	m := packets.FindStringSubmatch(out)
	if m == nil || m[1] == "0" {
		t.Errorf("no echo: %s", out)
	}
}

// fax sends one the same way: both re-INVITEs to T.38 go through the bridge.
func (a *asterisk) fax(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("a whole fax takes 35 s; PAGEBRIDGE_INTEROP=1 runs it")
	}
	out := a.run("send", testpeer.Shared(t, "peers", "asterisk", "tiff", "one-page.tif"), "7001")
	if !strings.Contains(out, "status=SUCCESS mode=T38") {
		t.Errorf("the fax through the bridge: %s", out)
	}
}
