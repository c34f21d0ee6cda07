package offramp

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-smtp"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/sender"
)

// zone is a resolver that knows the TXT records that it is told.
type zone map[string]string

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	if v, ok := z[strings.TrimSuffix(name, ".")]; ok {
		return []string{v}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}
func (zone) LookupMX(context.Context, string) ([]*net.MX, error)        { return nil, nil }
func (zone) LookupIPAddr(context.Context, string) ([]net.IPAddr, error) { return nil, nil }
func (zone) LookupAddr(context.Context, string) ([]string, error)       { return nil, nil }

var signer = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))

func signed(t *testing.T, domain, message string) string {
	t.Helper()
	var out bytes.Buffer
	err := dkim.Sign(&out, strings.NewReader(message), &dkim.SignOptions{Domain: domain, Selector: "s", Signer: signer, HeaderKeys: []string{"From", "To", "Subject"}})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// elsewhere is a network that the tests are not in.
var elsewhere = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}

// national allows numbers of one country only, and the alias acme.
func national(local string, d mailbridge.Destination) bool {
	return d.Alias == "acme" || strings.HasPrefix(d.Number, "49")
}

func TestVerifiedSenders(t *testing.T) {
	addr, st := start(t, func(o *Options) {
		o.AllowedClients = elsewhere
		o.Senders = []Sender{{Name: "partners", Verified: []string{"ann@example.com", "*@example.org"}, Allows: national}}
		o.Verify = &sender.Checker{Resolver: zone{
			"s._domainkey.example.com":  "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(signer.Public().(ed25519.PublicKey)),
			"s._domainkey.evil.example": "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(signer.Public().(ed25519.PublicKey)),
		}}
	})
	mail := signed(t, "example.com", "From: ann@example.com\r\nTo: acme@fax.example.com\r\nSubject: x\r\n\r\nhello\r\n")
	for _, tt := range []struct{ name, from, to, message, want string }{
		{"signed", "ann@example.com", "acme@fax.example.com", mail, "250"},
		{"a stranger", "eve@example.com", "acme@fax.example.com", mail, "550 5.7.1"},
		{"the null path", "", "acme@fax.example.com", mail, "550 5.7.1"},
		{"a number that is not allowed", "ann@example.com", "FAX=15551234@fax.example.com", mail, "550 5.7.1"},
		{"handed in again to another number", "ann@example.com", "FAX=49301@fax.example.com", mail, "550 5.7.22"},
		{"not signed", "ann@example.com", "acme@fax.example.com", "From: ann@example.com\r\n\r\nhello\r\n", "550 5.7.20"},
		{"changed", "ann@example.com", "acme@fax.example.com", strings.Replace(mail, "hello", "jello", 1), "550 5.7.20"},
		{"signed by another", "ann@example.com", "acme@fax.example.com", signed(t, "evil.example", "From: ann@example.com\r\nTo: acme@fax.example.com\r\n\r\nhello\r\n"), "550 5.7.22"},
		{"an author who may not", "ann@example.com", "acme@fax.example.com", signed(t, "example.com", "From: eve@example.com\r\nTo: acme@fax.example.com\r\n\r\nhello\r\n"), "550 5.7.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(st.all())
			err := hand(t, addr, tt.from, []string{tt.to}, tt.message)
			if got := answer(err); !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if taken := len(st.all()) - before; (taken == 1) != (tt.want == "250") {
				t.Errorf("%d mails were taken", taken)
			}
		})
	}
}

// hand hands a mail in, in clear.
func hand(t *testing.T, addr, from string, to []string, message string) error {
	t.Helper()
	c, err := smtp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.SendMail(from, to, strings.NewReader(message))
}

// answer is a reply's code and status, "250" if all went well.
func answer(err error) string {
	if e, ok := err.(*smtp.SMTPError); ok {
		return fmt.Sprintf("%d %d.%d.%d %s", e.Code, e.EnhancedCode[0], e.EnhancedCode[1], e.EnhancedCode[2], e.Message)
	}
	if err != nil {
		return err.Error()
	}
	return "250"
}

