package mailbridge_test

import (
	"context"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/mailcatcher"
	"github.com/pagebridge/pagebridge/internal/postfixtest"
)

// TestPostfixExample gives a Postfix what examples/postfix says: mail for the fax
// domain comes to where pagebridge listens, other mail does not.
func TestPostfixExample(t *testing.T) {
	door, err := mailcatcher.Start("127.0.0.1:0", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer door.Close()
	_, port, _ := strings.Cut(door.Addr(), ":")
	transport := filepath.Join(t.TempDir(), "transport")
	if err := os.WriteFile(transport, []byte(example(t, "pagebridge-transport", ":2525", ":"+port)), 0o644); err != nil {
		t.Fatal(err)
	}
	for d := filepath.Dir(transport); d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil { // Postfix reads it as its own user
			t.Fatal(err)
		}
	}
	lines := strings.Split(example(t, "main.cf", "/etc/postfix/pagebridge-transport", transport), "\n")
	mta := postfixtest.Start(t, postfixtest.Options{Main: lines})
	err = smtp.SendMail(mta.Addr, nil, "ann@example.com", []string{"FAX=+15551234567@fax.example.com", "office@example.com"},
		[]byte("Subject: both\r\n\r\nPlease.\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := door.Next(ctx, "FAX=+15551234567@fax.example.com"); err != nil {
		t.Errorf("%v\n%s", err, mta.Log())
	}
	mta.Wait(t, "office@example.com", 1)
	if more := door.Mails(); len(more) != 0 {
		t.Errorf("%d more mails came, to %s", len(more), more[0].To)
	}
}

// example is the text of a file of examples/postfix with one thing changed, which
// must be there.
func example(t *testing.T, name, old, with string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "examples", "postfix", name))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		t.Fatalf("%s has no %s", name, old)
	}
	return strings.ReplaceAll(string(b), old, with)
}
