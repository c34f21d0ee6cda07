package relay

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// DKIM is a signing key that is published in DNS at <Selector>._domainkey.<Domain>
// (RFC 6376).
type DKIM struct {
	Domain   string
	Selector string
	Key      crypto.Signer // RSA of 1024 bits or more (RFC 8301), or Ed25519 (RFC 8463)
}

// ParseKey reads a private key in PEM: PKCS #8, or PKCS #1 for RSA.
func ParseKey(b []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("it is no PEM file")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return checkKey(key)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("it holds no private key (%s): %w", block.Type, err)
	}
	return checkKey(key)
}

func checkKey(key any) (crypto.Signer, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if n := k.N.BitLen(); n < 1024 {
			return nil, fmt.Errorf("its RSA key has %d bits; RFC 8301 wants 1024 at least, and 2048 is usual", n)
		}
		return k, nil
	case ed25519.PrivateKey:
		return k, nil
	}
	return nil, fmt.Errorf("its key is a %T; DKIM knows RSA and Ed25519", key)
}

// signed are the fields that a signature covers (RFC 6376 5.4.1). Those that a mail
// lacks are left out; From stands twice so that nobody can add a second one (8.15).
var signed = []string{
	"From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
	"Disposition-Notification-To", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
}

// sign adds a DKIM-Signature. A mail that cannot be signed goes unsigned: it matters
// more that the fax arrives.
func (r *Relay) sign(message []byte) []byte {
	if r.o.DKIM == nil {
		return message
	}
	out, err := r.o.DKIM.Sign(message)
	if err != nil {
		r.o.Logger.Warn("a mail goes without a DKIM signature", "err", err)
		return message
	}
	return out
}

// Sign adds a DKIM-Signature to a message whose From is in the domain or one below
// it; others come back as they are.
func (d *DKIM) Sign(message []byte) ([]byte, error) {
	m, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		return nil, fmt.Errorf("reading the mail to sign: %w", err)
	}
	from, err := mail.ParseAddress(m.Header.Get("From"))
	if err != nil || !d.covers(from.Address) {
		return message, err
	}
	keys := slices.DeleteFunc(slices.Clone(signed), func(k string) bool { return m.Header.Get(k) == "" })
	var out bytes.Buffer
	err = dkim.Sign(&out, bytes.NewReader(message), &dkim.SignOptions{
		Domain: d.Domain, Selector: d.Selector, Signer: d.Key,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: append(keys, "From"),
	})
	if err != nil {
		return nil, fmt.Errorf("signing for %s: %w", d.Domain, err)
	}
	return out.Bytes(), nil
}

func (d *DKIM) covers(address string) bool {
	host := strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
	domain := strings.ToLower(d.Domain)
	return host == domain || strings.HasSuffix(host, "."+domain)
}
