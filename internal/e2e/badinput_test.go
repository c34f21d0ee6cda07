package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/mailcatcher"
)

// pagebridge runs the program to its end and gives its output and whether it
// succeeded.
func pagebridge(t *testing.T, args ...string) (string, bool) {
	t.Helper()
	out, err := exec.Command(hosttest.Program, args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), err == nil
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func wantAll(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%q is missing in:\n%s", w, got)
		}
	}
}

func TestCheckReportsAllMistakes(t *testing.T) {
	file := write(t, "five.hcl", `trunk "pbx" {
  server = "not a host"
}
fax_number "12x" {
  mailboxes = []
}
mail {
  listen = "nowhere"
  hostname = "fax.example.com"
  paper = "a5"
}
`)
	out, ok := pagebridge(t, "check", "-c", file)
	if ok {
		t.Error("check says that it is fine")
	}
	for _, line := range []int{2, 4, 5, 8, 10} {
		wantAll(t, out, fmt.Sprintf("%s:%d: ", file, line))
	}
	if out, ok := pagebridge(t, "check", "-c", "../../examples/pagebridge.hcl"); !ok {
		t.Errorf("the example is refused:\n%s", out)
	}
	if out, ok := pagebridge(t, "check", "-c", filepath.Join(t.TempDir(), "none.hcl")); ok || !strings.Contains(out, "none.hcl") {
		t.Errorf("a file that is not there: %s", out)
	}
}

// small is a configuration that needs no peer: its trunk and its relay are not
// there.
func small(t *testing.T, sip int, smtp string) string {
	t.Helper()
	return fmt.Sprintf(`sip { listen = ["udp:127.0.0.1:%d"] }
media { address = "127.0.0.1" }
trunk "pbx" {
  server       = "127.0.0.1:9"
  options_ping = "0s"
}
fax { station_id = "TEST" }
alias "acme" { number = "+15551234567" }
mail {
  listen        = %q
  domains       = ["fax.example.com"]
  allow_clients = ["127.0.0.1"]
  allow_senders = ["*@example.com"]
  relay { server = "127.0.0.1:9" }
}
spool {
  path         = %q
  retry_delays = ["1h"]
}
`, sip, smtp, filepath.Join(t.TempDir(), "spool"))
}

func TestServeSaysWhyItCannot(t *testing.T) {
	t.Parallel()
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	takenTCP, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer takenTCP.Close()
	port := taken.LocalAddr().(*net.UDPAddr).Port
	free := fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t))

	out, ok := pagebridge(t, "serve", "-c", write(t, "a.hcl", small(t, port, free)))
	if ok {
		t.Error("the SIP port is in use, but it serves")
	}
	wantAll(t, out, fmt.Sprint(port), "another program")

	out, ok = pagebridge(t, "serve", "-c", write(t, "b.hcl", small(t, hosttest.FreePort(t), takenTCP.Addr().String())))
	if ok {
		t.Error("the SMTP port is in use, but it serves")
	}
	wantAll(t, out, takenTCP.Addr().String(), "another program")

	good := write(t, "c.hcl", small(t, hosttest.FreePort(t), free))
	out, ok = pagebridge(t, "serve", "-c", good, "--plugin", filepath.Join(t.TempDir(), "no-such-plugin"))
	if ok {
		t.Error("the plugin is not there, but it serves")
	}
	wantAll(t, out, "no-such-plugin", "there is no such program")

	out, ok = pagebridge(t, "serve", "-c", good, "--plugin", write(t, "not-a-plugin", "#!/bin/sh\necho hello\n"))
	if ok {
		t.Error("the plugin is no plugin, but it serves")
	}
	wantAll(t, out, "not-a-plugin", "no fax plugin")

	file := write(t, "d.hcl", strings.ReplaceAll(small(t, hosttest.FreePort(t), free), `path         = "/`, `path         = "/proc/nowhere/`))
	if out, ok = pagebridge(t, "serve", "-c", file); ok {
		t.Error("the spool cannot be made, but it serves")
	}
	wantAll(t, out, "/proc/nowhere")
}

func TestPluginStartedByHandSaysWhatItIs(t *testing.T) {
	out, _ := pagebridge(t, "plugin")
	wantAll(t, out, "plugin")
}

