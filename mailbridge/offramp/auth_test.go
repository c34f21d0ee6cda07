package offramp

import (
	"crypto/tls"
	"errors"
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// withUsers is a server that takes mail from elsewhere with a password only.
func withUsers(t *testing.T) (string, *store) {
	return start(t, func(o *Options) {
		o.AllowedClients = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		o.Users = map[string]string{"office": "correct horse", "": ""}
		o.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	})
}

func codeOf(err error) int {
	var e *smtp.SMTPError
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func TestPasswords(t *testing.T) {
	addr, st := withUsers(t)
	dial := func() *smtp.Client {
		c, err := smtp.DialStartTLS(addr, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	c := dial()
	if err := c.Mail("a@example.com", nil); codeOf(err) != 550 {
		t.Errorf("without a password: %v", err)
	}
	for _, wrong := range [][2]string{{"office", "wrong horse"}, {"", ""}, {"nobody", "correct horse"}} {
		if err := c.Auth(sasl.NewPlainClient("", wrong[0], wrong[1])); codeOf(err) != 535 {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if err := c.Auth(sasl.NewPlainClient("", "office", "correct horse")); codeOf(err) != 421 {
		t.Errorf("after three wrong passwords: %v", err)
	}
	c = dial()
	if err := c.Auth(sasl.NewPlainClient("", "office", "correct horse")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it holds for the whole connection
		if err := c.SendMail("a@example.com", []string{"acme@fax.example.com"}, strings.NewReader("Subject: x\r\n\r\nhello\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(st.all()); n != 2 {
		t.Errorf("%d mails were taken", n)
	}
}

// Before STARTTLS there is no AUTH, neither offered nor taken.
func TestNoPasswordsInClear(t *testing.T) {
	addr, _ := withUsers(t)
	c, err := smtp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if ok, _ := c.Extension("AUTH"); ok {
		t.Error("AUTH is offered in clear")
	}
	if err := c.Auth(sasl.NewPlainClient("", "office", "correct horse")); err == nil {
		t.Error("a password is taken in clear")
	}
}

// swaks is a client that nobody here wrote.
func TestSwaksAuthenticates(t *testing.T) {
	swaks := testpeer.Command(t, "swaks", "package swaks")
	addr, st := withUsers(t)
	for password, code := range map[string]string{"correct horse": "235", "wrong": "535"} {
		out, err := exec.Command(swaks, "--server", addr, "--tls", "--auth", "PLAIN", "--auth-user", "office", "--auth-password", password,
			"--from", "a@example.com", "--to", "acme@fax.example.com", "--body", "hello").CombinedOutput()
		if strings.Contains(string(out), "Net::SSLeay") {
			testpeer.Missing(t, "TLS for swaks (package libnet-ssleay-perl)")
		}
		if !strings.Contains(string(out), " "+code+" ") || (err == nil) != (code == "235") {
			t.Errorf("%q: %v\n%s", password, err, out)
		}
	}
	if n := len(st.all()); n != 1 {
		t.Errorf("%d mails were taken", n)
	}
}
