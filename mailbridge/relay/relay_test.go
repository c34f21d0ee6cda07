package relay

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"

	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// peer is an SMTP server that notes what it is told and answers as a test says.
type peer struct {
	from    string
	to      []string
	mail    *smtp.MailOptions
	rcpt    []*smtp.RcptOptions
	data    []byte
	tls     bool
	user    string
	helo    string
	mailErr error
	rcptErr map[string]error
	dataErr error
	noPlain bool
}

func (p *peer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, p.tls = c.TLSConnectionState()
	p.helo = c.Hostname()
	return &peerSession{p}, nil
}

type peerSession struct{ p *peer }

func (s *peerSession) Reset()        {}
func (s *peerSession) Logout() error { return nil }
func (s *peerSession) Mail(from string, o *smtp.MailOptions) error {
	s.p.from, s.p.mail = from, o
	return s.p.mailErr
}
func (s *peerSession) Rcpt(to string, o *smtp.RcptOptions) error {
	if err := s.p.rcptErr[to]; err != nil {
		return err
	}
	s.p.to, s.p.rcpt = append(s.p.to, to), append(s.p.rcpt, o)
	return nil
}
func (s *peerSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.p.data = b
	return errors.Join(err, s.p.dataErr)
}
func (s *peerSession) AuthMechanisms() []string {
	if s.p.noPlain {
		return []string{sasl.Login}
	}
	return []string{sasl.Plain, sasl.Login}
}
func (s *peerSession) Auth(mech string) (sasl.Server, error) {
	check := func(user, password string) error {
		if password != "secret" {
			return smtp.ErrAuthFailed
		}
		s.p.user = mech + " " + user
		return nil
	}
	if mech == sasl.Plain {
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	}
	return &loginServer{check: check}, nil
}

// loginServer is the server's side of AUTH LOGIN.
type loginServer struct {
	step  int
	user  string
	check func(user, password string) error
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

// serve runs a peer on loopback.
func serve(t *testing.T, p *peer, change func(*smtp.Server)) (addr string) {
	t.Helper()
	s := smtp.NewServer(p)
	s.EnableDSN = true
	s.MaxMessageBytes = 1 << 20
	s.AllowInsecureAuth = true
	if change != nil {
		change(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		l.Close() // Close does not know it if Serve has not begun yet
		<-done
	})
	return l.Addr().String()
}

func relayTo(t *testing.T, addr string, change func(*Options)) *Relay {
	t.Helper()
	o := Options{Server: addr, Hostname: "gw.example.com"}
	if change != nil {
		change(&o)
	}
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var testMail = []byte("Subject: x\r\n\r\n.dot\r\nS\xc3\xa9\r\n")

func TestSend(t *testing.T) {
	p := &peer{}
	r := relayTo(t, serve(t, p, nil), nil)
	e := Envelope{
		From: "gw@example.com", To: []string{"a@example.com", "b@example.com"},
		EnvelopeID: "J+1", Full: true, Notify: mailbridge.NotifySuccess | mailbridge.NotifyFailure,
	}
	if err := r.Send(t.Context(), e, testMail); err != nil {
		t.Fatal(err)
	}
	if p.helo != "gw.example.com" || p.from != e.From || fmt.Sprint(p.to) != fmt.Sprint(e.To) || !bytes.Equal(p.data, testMail) {
		t.Errorf("the peer got %+v", p)
	}
	if p.mail.EnvelopeID != "J+1" || p.mail.Return != smtp.DSNReturnFull || p.mail.Body != smtp.Body8BitMIME || p.mail.Size != int64(len(testMail)) {
		t.Errorf("MAIL has %+v", p.mail)
	}
	if fmt.Sprint(p.rcpt[1].Notify) != "[SUCCESS FAILURE]" {
		t.Errorf("RCPT has %+v", p.rcpt[1])
	}
}

func TestSendWithoutDSN(t *testing.T) {
	p := &peer{}
	r := relayTo(t, serve(t, p, func(s *smtp.Server) { s.EnableDSN = false }), nil)
	e := Envelope{To: []string{"a@example.com"}, EnvelopeID: "x", Notify: mailbridge.NotifyNever}
	if err := r.Send(t.Context(), e, testMail); err != nil {
		t.Fatal(err)
	}
	if p.from != "" || p.mail.EnvelopeID != "" {
		t.Errorf("MAIL has %q %+v", p.from, p.mail)
	}
}

func TestRefusals(t *testing.T) {
	reply := func(code int, class int, text string) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, 1, 1}, Message: text}
	}
	for _, tt := range []struct {
		name      string
		peer      *peer
		permanent mailbridge.Status // "" for try again
		sentence  string
	}{
		{"unknown mailbox", &peer{rcptErr: map[string]error{"a@example.com": reply(550, 5, "no such user")}}, "5.1.1",
			"refuses <a@example.com>: 550 5.1.1 no such user"},
		{"greylisted", &peer{rcptErr: map[string]error{"a@example.com": reply(450, 4, "later")}}, "", "450 4.1.1 later"},
		{"sender refused", &peer{mailErr: reply(550, 5, "not you")}, "5.1.1", "refuses the sender <gw@example.com>"},
		{"wants a log in", &peer{mailErr: reply(530, 5, "log in first")}, "", "530 5.1.1 log in first"},
		{"content refused", &peer{dataErr: reply(554, 5, "spam")}, "5.0.0", "554 5.0.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := relayTo(t, serve(t, tt.peer, nil), nil)
			err := r.Send(t.Context(), Envelope{From: "gw@example.com", To: []string{"a@example.com"}}, testMail)
			var p *mailbridge.PermanentError
			status := mailbridge.Status("")
			if errors.As(err, &p) {
				status = p.Status
			}
			if err == nil || status != tt.permanent || !strings.Contains(err.Error(), tt.sentence) {
				t.Errorf("the error is %v (%q), want %q with %q", err, status, tt.permanent, tt.sentence)
			}
		})
	}
}

