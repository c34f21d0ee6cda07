package offramp

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/postfixtest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/relay"
)

// swaks hands a mail to addr and gives its transcript.
func swaks(t *testing.T, addr string, args ...string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{"--server", host, "--port", port, "--helo", "client.example.com", "--from", "ann@example.com", "--timeout", "20s"}, args...)
	cmd := exec.Command(testpeer.Command(t, "swaks", "Debian package swaks"), args...)
	out, _ := cmd.CombinedOutput() // its exit code is not 0 for a refusal
	return string(out)
}

func TestSwaks(t *testing.T) {
	tif := filepath.Join(t.TempDir(), "page.tif")
	if err := os.WriteFile(tif, []byte("II*\x00\x08\x00\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	doc := filepath.Join(t.TempDir(), "a.doc")
	if err := os.WriteFile(doc, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		args  []string
		want  string
		parts string // of what is stored
	}{
		{"a text", []string{"--to", "FAX=7001@fax.example.com", "--body", "hello"}, "250 2.0.0 queued as ID1", "text/plain: hello"},
		{"a text and a TIFF", []string{"--to", "acme@fax.example.com", "--body", "hello", "--attach-type", "image/tiff", "--attach", "@" + tif},
			"250 2.0.0 queued as ID1", "text/plain: hello\nimage/tiff page.tif: II*\x00\x08\x00\x00\x00"},
		{"pipelined", []string{"--pipeline", "--to", "acme@fax.example.com,FAX=1@fax.example.com", "--body", "hello"}, "250 2.0.0 queued as ID1", "text/plain: hello"},
		{"a document that cannot be faxed", []string{"--to", "acme@fax.example.com", "--attach-type", "application/msword", "--attach", "@" + doc},
			"554 5.6.1 a.doc (application/msword, an office document: save it as PDF and send that) cannot be faxed", ""},
		{"an unknown recipient", []string{"--to", "nobody@fax.example.com"}, "550 5.1.1", ""},
		{"a foreign domain", []string{"--to", "bob@example.org"}, "550 5.7.1 Relaying denied", ""},
		{"a bad number", []string{"--to", "FAX=abc@fax.example.com"}, "553 5.1.3", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addr, st := start(t, nil)
			out := swaks(t, addr, tt.args...)
			if !strings.Contains(out, tt.want) {
				t.Errorf("swaks did not get %q:\n%s", tt.want, out)
			}
			got := ""
			if all := st.all(); len(all) == 1 {
				parts, err := Parts(all[0].Message, PartLimits{})
				if err != nil {
					t.Fatal(err)
				}
				got = describe(parts)
			}
			if got != tt.parts {
				t.Errorf("stored: %q, want %q", got, tt.parts)
			}
		})
	}
}

func TestSTARTTLS(t *testing.T) {
	addr, st := start(t, func(o *Options) { o.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t)}} })
	const script = `
import smtplib, ssl, sys
host, port = sys.argv[1].rsplit(":", 1)
s = smtplib.SMTP(host, int(port), "client.example.com", timeout=20)
s.starttls(context=ssl._create_unverified_context())
s.sendmail("ann@example.com", ["acme@fax.example.com"], b"Subject: x\r\n\r\nhello\r\n")
s.quit()
`
	out, err := exec.Command(testpeer.Command(t, "python3", "Debian package python3"), "-c", script, addr).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all := st.all()
	if len(all) != 1 || !bytes.Contains(all[0].Message, []byte(" ESMTPS")) {
		t.Errorf("stored %d mails, the first without ESMTPS", len(all))
	}
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"fax.example.com"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A real mail server in front, as in an office: it speaks CHUNKING and DSN,
// keeps the sender's parameters, and tells the sender what we refuse.
func TestBehindPostfix(t *testing.T) {
	addr, st := start(t, nil)
	p := postfixtest.Start(t, postfixtest.Options{Transports: map[string]string{"fax.example.com": addr}})
	text := strings.Repeat("A line of a long text.\n", 1000)
	r, err := relay.New(relay.Options{Server: p.Addr, Hostname: "client.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	err = r.Send(t.Context(), relay.Envelope{
		From: "ann@example.com", To: []string{"FAX=7001@fax.example.com"},
		EnvelopeID: "Q+7", Full: true, Notify: mailbridge.NotifyFailure,
	}, []byte("Subject: x\r\n\r\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	var got []mailbridge.Submission
	for end := time.Now().Add(20 * time.Second); len(got) == 0; {
		if time.Now().After(end) {
			t.Fatalf("the mail did not come through Postfix:\n%s", p.Log())
		}
		time.Sleep(20 * time.Millisecond)
		got = st.all()
	}
	s := got[0]
	if s.ReturnPath != "ann@example.com" || s.EnvelopeID != "Q+7" || !s.ReturnFull ||
		s.Recipients[0].OriginalRcpt != "rfc822;FAX=7001@fax.example.com" || s.Recipients[0].Notify != mailbridge.NotifyFailure {
		t.Errorf("the envelope is %q %q %v, %+v", s.ReturnPath, s.EnvelopeID, s.ReturnFull, s.Recipients)
	}
	if !strings.Contains(string(s.Message), "\r\nA line of a long text.\r\n") {
		t.Errorf("the message is\n%.1000s", s.Message)
	}

	swaks(t, p.Addr, "--to", "nobody@fax.example.com", "--body", "x")
	bounce := p.Wait(t, "ann@example.com", 1)[0]
	if !bytes.Contains(bytes.ReplaceAll(bounce, []byte("\n"), []byte(" ")), []byte("neither an alias nor a fax number here")) {
		t.Errorf("Postfix's report does not repeat our reason:\n%s", bounce)
	}
}
