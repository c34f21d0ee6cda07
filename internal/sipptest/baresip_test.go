package sipptest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// telephone is a baresip that sends a tone and answers by itself.
type telephone struct {
	dir  string
	port int
	cmd  *exec.Cmd
	done chan struct{}
}

// newTelephone writes the configuration; account is more of its account.
func newTelephone(t *testing.T, port int, aor, account string) *telephone {
	t.Helper()
	p := &telephone{dir: t.TempDir(), port: port}
	for name, text := range map[string]string{
		"config": fmt.Sprintf(`sip_listen 127.0.0.1:%d
net_interface 127.0.0.1
audio_source ausine,440
audio_player aubridge,heard
audio_alert aubridge,alert
ausrc_srate 48000
ausrc_channels 2
rtp_ports %d-%d
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app rtcpsummary.so
`, port, 28000+port%100*20, 28000+port%100*20+19),
		"accounts": fmt.Sprintf("<sip:%s>;answermode=auto;%s\n", aor, account),
		"contacts": "",
	} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// telephonePort finds two ports in a row: baresip takes the next one for TLS.
func telephonePort(t *testing.T) int {
	t.Helper()
	first := hosttest.FreePort(t)
	for next := hosttest.FreePort(t); next != first+1; next = hosttest.FreePort(t) {
		first = next
	}
	return first
}

// start runs it for some seconds.
func (p *telephone) start(t *testing.T, seconds int, more ...string) {
	t.Helper()
	baresip := testpeer.Command(t, "baresip", "Debian package baresip")
	// stdbuf: what it says is wanted as it says it.
	p.cmd = exec.CommandContext(t.Context(), "stdbuf", append([]string{"-oL", baresip, "-f", p.dir, "-t", strconv.Itoa(seconds)}, more...)...)
	out, err := os.Create(filepath.Join(p.dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.done = make(chan struct{})
	go func() {
		p.cmd.Wait()
		out.Close()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.done
		if t.Failed() {
			t.Logf("baresip at port %d:\n%s", p.port, tail(p.output(), 20))
		}
	})
}

func (p *telephone) output() string {
	b, _ := os.ReadFile(filepath.Join(p.dir, "out"))
	return string(b)
}

var rtcpSummary = regexp.MustCompile(`CD=(\d+);PR=(\d+);PS=(\d+);PL=(\d+),(\d+)`)

// voice lets one telephone call the other through the host for some seconds, and
// looks at what the called one counts: packets that came and went, and lost ones.
func voice(t *testing.T, from, to *telephone, uri string) {
	t.Helper()
	const seconds = 6
	from.start(t, seconds, "-e", "/dial "+uri)
	<-from.done
	var m []string
	hosttest.Eventually(t, "the called telephone's account of the call", 30*time.Second, func() bool {
		m = rtcpSummary.FindStringSubmatch(to.output())
		return m != nil
	})
	t.Log(m[0])
	lasted, _ := strconv.Atoi(m[1]) // the call, in whole seconds: a busy machine sets it up late
	received, _ := strconv.Atoi(m[2])
	sent, _ := strconv.Atoi(m[3])
	least := (lasted - 2) * 50 * 9 / 10 // 20 ms each, less the seconds that were begun
	if lasted < 3 || received < least || sent < least || m[4] != "0" {
		t.Errorf("in the %d s of the call %d packets came, %d went, %s were lost", lasted, received, sent, m[4])
	}
	if !regexp.MustCompile(`audio=6[0-9]{4}/6[0-9]{4} `).MatchString(from.output()) {
		t.Errorf("the calling telephone does not hear and send 64 kbit/s:\n%s", tail(from.output(), 15))
	}
}

// TestBaresip are calls of one telephone to another, bridged by the host and relayed
// by the plugin.
func TestBaresip(t *testing.T) {
	testpeer.Command(t, "baresip", "Debian package baresip")
	t.Parallel()
	a, b := telephonePort(t), telephonePort(t)
	h := newHost(t)
	h.write("127.0.0.1", fmt.Sprintf("trunk \"a\" {\n server = \"127.0.0.1:%d\"\n}\ntrunk \"b\" {\n server = \"127.0.0.1:%d\"\n}\nroute \"77*\" { trunk = \"b\" }\n", a, b))
	h.Edit("sip { listen", "sip {\n default_route = \"b\"\n listen", "\"] }\nmedia", "\"]\n}\nmedia")
	h.Start()
	t.Cleanup(h.Stop)
	for name, number := range map[string]string{"bridged by the host": "8801", "relayed by the plugin": "7701"} {
		t.Run(name, func(t *testing.T) {
			caller := newTelephone(t, a, "a@127.0.0.1", "regint=0")
			called := newTelephone(t, b, number+"@127.0.0.1", "regint=0")
			called.start(t, 20)
			hosttest.Eventually(t, "the called telephone", 30*time.Second, func() bool { return strings.Contains(called.output(), "baresip is ready") })
			voice(t, caller, called, fmt.Sprintf("sip:%s@127.0.0.1:%d", number, h.sip))
		})
	}
}

// TestKamailioRegistrar registers pagebridge and a telephone at Kamailio, which
// wants digest of both; a call to that telephone is challenged, too.
func TestKamailioRegistrar(t *testing.T) {
	testpeer.Command(t, "baresip", "Debian package baresip")
	testpeer.Command(t, "kamailio", "Debian package kamailio")
	t.Parallel()
	for _, algorithm := range []string{"MD5", "SHA-256"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			proxy, a := hosttest.FreePort(t), telephonePort(t)
			h := newHost(t)
			startKamailio(t, "testdata/registrar.cfg", "127.0.0.1:5060", fmt.Sprintf("127.0.0.1:%d", proxy), `"MD5"`, strconv.Quote(algorithm))
			h.write("127.0.0.1", fmt.Sprintf(`trunk "a" { server = "127.0.0.1:%d" }
trunk "kamailio" {
  server = "127.0.0.1:%d"
  domain = "example.com"
  username = "gateway"
  password = "secret"
  register = true
}
`, a, proxy))
			h.Edit("sip { listen", "sip {\n default_route = \"kamailio\"\n listen", "\"] }\nmedia", "\"]\n}\nmedia")
			h.Start()
			t.Cleanup(h.Stop)
			h.Wait("up=true detail=\"registered for 40s", 0, 20*time.Second)
			if algorithm != "MD5" {
				return // baresip 1.0 has no other
			}
			called := newTelephone(t, telephonePort(t), "8801@example.com", fmt.Sprintf("auth_user=8801;auth_pass=secret;outbound=\"sip:127.0.0.1:%d\";regint=30", proxy))
			called.start(t, 40)
			hosttest.Eventually(t, "the telephone's registration", 30*time.Second, func() bool { return strings.Contains(called.output(), "} 200 OK") })
			caller := newTelephone(t, a, "a@127.0.0.1", "regint=0")
			voice(t, caller, called, fmt.Sprintf("sip:8801@127.0.0.1:%d", h.sip))
		})
	}
}
