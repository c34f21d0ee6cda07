package sender

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
)

// zone is a resolver that knows what it is told. A TXT of "!" does not answer.
type zone map[string]string

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	switch v, ok := z[strings.TrimSuffix(name, ".")]; {
	case v == "!":
		return nil, &net.DNSError{Err: "timeout", Name: name, IsTimeout: true, IsTemporary: true}
	case ok:
		return []string{v}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}
func (z zone) LookupMX(context.Context, string) ([]*net.MX, error) { return nil, nil }
func (z zone) LookupIPAddr(context.Context, string) ([]net.IPAddr, error) {
	return nil, nil
}
func (z zone) LookupAddr(context.Context, string) ([]string, error) { return nil, nil }

var key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

func keyRecord() string {
	return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
}

// sign signs a message as that domain.
func sign(t testing.TB, domain, message string) []byte {
	t.Helper()
	var out bytes.Buffer
	err := dkim.Sign(&out, strings.NewReader(strings.ReplaceAll(message, "\n", "\r\n")), &dkim.SignOptions{
		Domain: domain, Selector: "s1", Signer: key, HeaderKeys: []string{"From", "To", "Cc", "Subject"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSPF(t *testing.T) {
	c := &Checker{Resolver: zone{
		"example.com": "v=spf1 ip4:198.51.100.7 ip6:2001:db8::/32 -all", "soft.example": "v=spf1 ~all",
		"bad.example": "v=spf1 nonsense:x", "slow.example": "!",
	}}
	for _, tt := range []struct {
		client, from string
		want         Result
	}{
		{"198.51.100.7", "ann@example.com", Pass}, {"2001:db8::1", "ann@example.com", Pass},
		{"198.51.100.8", "ann@example.com", Fail}, {"198.51.100.8", "ann@soft.example", Unknown},
		{"198.51.100.8", "ann@bad.example", Unknown}, {"198.51.100.8", "ann@none.example", Unknown},
		{"198.51.100.8", "ann@slow.example", TempError}, {"198.51.100.7", "", Unknown},
		{"127.0.0.1", "ann@example.com", Unknown}, {"10.0.0.1", "ann@example.com", Unknown},
	} {
		if got := c.SPF(t.Context(), netip.MustParseAddr(tt.client), "c.example.com", tt.from); got != tt.want {
			t.Errorf("%s for <%s>: %v, want %v", tt.client, tt.from, got, tt.want)
		}
	}
	if got := c.SPF(t.Context(), netip.Addr{}, "c", "ann@example.com"); got != Unknown {
		t.Errorf("no address: %v", got)
	}
}

const plain = "From: Ann <ann@example.com>\nTo: acme@fax.example.net\nSubject: x\n\nhello\n"

func TestAuthor(t *testing.T) {
	z := zone{"s1._domainkey.example.com": keyRecord(), "s1._domainkey.mail.example.com": keyRecord(), "s1._domainkey.evil.example": keyRecord(),
		"s1._domainkey.strict.example": keyRecord(), "s1._domainkey.sub.strict.example": keyRecord(), "_dmarc.strict.example": "v=DMARC1; p=none; adkim=s; aspf=s",
		"s1._domainkey.slow.example": "!", "_dmarc.wait.example": "!"}
	c := &Checker{Resolver: z}
	strict := strings.Replace(plain, "@example.com", "@strict.example", 1)
	for _, tt := range []struct {
		name, spf string
		message   []byte
		by, why   string // why is the status of what is refused
	}{
		{"signed", "", sign(t, "example.com", plain), "DKIM", ""},
		{"signed by a part of the organization", "", sign(t, "mail.example.com", plain), "DKIM", ""},
		{"SPF for the author's domain", "example.com", []byte(plain), "SPF", ""},
		{"SPF for another", "evil.example", []byte(plain), "", "7.20"},
		{"no proof", "", []byte(plain), "", "7.20"},
		{"signed by another", "", sign(t, "evil.example", plain), "", "7.22"},
		{"the body changed", "", bytes.Replace(sign(t, "example.com", plain), []byte("hello"), []byte("jello"), 1), "", "7.20"},
		{"the author changed", "", bytes.Replace(sign(t, "example.com", plain), []byte("ann@"), []byte("bob@"), 1), "", "7.20"},
		{"a second From", "", append([]byte("From: bob@example.com\r\n"), sign(t, "example.com", plain)...), "", "7.1"},
		{"strict, exact", "", sign(t, "strict.example", strict), "DKIM", ""},
		{"strict, not exact", "", sign(t, "sub.strict.example", strict), "", "7.22"},
		{"strict, SPF not exact", "sub.strict.example", []byte(strict), "", "7.20"},
		{"the key does not come", "", sign(t, "slow.example", strings.Replace(plain, "@example.com", "@slow.example", 1)), "", "4 7.20"},
		{"the record does not come", "", []byte(strings.Replace(plain, "@example.com", "@wait.example", 1)), "", "4 7.26"},
		{"two authors", "", sign(t, "example.com", strings.Replace(plain, "<ann@example.com>", "<ann@example.com>, b@example.com", 1)), "", "7.1"},
		{"no header", "", []byte("\r\nhello"), "", "7.1"},
		{"a public suffix is no organization", "", sign(t, "evil.example", strings.Replace(plain, "@example.com", "@other.example", 1)), "", "7.22"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := c.Author(t.Context(), tt.message, tt.spf)
			var u *Unproved
			got := ""
			if errors.As(err, &u) {
				got = u.Status
				if u.Temporary {
					got = "4 " + got
				}
			}
			if a.By != tt.by || got != tt.why || err == nil && a.Address == "" {
				t.Errorf("%+v, %v (%s)", a, err, got)
			}
		})
	}
}

// What is signed for one number must not fax to another.
func TestAddressed(t *testing.T) {
	c := &Checker{Resolver: zone{"s1._domainkey.example.com": keyRecord()}}
	m := sign(t, "example.com", plain)
	a, err := c.Author(t.Context(), m, "")
	if err != nil || len(a.Addressed) != 1 || a.Addressed[0] != "acme@fax.example.net" {
		t.Errorf("%+v, %v", a, err)
	}
	a, err = c.Author(t.Context(), append([]byte("To: other@fax.example.net\r\n"), m...), "")
	if err != nil || len(a.Addressed) != 0 {
		t.Errorf("with a second To: %+v, %v", a, err)
	}
}

func TestMatches(t *testing.T) {
	list := []string{"ann@example.com", "*@Example.ORG"}
	for address, want := range map[string]bool{
		"ann@example.com": true, "Ann@Example.com": true, "bob@example.com": false, "x@example.org": true,
		"x@sub.example.org": false, "x@notexample.org": false, "": false, "*@example.org": true, "ann": false,
		"ann@example.com@evil.example": false,
	} {
		if got := Matches(list, address); got != want {
			t.Errorf("%q: %t", address, got)
		}
	}
}

func FuzzAuthor(f *testing.F) {
	f.Add(sign(f, "example.com", plain))
	f.Add([]byte("From: a@b\r\nDKIM-Signature: v=1; a=rsa-sha256; d=b; s=s; h=from; bh=; b=\r\n\r\n"))
	f.Add([]byte("From: =?x?q?=\r\n"))
	c := &Checker{Resolver: zone{"s1._domainkey.example.com": keyRecord()}}
	f.Fuzz(func(t *testing.T, message []byte) {
		a, err := c.Author(t.Context(), message, "")
		if err == nil && (a.By != "DKIM" || domainOf(a.Address) != "example.com") {
			t.Fatalf("%+v is proved by %q", a, message)
		}
	})
}