// refused hands a mail in and gives the reply that refused it, "" if none did.
func refused(t *testing.T, addr, from, to, mail string) string {
	t.Helper()
	err := smtp.SendMail(addr, nil, from, []string{to}, []byte(mail))
	var reply *textproto.Error
	if err != nil && !errors.As(err, &reply) {
		t.Fatalf("the mail door broke: %v", err)
	}
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%d %s", reply.Code, reply.Msg)
}

const mailHead = "From: worker@example.com\r\nTo: fax\r\nSubject: x\r\nMIME-Version: 1.0\r\n"

func TestMailThatCannotBeFaxedIsRefusedWithReasons(t *testing.T) {
	t.Parallel()
	addr := fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t))
	h := hosttest.Serve(t, small(t, hosttest.FreePort(t), addr))
	text := mailHead + "\r\nHello\r\n"
	for _, c := range []struct {
		why, from, to, mail string
		want                []string
	}{
		{"unknown recipient", "worker@example.com", "nobody@fax.example.com", text, []string{"550 ", "5.1."}},
		{"foreign domain", "worker@example.com", "FAX=+15551234567@elsewhere.example", text, []string{"550 5.7.1"}},
		{"sender who may not", "stranger@elsewhere.example", "FAX=+15551234567@fax.example.com", text, []string{"550 5.7.1", "stranger@elsewhere.example"}},
		{"number that is none", "worker@example.com", "FAX=12ab@fax.example.com", text, []string{"5.1.3"}},
		{
			"nothing to fax", "worker@example.com", "acme@fax.example.com",
			mailHead + "Content-Type: application/zip; name=\"virus.zip\"\r\n\r\nxx\r\n", []string{"554 5.6.1", "virus.zip"},
		},
	} {
		reply := refused(t, addr, c.from, c.to, c.mail)
		if reply == "" {
			t.Errorf("%s: it was taken", c.why)
		}
		wantAll(t, reply, c.want...)
	}
	if reply := refused(t, addr, "worker@example.com", "acme@fax.example.com", text); reply != "" {
		t.Errorf("a good mail was refused: %s", reply)
	}
	h.Wait("calling", 0, 20*time.Second) // the trunk is not there, the relay is not there, and it lives on
	if bytes.Contains([]byte(h.Log()), []byte("panic")) {
		t.Error(h.Log())
	}
}

func TestBrokenTIFFIsReportedNotCalled(t *testing.T) {
	t.Parallel()
	addr := fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t))
	h := hosttest.Serve(t, small(t, hosttest.FreePort(t), addr))
	mail := mailHead + "Content-Type: image/tiff; name=\"scan.tif\"\r\nContent-Transfer-Encoding: base64\r\n\r\nSUkqAAgAAAAAAA==\r\n"
	if reply := refused(t, addr, "worker@example.com", "acme@fax.example.com", mail); reply != "" {
		wantAll(t, reply, "scan.tif") // refused at once is as good
		return
	}
	line, _ := h.Wait("scan.tif", 0, 20*time.Second)
	t.Log(line)
	if strings.Contains(h.Log(), "calling") {
		t.Errorf("a document that cannot be rendered was called for:\n%s", h.Log())
	}
}

// TestUnreachableRelayKeepsMail: a report cannot be handed over, waits, and goes
// out when the relay is back.
func TestUnreachableRelayKeepsMail(t *testing.T) {
	t.Parallel()
	addr, relay := fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t)), fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t))
	h := hosttest.Serve(t, strings.Replace(small(t, hosttest.FreePort(t), addr), `relay { server = "127.0.0.1:9" }`, fmt.Sprintf("relay {\n    server = %q\n    retry_delays = [\"2s\"]\n  }", relay), 1))
	mail := mailHead + "Content-Type: image/tiff; name=\"scan.tif\"\r\nContent-Transfer-Encoding: base64\r\n\r\nSUkqAAgAAAAAAA==\r\n"
	if reply := refused(t, addr, "worker@example.com", "acme@fax.example.com", mail); reply != "" {
		t.Fatal(reply)
	}
	line, _ := h.Wait("connection refused", 0, 20*time.Second)
	wantAll(t, line, relay)
	catcher, err := mailcatcher.Start(relay, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer catcher.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
	defer cancel()
	report, err := catcher.Next(ctx, "worker@example.com")
	if err != nil {
		t.Fatalf("the report did not come when the relay was back: %v\n%s", err, h.Log())
	}
	wantAll(t, string(report.Message), "Action: failed", "Status: 5.6.3", "scan.tif")
}
