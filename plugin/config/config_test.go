package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const small = `
trunk "pbx" {
  server = "127.0.0.1:5070"
}
fax_number "+15551230000" {
  mailboxes = ["office@example.com"]
}
mail {
  hostname = "fax.example.com"
  relay { server = "127.0.0.1:25" }
}
spool { path = "/tmp/spool" }
`

func TestSmallConfigurationHasDefaults(t *testing.T) {
	c, err := Parse([]byte(small), "small.hcl")
	if err != nil {
		t.Fatal(err)
	}
	trunk := c.Trunk("")
	if trunk == nil || trunk.Name != "pbx" || trunk.ErrorCorrection != "redundancy" || *trunk.Redundancy != 3 || trunk.ReinviteDelay != 8*time.Second {
		t.Errorf("trunk: %+v", trunk)
	}
	if c.Mail.From != "fax@fax.example.com" || c.Mail.Relay.TLS != "opportunistic" {
		t.Errorf("mail: %+v %+v", c.Mail, c.Mail.Relay)
	}
	if c.Media.PortMin != 40000 || len(c.SIP.Listen) != 2 || c.Fax.MaxRate != 14400 || c.Spool.MaxAttempts != 6 {
		t.Errorf("%+v %+v %+v %+v", c.Media, c.SIP, c.Fax, c.Spool)
	}
}

func TestEveryMistakeIsReportedWithItsLine(t *testing.T) {
	file := `sip {
  listen = ["udp:127.0.0.1:5060", "sctp:127.0.0.1:5060"]
  default_route = "pxb"
}
media {
  address = "0.0.0.0"
  ports = "40000"
}
trunk "pbx" {
  server = "127.0.0.1:5070"
  redundancy = 9
  frobnicate = true
}
trunk "pbx" {
  server = "127.0.0.1:5080"
}
fax_number "123x" {
  mailboxes = ["nobody"]
}
alias "acme" {
  trunk = "none"
}
mial {
}
spool {
  path = "/tmp/x"
  retry_delays = ["soon"]
}
`
	_, err := Parse([]byte(file), "five.hcl")
	var list *Error
	if !errors.As(err, &list) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		`five.hcl:2: "sctp:127.0.0.1:5060" has no known transport`,
		`five.hcl:3: there is no trunk "pxb". Trunks in this file: pbx, pbx`,
		`five.hcl:6: 0.0.0.0 is no address that a peer can send to`,
		`five.hcl:7: "40000" is not a range of at least two ports`,
		`five.hcl:11: redundancy cannot be 9`,
		`five.hcl:12: Unsupported argument`,
		`five.hcl:14: trunk pbx stands here a second time. The first one is at line 9.`,
		`five.hcl:17: "123x" is not a number`,
		`five.hcl:18: "nobody" is not a mail address`,
		`five.hcl:20: alias "acme" has no number`,
		`five.hcl:21: there is no trunk "none"`,
		`five.hcl:23: unknown block "mial"`,
		`five.hcl:27: "soon" is not a time`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	last := 0
	for _, m := range list.Mistakes {
		if m.Line < last {
			t.Errorf("line %d is reported after line %d", m.Line, last)
		}
		last = m.Line
	}
	if t.Failed() {
		t.Logf("got:\n%v", err)
	}
}

func TestSecretsComeFromEnvironmentAndFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PB_TEST_SECRET", "from env")
	c, err := Parse([]byte(`
trunk "a" {
  server   = "192.0.2.1"
  username = "u"
  password = env("PB_TEST_SECRET")
}
trunk "b" {
  server   = "192.0.2.2"
  username = "u"
  password = file("secret")
}
`), filepath.Join(dir, "c.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := c.Trunk("a").Password, c.Trunk("b").Password; a != "from env" || b != "from file" {
		t.Errorf("%q, %q", a, b)
	}
	_, err = Parse([]byte("trunk \"a\" {\n  server = \"192.0.2.1\"\n  password = env(\"PB_NOT_SET\")\n}\n"), "c.hcl")
	if err == nil || !strings.Contains(err.Error(), "c.hcl:3") || !strings.Contains(err.Error(), "PB_NOT_SET") {
		t.Errorf("a secret that is not there: %v", err)
	}
	var list *Error
	if errors.As(err, &list) && len(list.Mistakes) != 1 {
		t.Errorf("one mistake becomes %d:\n%v", len(list.Mistakes), err)
	}
}

func TestExampleIsAcceptedAndUpToDate(t *testing.T) {
	if _, err := Parse([]byte(Example()), "example.hcl"); err != nil {
		t.Errorf("the example is wrong:\n%v", err)
	}
	b, err := os.ReadFile("../../examples/pagebridge.hcl")
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != Example() {
		t.Error("examples/pagebridge.hcl is out of date: go generate ./plugin/config")
	}
}

func TestLoadOfMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.hcl"))
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "none.hcl") {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(Example()))
	f.Add([]byte(`trunk { server = file("/") }`))
	f.Add([]byte("mail { relay { } relay { } }\nspool \"x\" {}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b, "fuzz.hcl")
		if (c == nil) == (err == nil) {
			t.Fatalf("configuration %v with error %v", c, err)
		}
	})
}
