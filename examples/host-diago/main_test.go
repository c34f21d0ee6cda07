package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/asterisktest"
	"github.com/pagebridge/pagebridge/internal/postfixtest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// TestFaxesWithAsterisk receives a fax from Asterisk and sends one to it, in a
// SIP server that nobody of this project wrote.
func TestFaxesWithAsterisk(t *testing.T) {
	page := testpeer.Shared(t, "peers", "asterisk", "tiff", "one-page.tif")
	sip, smtp := freePort(t), freePort(t)
	pbx := asterisktest.Start(t, sip)
	mta := postfixtest.Start(t, postfixtest.Options{})
	start(t, sip, pbx.Address(asterisktest.Redundancy), fmt.Sprintf(`
media { address = "127.0.0.1" }
trunk "pbx" { server = %q }
fax_number "15551230000" { mailboxes = ["office@example.com"] }
mail {
  listen        = "127.0.0.1:%d"
  domains       = ["fax.example.com"]
  allow_clients = ["127.0.0.1"]
  relay { server = %q }
}
spool { path = %q }
`, pbx.Address(asterisktest.Redundancy), smtp, mta.Addr, filepath.Join(t.TempDir(), "spool")))

	if line, err := pbx.Send(page, "15551230000", "-t", "120"); err != nil || !strings.Contains(line, "mode=T38") {
		t.Fatalf("Asterisk sends: %s", line)
	}
	if line, err := pbx.Send(page, "15551230000", "-t", "120", "-o", "f"); err != nil || !strings.Contains(line, "mode=T38") {
		t.Fatalf("Asterisk sends and leaves T.38 to us: %s", line)
	}
	wait(t, "two mails with the faxes", func() bool {
		mails := mta.Mails(t, "office@example.com")
		for _, m := range mails {
			if !bytes.Contains(m, []byte("image/tiff")) {
				t.Fatalf("a mail without a TIFF:\n%s", m)
			}
		}
		return len(mails) == 2
	})

	swaks := exec.Command(testpeer.Command(t, "swaks", "Debian package swaks"), "--server", fmt.Sprintf("127.0.0.1:%d", smtp),
		"--from", "worker@example.com", "--to", "FAX=7001@fax.example.com", "--attach-type", "image/tiff", "--attach", "@"+page)
	if out, err := swaks.CombinedOutput(); err != nil {
		t.Fatalf("the mail was not taken:\n%s", out)
	}
	wait(t, "the report on the fax", func() bool { return len(mta.Mails(t, "worker@example.com")) == 1 })
	if dsn := mta.Mails(t, "worker@example.com")[0]; !bytes.Contains(dsn, []byte("Action: delivered")) {
		t.Errorf("the report says\n%s", dsn)
	}
	if files := pbx.Received(t, "7001"); len(files) != 1 {
		t.Errorf("Asterisk has %v", files)
	}
}

// start runs the server with a plugin built from this checkout.
func start(t *testing.T, port int, trunk, config string) {
	t.Helper()
	dir := t.TempDir()
	plugin, file := filepath.Join(dir, "pagebridge-plugin"), filepath.Join(dir, "pagebridge.hcl")
	build := exec.Command("go", "build", "-o", plugin, "./plugin/cmd/pagebridge-plugin")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the plugin: %v\n%s", err, out)
	}
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	up, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- run(ctx, fmt.Sprintf("127.0.0.1:%d", port), trunk, plugin, file, func() { close(up) })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	select {
	case <-up:
	case err := <-done:
		done <- err
		t.Fatalf("the server did not start: %v", err)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	for port := 12100 + os.Getpid()%500; port < 16000; port++ {
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		l.Close()
		if p, err := net.ListenPacket("udp", addr); err == nil {
			p.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(150 * time.Second); !done(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%s: they did not come", what)
		}
	}
}
