package process

import (
	"bytes"
	"net/smtp"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
)

// TestRefurnish changes the configuration of a plugin that runs: the mail door has
// other rules at once, a mistake changes nothing, and what the spool was opened
// with needs a start.
func TestRefurnish(t *testing.T) {
	addr := freeAddr(t)
	first := configuration(t, addr)
	s := newServer(t)
	configure := func(text []byte) *faxv1.ConfigureResponse {
		t.Helper()
		answer, err := s.Configure(t.Context(), &faxv1.ConfigureRequest{Filename: "x.hcl", Config: text})
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	mail := func(to string) error {
		return smtp.SendMail(addr, nil, "worker@example.com", []string{to}, []byte("Subject: x\r\n\r\nHello\r\n"))
	}
	edited := func(old, new string) []byte { return bytes.Replace(first, []byte(old), []byte(new), 1) }

	configure(first)
	if err := mail("FAX=+15551234567@other.example.com"); err == nil {
		t.Error("mail for a domain that is not ours is taken")
	}
	if a := configure(edited(`["fax.example.com"]`, `["fax.example.com", "other.example.com"]`)); len(a.Diagnostics)+len(a.NeedsStart) > 0 {
		t.Fatalf("a new domain: %v", a)
	}
	if err := mail("FAX=+15551234567@other.example.com"); err != nil {
		t.Errorf("mail for the new domain: %v", err)
	}
	taken := edited(addr, "192.0.2.1:25") // none of this machine's
	if a := configure(taken); len(a.Diagnostics) != 1 || !strings.Contains(a.Diagnostics[0].Summary, "192.0.2.1:25") {
		t.Errorf("a mail door that cannot be opened: %v", a)
	}
	if err := mail("FAX=+15551234567@other.example.com"); err != nil {
		t.Errorf("the door before is not there again: %v", err)
	}
	if a := configure(edited("spool {", "spool {\n calls = 3\n")); len(a.Diagnostics) > 0 || len(a.NeedsStart) != 1 || a.NeedsStart[0] != "spool.calls" {
		t.Errorf("another number of calls at once: %v", a)
	}
}
