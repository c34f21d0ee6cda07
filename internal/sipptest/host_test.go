package sipptest

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/sip/dialog"
	"github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

// TestReload: SIGHUP with a file that is wrong changes nothing and says so; with
// one that is right it holds for the next call. The call that is up goes on through
// all of it. TestReloadDuringAFax has the mail of it.
func TestReload(t *testing.T) {
	h := serve(t, "127.0.0.1", "")
	up := call(fax)
	up.patience = 40 * time.Second
	up.established(imageOffer()).pause(6*time.Second).invite(imageOffer()).want(200, body("m=image")).ack().hangUp()
	done := make(chan error, 1)
	go func() { done <- h.talk(t, "a call through two reloads", up) }()
	h.Wait("T.38 is open", 0, 20*time.Second)

	good, _ := os.ReadFile(h.File)
	h.Edit("station_id", "station_idea")
	h.Signal(syscall.SIGHUP)
	if line, _ := h.Wait("is not reloaded", 0, 10*time.Second); !strings.Contains(line, "station_idea") {
		t.Errorf("the log does not say what is wrong: %s", line)
	}
	h.Configure(string(good))
	h.Edit(fmt.Sprintf("fax_number %q", fax), fmt.Sprintf("fax_number %q { mailboxes = [\"new@example.com\"] }\nfax_number %q", stranger, fax))
	h.Signal(syscall.SIGHUP)
	h.Wait("the configuration is reloaded", 0, 10*time.Second)
	h.Wait("has the new configuration", 0, 10*time.Second)
	for number, k := range map[string]*talk{"the new number": call(stranger), "the old one": call(fax)} {
		if err := h.talk(t, number, k.established(imageOffer()).hangUp()); err != nil {
			t.Error(err)
		}
	}
	select {
	case err := <-done:
		t.Errorf("the call that was up has ended: %v", err)
	default:
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestDrain: after SIGTERM new calls are answered 503, the one that is up ends
// in its own time, and then the program ends. systemd hears of it.
func TestDrain(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	told := func(what string) {
		t.Helper()
		b := make([]byte, 1000)
		systemd.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, err := systemd.Read(b)
		if err != nil || !strings.Contains(string(b[:n]), what) {
			t.Errorf("systemd is told %q, %v; want %s", b[:n], err, what)
		}
	}
	h := serve(t, "127.0.0.1", "")
	told("READY=1")
	h.Signal(syscall.SIGHUP)
	told("RELOADING=1\nMONOTONIC_USEC=")
	told("READY=1")
	up := call(fax).established(imageOffer()).pause(4 * time.Second).hangUp()
	done := make(chan error, 1)
	go func() { done <- h.talk(t, "a call through the drain", up) }()
	h.Wait("T.38 is open", 0, 20*time.Second)
	h.Signal(syscall.SIGTERM)
	told("STOPPING=1")
	h.Wait("stopping", 0, 10*time.Second)
	if err := h.talk(t, "too late", call(fax).invite(imageOffer()).want(503).ackRefusal()); err != nil {
		t.Error(err)
	}
	select {
	case <-h.Exited():
		t.Error("it ended before its call")
	default:
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	select {
	case <-h.Exited():
	case <-time.After(10 * time.Second):
		t.Error("it did not end after its call")
	}
}

// TestFailover: the first server of a trunk is not there, the second is full,
// the third takes the call; a number that the dial plan refuses is not called.
func TestFailover(t *testing.T) {
	full, third := hosttest.FreePort(t), hosttest.FreePort(t)
	gone := hosttest.FreePort(t)
	h := serve(t, "127.0.0.1", fmt.Sprintf(`trunk "several" {
  server = "127.0.0.1:%d;transport=tcp"
  backup = ["127.0.0.1:%d;transport=tcp", "127.0.0.1:%d;transport=tcp"]
  options_ping = "0s"
  strip = "+"
  prefix = "00"
  deny = ["+1900*"]
  emergency = ["118999"]
}
alias "good" {
  number = "+4930123"
  trunk = "several"
}
alias "bad" {
  number = "+1900123"
  trunk = "several"
}
alias "worse" {
  number = "118999"
  trunk = "several"
}
`, gone, full, third))
	_ = dialogtest.New(t, "full", func(o *dialog.Options) {
		o.Listen = []string{fmt.Sprintf("tcp:127.0.0.1:%d", full)}
		o.Admit = func(*dialog.Request) dialog.Response { return dialog.Response{Status: 503, Reason: "Full"} }
	})
	taker := dialogtest.New(t, "third", func(o *dialog.Options) { o.Listen = []string{fmt.Sprintf("tcp:127.0.0.1:%d", third)} })
	h.mailTo(t, "good")
	c := taker.Want("the third server is called", "call INVITE")
	if got := c.Request.URI.User; got != "004930123" {
		t.Errorf("it is called for %s", got)
	}
	c.Respond(486, "")
	for _, alias := range []string{"bad", "worse"} {
		h.mailTo(t, alias)
	}
	h.Wait("the trunk's deny list has it", 0, 20*time.Second)
	h.Wait("it is an emergency number", 0, 20*time.Second)
	taker.Want("the refused call ends", "end")
	taker.Idle("nothing else was dialled")
}

// TestTLS: calls both ways over TLS, each side knowing the other by the test's
// authority; a client without a certificate is not heard.
func TestTLS(t *testing.T) {
	ca := dialogtest.NewCA(t)
	dir := t.TempDir()
	cert, key := ca.Issue("127.0.0.1")
	for name, pem := range map[string][]byte{"cert.pem": cert, "key.pem": key, "ca.pem": ca.PEM} {
		if err := os.WriteFile(filepath.Join(dir, name), pem, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	secure := hosttest.FreePort(t)
	pbx := dialogtest.New(t, "pbx", func(o *dialog.Options) { o.Listen, o.TLS = []string{"tls:127.0.0.1:0"}, ca.Config("127.0.0.1") })
	h := newHost(t)
	h.write("127.0.0.1", fmt.Sprintf("trunk \"secure\" {\n server = \"%s;transport=tls\"\n options_ping = \"1s\"\n}\nalias \"good\" {\n number = \"+1555\"\n trunk = \"secure\"\n}\n", pbx.Stack.Addr("tls")))
	h.Edit(fmt.Sprintf("sip { listen = [\"udp:127.0.0.1:%d\", \"tcp:127.0.0.1:%d\"] }", h.sip, h.sip), fmt.Sprintf(
		"sip {\n tls_certificate = %q\n tls_key = %q\n tls_ca = %q\n tls_clients = \"verify\"\n listen = [\"tls:127.0.0.1:%d\"]\n}",
		filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "ca.pem"), secure))
	h.Start()
	t.Cleanup(h.Stop)
	h.Wait("trunk=secure up=true", 0, 20*time.Second)
	uri := sip.Uri{Scheme: "sip", User: fax, Host: "127.0.0.1", Port: secure}
	uri.UriParams.Add("transport", "tls")
	offer := strings.NewReplacer("[local_ip_type]", "4", "[local_ip]", "127.0.0.1", "\n", "\r\n").Replace(imageOffer())
	pbx.Dial(uri, offer)
	if a := pbx.Want("answered", "answer 200"); !strings.Contains(string(a.Answer.Body), "m=image") {
		t.Errorf("the answer is %s", a.Answer.Body)
	}
	pbx.Leg.HangUp(dialog.HangUp{})
	pbx.Want("over", "end")
	h.mailTo(t, "good")
	pbx.Want("pagebridge calls over TLS", "call INVITE").Respond(486, "")
	bare, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", secure), &tls.Config{RootCAs: ca.Pool})
	if err == nil { // TLS 1.3: the client hears of the refusal when it reads
		defer bare.Close()
		(&wire{t, bare}).send(message("OPTIONS", "tls") + "CSeq: 1 OPTIONS\r\n" + end)
		bare.SetReadDeadline(time.Now().Add(10 * time.Second))
		if n, err := bare.Read(make([]byte, 100)); err == nil {
			t.Errorf("a client without a certificate is heard: %d octets come", n)
		}
	}
}