func TestPartly(t *testing.T) {
	p := &peer{rcptErr: map[string]error{"b@example.com": &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "gone"}}}
	r := relayTo(t, serve(t, p, nil), nil)
	err := r.Send(t.Context(), Envelope{To: []string{"a@example.com", "b@example.com"}}, testMail)
	var partial *PartialError
	if !errors.As(err, &partial) || len(partial.Refused) != 1 || partial.Refused["b@example.com"] == nil {
		t.Fatalf("the error is %v", err)
	}
	if fmt.Sprint(p.to) != "[a@example.com]" || p.data == nil {
		t.Errorf("the peer got it for %v", p.to)
	}
}

func TestTooLargeIsNotSent(t *testing.T) {
	p := &peer{}
	r := relayTo(t, serve(t, p, nil), nil)
	err := r.Send(t.Context(), Envelope{To: []string{"a@example.com"}}, make([]byte, 2<<20))
	var permanent *mailbridge.PermanentError
	if !errors.As(err, &permanent) || permanent.Status != "5.3.4" || p.mail != nil {
		t.Errorf("the error is %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	err = relayTo(t, addr, nil).Send(t.Context(), Envelope{To: []string{"a@example.com"}}, testMail)
	var u *UnreachableError
	if want := "the mail relay " + addr + " does not answer: connection refused"; !errors.As(err, &u) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("the error is %v", err)
	}
	var p *mailbridge.PermanentError
	if errors.As(err, &p) {
		t.Error("it is permanent: the mail would be lost")
	}
}

// A relay that says nothing is left when the caller gives up, and after the
// time limit.
func TestSilentRelay(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := relayTo(t, l.Addr().String(), nil).Send(ctx, Envelope{To: []string{"a@example.com"}}, testMail); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
	r := relayTo(t, l.Addr().String(), func(o *Options) { o.Command = 50 * time.Millisecond })
	if err := r.Send(t.Context(), Envelope{To: []string{"a@example.com"}}, testMail); err == nil || !strings.Contains(err.Error(), "its greeting") {
		t.Errorf("the error is %v", err)
	}
}

func TestBadAddresses(t *testing.T) {
	r := relayTo(t, "127.0.0.1:1", nil)
	for _, e := range []Envelope{
		{},
		{To: []string{""}},
		{To: []string{"a@example.com>\r\nRCPT TO:<b@example.com"}},
		{From: "a\nb@example.com", To: []string{"c@example.com"}},
	} {
		var p *mailbridge.PermanentError
		if err := r.Send(t.Context(), e, testMail); !errors.As(err, &p) {
			t.Errorf("%+v: the error is %v", e, err)
		}
	}
}

func TestSecurity(t *testing.T) {
	certificate, roots := selfSigned(t)
	withTLS := func(s *smtp.Server) { s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}} }
	for _, tt := range []struct {
		name     string
		server   func(*smtp.Server)
		security Security
		tls      *tls.Config
		secure   bool
		err      string
	}{
		{"opportunistic, offered", withTLS, Opportunistic, nil, true, ""},
		{"opportunistic, offered and broken", func(s *smtp.Server) { s.TLSConfig = &tls.Config{} }, Opportunistic, nil, false, ""},
		{"opportunistic, not offered", nil, Opportunistic, nil, false, ""},
		{"none, offered", withTLS, None, nil, false, ""},
		{"required, trusted", withTLS, Required, &tls.Config{RootCAs: roots}, true, ""},
		{"required, not trusted", withTLS, Required, nil, true, "certificate"},
		{"required, not offered", nil, Required, nil, false, "it offers no STARTTLS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &peer{}
			r := relayTo(t, serve(t, p, tt.server), func(o *Options) { o.Security, o.TLS = tt.security, tt.tls })
			err := r.Send(t.Context(), Envelope{To: []string{"a@example.com"}}, testMail)
			switch {
			case tt.err == "" && (err != nil || p.tls != tt.secure || p.data == nil):
				t.Errorf("%v, TLS %v", err, p.tls)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err) || p.data != nil):
				t.Errorf("the error is %v, want %q", err, tt.err)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	for _, tt := range []struct{ name, user, password, want, err string }{
		{"PLAIN", "u", "secret", "PLAIN u", ""},
		{"LOGIN", "u", "secret", "LOGIN u", ""},
		{"wrong", "u", "wrong", "", "it refuses user \"u\": 535"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &peer{noPlain: tt.name == "LOGIN"}
			r := relayTo(t, serve(t, p, nil), func(o *Options) { o.Username, o.Password = tt.user, tt.password })
			err := r.Send(t.Context(), Envelope{To: []string{"a@example.com"}}, testMail)
			var permanent *mailbridge.PermanentError
			switch {
			case tt.err == "" && (err != nil || p.user != tt.want):
				t.Errorf("%v, logged in as %q", err, p.user)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err) || errors.As(err, &permanent)):
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
