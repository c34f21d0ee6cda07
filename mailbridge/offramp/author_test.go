package offramp

import (
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

func TestAuthor(t *testing.T) {
	for _, c := range []struct{ header, sender, zone string }{
		{"From: Ann <ann@example.com>\nDate: Mon, 23 Nov 2026 18:20:00 +0900\n", "Ann", "+0900"},
		{"From: =?utf-8?q?M=C3=BCller?= <m@example.com>\n", "Müller", ""},
		{"From: bob@example.com\nDate: nonsense\n", "bob@example.com", ""},
		{"From: \n", "env@example.com", ""},
		{"From: " + strings.Repeat("x", 200) + " <a@b>\n", strings.Repeat("x", maxAuthor), ""},
		{"Date: Mon, 23 Nov 2026 18:20:00 GMT\n", "env@example.com", "+0000"},
	} {
		h, _ := imf.Split(crlf(c.header + "\n"))
		if sender, zone := author(h, "env@example.com"); sender != c.sender || zone != c.zone {
			t.Errorf("%q: %q, %q", c.header, sender, zone)
		}
	}
}
