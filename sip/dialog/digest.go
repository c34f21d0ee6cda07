package dialog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// errNoChallenge: the answer is no challenge, or there are no credentials.
var errNoChallenge = errors.New("there is no challenge to answer")

// authorize adds the answer to the digest challenge in res to req, which is to
// be sent again (RFC 3261 22.2, RFC 8760). Once is enough: a second challenge is
// answered only where it says that the nonce was stale.
func (c Credentials) authorize(req *sip.Request, res *sip.Response, again bool) error {
	challenge, answer := "WWW-Authenticate", "Authorization"
	switch res.StatusCode {
	case 401:
	case 407:
		challenge, answer = "Proxy-Authenticate", "Proxy-Authorization"
	default:
		return errNoChallenge
	}
	if c.Username == "" {
		return fmt.Errorf("%s wants authentication and no user name is configured", req.Destination())
	}
	var refused []string
	for _, h := range res.GetHeaders(challenge) {
		ch, err := digest.ParseChallenge(h.Value())
		if err != nil {
			refused = append(refused, err.Error())
			continue
		}
		for i := range ch.QOP {
			ch.QOP[i] = strings.TrimSpace(ch.QOP[i])
		}
		switch {
		case !digest.CanDigest(ch):
			refused = append(refused, fmt.Sprintf("algorithm %q, qop %q", ch.Algorithm, ch.QOP))
			continue
		case again && !ch.Stale:
			return fmt.Errorf("%s does not accept the user name or password for realm %q", req.Destination(), ch.Realm)
		}
		cred, err := digest.Digest(ch, digest.Options{
			Method: string(req.Method), URI: req.Recipient.String(), Username: c.Username, Password: c.Password,
			GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(req.Body())), nil },
		})
		if err != nil {
			return fmt.Errorf("answering the challenge of %s: %w", req.Destination(), err)
		}
		req.RemoveHeader(answer)
		req.AppendHeader(sip.NewHeader(answer, cred.String()))
		return nil
	}
	return fmt.Errorf("%s wants an authentication that is not understood: %s", req.Destination(), strings.Join(refused, "; "))
}
