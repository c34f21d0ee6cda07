package dialog_test

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/sip/dialog"
	. "github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

// secure makes a Side listen on TLS alone.
func secure(c *tls.Config) func(*dialog.Options) {
	return func(o *dialog.Options) { o.Listen, o.TLS = []string{"tls:127.0.0.1:0"}, c }
}

func TestCallOverTLS(t *testing.T) {
	ca := NewCA(t)
	a, b := New(t, "a", secure(ca.Config("127.0.0.1"))), New(t, "b", secure(ca.Config("127.0.0.1")))
	Connect(t, a, b, "tls")
	b.Ask("INVITE", "changed")
	a.Want("a re-INVITE goes the other way", `request INVITE "changed"`).Respond(200, "yes")
	b.Want("answered", `answer 200 "yes"`)
	a.Want("acknowledged", "ack")
	a.Leg.HangUp(dialog.HangUp{})
	a.Want("over", "end")
	b.Want("over", `end "BYE"`)
}

func TestTLSVerifies(t *testing.T) {
	ca, other := NewCA(t), NewCA(t)
	good := func() *tls.Config { return ca.Config("127.0.0.1") }
	for name, c := range map[string]struct {
		client, server *tls.Config
	}{
		"a server of another authority":  {good(), other.Config("127.0.0.1")},
		"a server of another name":       {good(), ca.Config("sip.example.com")},
		"a client of another authority":  {func() *tls.Config { c := other.Config("127.0.0.1"); c.RootCAs = ca.Pool; return c }(), good()},
		"a client without a certificate": {func() *tls.Config { c := good(); c.Certificates = nil; return c }(), good()},
	} {
		t.Run(name, func(t *testing.T) {
			a := New(t, "a", func(o *dialog.Options) { o.TLS = c.client })
			b := New(t, "b", secure(c.server))
			a.Dial(b.URI("100", "tls"), "offer")
			h := a.Want("refused", "answer ")
			if h.Answer.Status != 503 && h.Answer.Status != 408 {
				t.Errorf("the call is answered %d", h.Answer.Status)
			}
			if strings.Contains(name, "server") && !strings.Contains(h.Answer.Reason, "certificate") {
				t.Errorf("the reason is %q", h.Answer.Reason)
			}
			b.Idle("nothing reached it")
		})
	}
}

func TestTLSNeedsACertificate(t *testing.T) {
	if s, err := dialog.Listen(dialog.Options{Listen: []string{"tls:127.0.0.1:0"}}); err == nil {
		s.Close()
		t.Error("it listens without a certificate")
	}
}
