package offramp

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// maxTries is how many wrong passwords a connection may offer.
const maxTries = 3

// AuthMechanisms implements smtp.AuthSession: a password in clear must never cross
// a line in clear (RFC 4954 4).
func (s *session) AuthMechanisms() []string {
	if _, encrypted := s.conn.Conn().(*tls.Conn); !encrypted || len(s.server.o.Users) == 0 {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (s *session) Auth(mechanism string) (sasl.Server, error) {
	if _, encrypted := s.conn.Conn().(*tls.Conn); !encrypted {
		return nil, reply(538, "5.7.11", "Say STARTTLS first: passwords are taken over TLS only")
	}
	if mechanism != sasl.Plain || len(s.server.o.Users) == 0 {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	return sasl.NewPlainServer(func(identity, username, password string) error {
		if s.tries++; s.tries > maxTries {
			return reply(421, "4.7.0", "Too many wrong passwords")
		}
		if identity != "" && identity != username || !s.server.knows(username, password) {
			s.server.log.Warn("wrong password", "client", s.client.String(), "user", username)
			return reply(535, "5.7.8", "The user name or the password is wrong")
		}
		s.user = username
		return nil
	}), nil
}

// knows compares a password in the same time whatever is wrong with it.
func (s *Server) knows(username, password string) bool {
	want, ok := s.o.Users[username]
	a, b := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && ok && want != ""
}