// SPF speaks before DATA: what it refuses costs no more than a line.
func TestSPFBeforeData(t *testing.T) {
	s, err := New(Options{
		Domains: []string{"fax.example.com"}, Accept: (&store{}).accept,
		Senders: []Sender{{Name: "partners", Verified: []string{"*@example.com", "*@soft.example"}}},
		Verify:  &sender.Checker{Resolver: zone{"example.com": "v=spf1 ip4:198.51.100.7 -all", "soft.example": "v=spf1 ~all"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ client, from, want, domain string }{
		{"198.51.100.7", "a@example.com", "250", "example.com"}, {"198.51.100.8", "a@example.com", "550 5.7.23", ""},
		{"198.51.100.8", "a@soft.example", "250", ""},
	} {
		ss := &session{server: s, client: netip.MustParseAddr(tt.client), conn: &smtp.Conn{}}
		grants, domain, err := ss.verify(tt.from)
		if got := answer(err); !strings.HasPrefix(got, tt.want) || domain != tt.domain || (len(grants) == 1) != (err == nil) {
			t.Errorf("%+v: %s %q %v", tt, got, domain, grants)
		}
	}
}

// issue makes a certificate, signed by the issuer or by itself.
func issue(t *testing.T, template *x509.Certificate, issuer *tls.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(1)
	template.NotBefore, template.NotAfter = testTime.Add(-time.Hour), testTime.Add(time.Hour)
	c := tls.Certificate{PrivateKey: key}
	parent, parentKey := template, any(key)
	if issuer != nil {
		parent, parentKey = issuer.Leaf, issuer.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err == nil {
		c.Certificate = [][]byte{der}
		c.Leaf, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestClientCertificates(t *testing.T) {
	authority := func() tls.Certificate {
		return issue(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, Subject: pkix.Name{CommonName: "CA"}}, nil)
	}
	leaf := func(name string, issuer *tls.Certificate) tls.Certificate {
		return issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, EmailAddresses: []string{name + "@example.com"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, issuer)
	}
	ours, theirs := authority(), authority()
	scanner, ann, eve, pinned := leaf("scanner", &ours), leaf("ann", &ours), leaf("ann", &theirs), leaf("pinned", nil)
	sum := sha256.Sum256(pinned.Certificate[0])
	addr, st := start(t, func(o *Options) {
		o.AllowedClients = elsewhere
		o.ClientCAs = x509.NewCertPool()
		o.ClientCAs.AddCert(ours.Leaf)
		o.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
		o.Senders = []Sender{{Name: "machines", Certificates: []string{"Scanner", "ann@example.com", fmt.Sprintf("SHA256:%X", sum)}, Allows: national}}
	})
	for _, tt := range []struct {
		name string
		with []tls.Certificate
		to   string
		want string
	}{
		{"by its name", []tls.Certificate{scanner}, "acme", "250"},
		{"by its address", []tls.Certificate{ann}, "acme", "250"},
		{"by its fingerprint", []tls.Certificate{pinned}, "acme", "250"},
		{"not to that number", []tls.Certificate{ann}, "FAX=15551234", "550 5.7.1"},
		{"signed by another authority", []tls.Certificate{eve}, "acme", "550 5.7.1"},
		{"none", nil, "acme", "550 5.7.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(st.all())
			c, err := smtp.DialStartTLS(addr, &tls.Config{InsecureSkipVerify: true, Certificates: tt.with})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			err = c.SendMail("x@example.net", []string{tt.to + "@fax.example.com"}, strings.NewReader("Subject: x\r\n\r\nhello\r\n"))
			if got := answer(err); !strings.HasPrefix(got, tt.want) || (len(st.all())-before == 1) != (err == nil) {
				t.Errorf("%s, want %s; %d taken", got, tt.want, len(st.all())-before)
			}
		})
	}
}

func TestSenderLimits(t *testing.T) {
	faxes := map[string]int{}
	addr, st := start(t, func(o *Options) {
		o.AllowedClients = elsewhere
		o.Senders = []Sender{{Name: "office", Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, From: []string{"*@example.com"},
			Limits: SenderLimits{JobsPerHour: 3, PagesPerDay: 100}}}
		o.Usage = func(_ context.Context, account string, since time.Time) (int, int, error) {
			if since.Before(testTime.Add(-2 * time.Hour)) {
				return 0, faxes["pages of "+account], nil
			}
			return faxes[account], 0, nil
		}
		accept := o.Accept
		o.Accept = func(ctx context.Context, s mailbridge.Submission) (string, error) {
			faxes[s.Account] += len(s.Recipients)
			return accept(ctx, s)
		}
	})
	send := func(from string, to ...string) string {
		for i := range to {
			to[i] += "@fax.example.com"
		}
		return answer(hand(t, addr, from, to, "Subject: x\r\n\r\nhello\r\n"))
	}
	for _, tt := range []struct {
		want, from string
		to         []string
	}{
		{"250", "ann@example.com", []string{"FAX=1", "FAX=2"}},
		{"452 4.7.1 You have sent 2 faxes in the last hour, of 3", "Ann@Example.com", []string{"both"}},
		{"250", "ann@example.com", []string{"acme"}},
		{"452 4.7.1", "ann@example.com", []string{"acme"}},
		{"250", "bob@example.com", []string{"acme"}}, // has his own
		{"550 5.7.1 You may send 3 faxes in an hour", "cid@example.com", []string{"both", "FAX=3", "FAX=4"}},
		{"550 5.7.1", "eve@example.org", []string{"acme"}},
	} {
		if got := send(tt.from, tt.to...); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s to %v: %s, want %s", tt.from, tt.to, got, tt.want)
		}
	}
	faxes["pages of office/mail:dan@example.com"] = 100
	if got := send("dan@example.com", "acme"); !strings.HasPrefix(got, "452 4.7.1 You have sent 100 pages in the last day") {
		t.Error(got)
	}
	if n := len(st.all()); n != 3 {
		t.Errorf("%d mails were taken", n)
	}
}
