package offramp

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/pagebridge/pagebridge/internal/postfixtest"
	"github.com/pagebridge/pagebridge/mailbridge"
)

// withLMTP is a server that also takes mail by LMTP on a socket that everybody
// may write to, and gives that socket's path.
func withLMTP(t *testing.T) (path string, st *store) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "lmtp")
	_, st = startServer(t, func(o *Options) { o.LMTP = "unix:" + path })
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket's file: %v, %v", info, err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	return path, st
}

// Each recipient has its own reply after the dot (RFC 2033 4.2).
func TestLMTP(t *testing.T) {
	path, st := withLMTP(t)
	nc, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	talk(t, nc, `
		220
		> EHLO c
		500 5.5.1
		> LHLO c
		250
		> MAIL FROM:<a@example.com>
		250
		> RCPT TO:<acme@fax.example.com>
		250
		> RCPT TO:<nobody@fax.example.com>
		550 5.1.1
		> RCPT TO:<FAX=1@fax.example.com>
		250
		> DATA
		354
		>
		> text
		> .
		250 2.0.0 <acme@fax.example.com> queued as ID1
		250 2.0.0 <FAX=1@fax.example.com> queued as ID1
		> QUIT
		221`)
	if all := st.all(); len(all) != 1 || len(all[0].Recipients) != 2 || !bytes.Contains(all[0].Message, []byte(" with LMTP")) {
		t.Errorf("stored: %+v", all)
	}
}

func TestAbandonedSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lmtp")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := listenLMTP("unix:" + path); err == nil {
		t.Fatal("a socket that is served was taken away")
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	l, err = listenLMTP("unix:" + path)
	if err != nil {
		t.Fatalf("a socket that a killed server left: %v", err)
	}
	l.Close()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listenLMTP("unix:" + path); err == nil {
		t.Error("a file that is no socket was taken away")
	}
}

// Postfix of this machine hands mail in by its lmtp transport.
func TestPostfixSpeaksLMTP(t *testing.T) {
	path, st := withLMTP(t)
	for d := filepath.Dir(path); d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		os.Chmod(d, 0o755) // of the testing package, for this user alone
	}
	p := postfixtest.Start(t, postfixtest.Options{Main: []string{"relay_transport = lmtp:unix:" + path, "transport_maps = inline:{fax.example.com=lmtp:unix:" + path + "}"}})
	c, err := smtp.Dial(p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	to := []string{"acme@fax.example.com", "FAX=7001@fax.example.com", "nobody@fax.example.com"}
	if err := c.SendMail("ann@example.com", to, strings.NewReader("Subject: x\r\n\r\nhello\r\n")); err != nil {
		t.Fatal(err)
	}
	var got []mailbridge.Submission
	for end := time.Now().Add(20 * time.Second); len(got) == 0; {
		if time.Now().After(end) {
			t.Fatalf("the mail did not come:\n%s", p.Log())
		}
		time.Sleep(20 * time.Millisecond)
		got = st.all()
	}
	if n := len(got[0].Recipients); n != 2 {
		t.Errorf("%d recipients: %+v", n, got[0].Recipients)
	}
	bounce := p.Wait(t, "ann@example.com", 1)[0]
	if !bytes.Contains(bytes.ReplaceAll(bounce, []byte("\n"), []byte(" ")), []byte("neither an alias nor a fax number here")) || bytes.Contains(bounce, []byte("7001@fax.example.com>:")) {
		t.Errorf("the report is of others, too:\n%s", bounce)
	}
}
