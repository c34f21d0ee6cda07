package relay

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
)

const toSign = "From: Fax <fax@mail.example.com>\r\nTo: a@example.org\r\nSubject: a  fax\r\n\r\nText. \r\n\r\n"

func TestDKIM(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, _ := ed25519.GenerateKey(rand.Reader)
	for _, key := range []crypto.Signer{rsaKey, edKey} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := ParseKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		if err != nil {
			t.Fatal(err)
		}
		p := &peer{}
		r := relayTo(t, serve(t, p, nil), func(o *Options) { o.DKIM = &DKIM{"example.com", "fax", parsed} })
		if err := r.Send(t.Context(), Envelope{To: []string{"a@example.org"}}, []byte(toSign)); err != nil {
			t.Fatal(err)
		}
		if err := verify(p.data, key); err != nil {
			t.Errorf("%T: %v\n%s", key, err, p.data)
		}
		for _, change := range [][2]string{{"a  fax", "no fax"}, {"Text", "text"}, {"From: Fax", "From: x@example.com\r\nFrom: Fax"}} {
			if verify(bytes.Replace(p.data, []byte(change[0]), []byte(change[1]), 1), key) == nil {
				t.Errorf("%T: %q may be changed", key, change[0])
			}
		}
	}
}

// verify is what a receiver does.
func verify(message []byte, key crypto.Signer) error {
	record := "v=DKIM1; p="
	switch public := key.Public().(type) {
	case ed25519.PublicKey:
		record = "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	default:
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			return err
		}
		record += base64.StdEncoding.EncodeToString(der)
	}
	v, err := dkim.VerifyWithOptions(bytes.NewReader(message), &dkim.VerifyOptions{
		LookupTXT: func(string) ([]string, error) { return []string{record}, nil },
	})
	if err != nil {
		return err
	}
	if len(v) != 1 || v[0].Domain != "example.com" {
		return errors.New("it is not signed")
	}
	return v[0].Err
}

func TestDKIMForeign(t *testing.T) {
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	d := &DKIM{"example.net", "fax", key}
	if out, err := d.Sign([]byte(toSign)); err != nil || string(out) != toSign {
		t.Errorf("a mail of another domain becomes %q, %v", out, err)
	}
}

func TestParseKey(t *testing.T) {
	for _, bad := range []string{"", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if _, err := ParseKey([]byte(bad)); err == nil || !strings.HasPrefix(err.Error(), "it ") {
			t.Errorf("%q: the error is %v", bad, err)
		}
	}
}
