package config

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// relayBlock is a small file whose relay block has these lines only.
func relayBlock(lines string) []byte {
	return []byte(strings.Replace(small, `relay { server = "127.0.0.1:25" }`, "relay {\n"+lines+"\n}", 1))
}

func TestOutgoing(t *testing.T) {
	dir := t.TempDir()
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(filepath.Join(dir, "dkim.pem"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Parse(relayBlock("dkim_domain = \"example.com\"\n dkim_selector = \"fax\"\n dkim_key = \"dkim.pem\"\n delay_report = \"0s\""), filepath.Join(dir, "c.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Mail.Relay.DKIM; d == nil || d.Domain != "example.com" || !key.Equal(d.Key) || c.Mail.Relay.DelayAfter >= 0 {
		t.Errorf("%+v", c.Mail.Relay)
	}
	c, err = Parse(relayBlock(""), "c.hcl")
	if err != nil || c.Mail.Relay.Server != "" || c.Mail.Relay.DelayAfter != 30*time.Minute || c.Mail.Relay.DKIM != nil {
		t.Errorf("a relay block for MX gives %+v, %v", c.Mail.Relay, err)
	}
}

func TestReplyDomain(t *testing.T) {
	door := strings.NewReplacer("mail {", "mail {\n  listen = \"127.0.0.1:2525\"\n  domains = [\"fax.example.com\"]")
	elsewhere := strings.NewReplacer("mail {", "mail {\n  from = \"fax@example.com\"")
	for _, c := range []struct{ file, want string }{
		{door.Replace(string(relayBlock(""))), "fax.example.com"},
		{door.Replace(string(relayBlock(`reply_domain = "none"`))), ""},
		{door.Replace(string(relayBlock(`reply_domain = "FAX.example.com"`))), "FAX.example.com"},
		{elsewhere.Replace(door.Replace(string(relayBlock("")))), ""},
		{string(relayBlock("")), ""},
	} {
		got, err := Parse([]byte(c.file), "c.hcl")
		if err != nil {
			t.Errorf("%v\n%s", err, c.file)
		} else if got.Mail.Relay.Replies != c.want {
			t.Errorf("%q, want %q from\n%s", got.Mail.Relay.Replies, c.want, c.file)
		}
	}
	wrong := door.Replace(string(relayBlock(`reply_domain = "x.example"`)))
	if _, err := Parse([]byte(wrong), "c.hcl"); err == nil || !strings.Contains(err.Error(), "is not one of domains") {
		t.Errorf("a strange domain: %v", err)
	}
}

func TestOutgoingMistakes(t *testing.T) {
	for lines, want := range map[string]string{
		`username = "x"`:             "none is named",
		`postmaster = "nobody"`:      "is not a mail address",
		`reply_domain = "x.example"`: "no mail is listened for",
		`dkim_domain = "x.example"`:  "a domain, a selector and a key",
		"dkim_domain = \"x\"\n dkim_selector = \"s\"\n dkim_key = \"/no/such.pem\"": "such.pem",
		`delay_report = "soon"`: "is not a time",
	} {
		_, err := Parse(relayBlock(lines), "mail.hcl")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "mail.hcl:") {
			t.Errorf("%s: %v", lines, err)
		}
	}
}
