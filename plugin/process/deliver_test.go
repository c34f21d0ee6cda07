package process

import (
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/plugin/config"
)

// What the calling machine says of its sub-address, and when, chooses the
// mailboxes.
func TestNumberDelivers(t *testing.T) {
	cfg, err := config.Parse([]byte(`
		trunk "pbx" { server = "127.0.0.1:5070" }
		spool { path = "/tmp/spool" }
		fax_number "+15551230000" {
			mailboxes = ["office@example.com"]
			time_zone = "UTC"
			deliver {
				subaddress = ["12"]
				mailboxes = ["sales@example.com", "archive@example.com"]
				fan_out = "one"
			}
			deliver {
				hours = "18:00-08:00"
				mailboxes = ["night@example.com", "guard@example.com"]
			}
		}
		mail {
			hostname = "fax.example.com"
			relay { server = "127.0.0.1:25" }
		}`), "deliver.hcl")
	if err != nil {
		t.Fatal(err)
	}
	n, ok := number(cfg.FaxNumbers, "15551230000")
	if !ok || n.Deliver == nil {
		t.Fatal("the number is not ours")
	}
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		fax  mailbridge.Received
		want string
	}{
		{mailbridge.Received{Started: noon}, "office@example.com"},
		{mailbridge.Received{Started: noon, Subaddress: "12"}, "sales@example.com, archive@example.com"},
		{mailbridge.Received{Started: noon.Add(10 * time.Hour)}, "night@example.com|guard@example.com"},
	} {
		if got := strings.Join(n.Deliver(c.fax), "|"); got != c.want {
			t.Errorf("%+v goes to %s", c.fax, got)
		}
	}
}

// A reply to a fax's mail can be faxed back.
func TestCallerDomain(t *testing.T) {
	file := func(domain string) []byte {
		return []byte(`
			trunk "pbx" { server = "127.0.0.1:5070" }
			spool { path = "/tmp/spool" }
			mail {
				hostname = "fax.example.com"
				caller_domain = "` + domain + `"
				relay { server = "127.0.0.1:25" }
			}`)
	}
	cfg, err := config.Parse(file("fax.example.com"), "c.hcl")
	if err != nil {
		t.Fatal(err)
	}
	if o := onrampOptions(cfg.Mail, nil); o.CallerDomain != "fax.example.com" {
		t.Errorf("%+v", o)
	}
	if _, err := config.Parse(file("fax example"), "c.hcl"); err == nil || !strings.Contains(err.Error(), "is not a domain") {
		t.Errorf("%v", err)
	}
}
