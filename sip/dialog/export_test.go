package dialog

import "github.com/emiago/sipgo/sip"

// Post runs f on the leg's goroutine.
func (l *Leg) Post(f func()) { l.post(f) }

// Target is the remote target; only on the leg's goroutine.
func (l *Leg) Target() sip.Uri { return l.dialog.target }

// Left counts what the stack remembers of calls.
func (s *Stack) Left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.client) + len(s.server) + len(s.opened) + len(s.legs)
}

// ContactURI is the peer's Contact.
func (r *Request) ContactURI() sip.Uri { return r.msg.Contact().Address }

// Connected tells whether there is a TCP connection to addr.
func (s *Stack) Connected(addr string) bool {
	c := s.transport.Pool("tcp").Get(addr)
	if c == nil {
		return false
	}
	_, _ = c.TryClose()
	return true
}
