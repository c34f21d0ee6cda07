package sipptest

import (
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// TestExamplesAreFine: every configuration that the guides give passes the check.
func TestExamplesAreFine(t *testing.T) {
	t.Setenv("TRUNK_PASSWORD", "secret")
	t.Setenv("DATABASE_URL", "postgres://fax:secret@db.example.com/fax")
	files, _ := filepath.Glob("../../examples/*/pagebridge.hcl")
	if len(files) < 2 {
		t.Fatal("the examples are not here")
	}
	for _, f := range files {
		if out, err := exec.Command(hosttest.Program, "check", "-c", f).CombinedOutput(); err != nil {
			t.Errorf("%s:\n%s", f, out)
		}
	}
}

// TestExamplesAreWellFormed: what can be said of a guide that cannot be run here.
func TestExamplesAreWellFormed(t *testing.T) {
	files, _ := filepath.Glob("../../examples/*/*.xml")
	if len(files) < 2 {
		t.Fatal("the examples are not here")
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var any struct {
			XMLName xml.Name
			Inner   []byte `xml:",innerxml"`
		}
		if err := xml.Unmarshal(b, &any); err != nil || any.XMLName.Local != "include" {
			t.Errorf("%s: %s: %v", file, any.XMLName.Local, err)
		}
	}
}

// TestKamailioInFront is the guide's set-up: sipp calls through Kamailio, which
// stays in the route of the re-INVITE and of the BYE that pagebridge sends.
func TestKamailioInFront(t *testing.T) {
	testpeer.Command(t, "kamailio", "Debian package kamailio")
	proxy := hosttest.FreePort(t)
	h := newHost(t)
	h.write("127.0.0.1", fmt.Sprintf("trunk \"kamailio\" {\n server = \"127.0.0.1:%d\"\n options_ping = \"1s\"\n}\n", proxy))
	startKamailio(t, "../../examples/kamailio/kamailio.cfg",
		"127.0.0.1:5060", fmt.Sprintf("127.0.0.1:%d", proxy), "127.0.0.1:5080", fmt.Sprintf("127.0.0.1:%d", h.sip), "log_stderror=no", "log_stderror=yes")
	h.Start()
	t.Cleanup(h.Stop)
	h.Wait("trunk=kamailio up=true", 0, 20*time.Second)
	route := fmt.Sprintf("Record-Route: <sip:127.0.0.1:%d;lr", proxy)
	k := call(fax)
	k.server, k.routed = proxy, true
	k.invite(audio()).want(200, has(route), body("m=audio [1-9]")).ack().
		wantRequest("INVITE", has(fmt.Sprintf("Via: SIP/2.0/UDP 127.0.0.1:%d", proxy)), body("m=image [1-9]")).
		respond("200 OK", imageOffer()).wantRequest("ACK").hangUp()
	if err := h.talk(t, "through Kamailio", k); err != nil {
		t.Error(err)
	}
}

// startKamailio runs Kamailio until the test ends, on a configuration in which some
// places are replaced.
func startKamailio(t *testing.T, configuration string, pairs ...string) {
	t.Helper()
	kamailio := testpeer.Command(t, "kamailio", "Debian package kamailio")
	text, err := os.ReadFile(configuration)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kamailio.cfg")
	if err := os.WriteFile(file, []byte(strings.NewReplacer(pairs...).Replace(string(text))), 0o644); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	cmd := exec.Command(kamailio, "-f", file, "-DD", "-E", "-Y", t.TempDir(), "-m", "16", "-M", "4")
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
		if t.Failed() {
			t.Log(tail(log.String(), 30))
		}
	})
}
