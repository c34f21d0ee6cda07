package report

import (
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/mailcheck"
)

// The golden form of the part that programs read.
func TestReceipt(t *testing.T) {
	r := delivered()
	r.Receipt = true
	b := compose(t, r)
	m := mailcheck.Python(t, b)
	if m.Type != "multipart/report" || m.Param("report-type") != "disposition-notification" || len(m.Parts) != 3 || m.Parts[2].Type != "text/rfc822-headers" {
		t.Fatalf("the receipt is a %s of %d parts", m.Type, len(m.Parts))
	}
	for name, want := range map[string]string{
		"From": "FAX=+15551234567@fax.example.com", "To": "ann@example.com", "Auto-Submitted": "auto-replied", "In-Reply-To": "<m1@example.com>",
	} {
		if got := m.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	const fields = `Reporting-UA: fax.example.com; Fax gateway
MDN-Gateway: dns; fax.example.com
Original-Recipient: rfc822; acme@example.com
Final-Recipient: rfc822; FAX=+15551234567@fax.example.com
Original-Message-ID: <m1@example.com>
Disposition: automatic-action/MDN-sent-automatically; dispatched
X-Fax-Job: J7K2QM
X-Fax-Number: +15551234567
X-Fax-Pages: 3 of 3
X-Fax-Attempts: 1
X-Fax-Rate: 14400
X-Fax-Duration: 92
`
	o := options
	o.withDefaults()
	if got := disposition(r, o); string(got) != strings.ReplaceAll(fields, "\n", "\r\n") {
		t.Errorf("the fields are\n%s", got)
	}
	got, err := Replies(b, "")
	want := mailbridge.Reply{Recipient: "acme@example.com", Kind: mailbridge.ReplyDispatched, Said: "automatic-action/MDN-sent-automatically"}
	if err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("read back: %+v, %v", got, err)
	}
	dsn := compose(t, delivered())
	if mailcheck.Python(t, dsn).Get("Message-ID") == m.Get("Message-ID") {
		t.Error("report and receipt have one Message-ID")
	}
}
