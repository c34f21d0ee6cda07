package offramp

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"
)

// listenLMTP binds where a mail server of this machine hands mail in by LMTP (RFC
// 2033): "unix:" and a path, or "host:port". Who may write to a socket's file is
// an allowed client.
func listenLMTP(addr string) (net.Listener, error) {
	path, file := strings.CutPrefix(addr, "unix:")
	if !file {
		return net.Listen("tcp", addr)
	}
	l, err := net.Listen("unix", path)
	if err != nil && abandoned(path) {
		if err = os.Remove(path); err == nil {
			l, err = net.Listen("unix", path)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o660); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// abandoned tells whether a socket's file has nobody behind it: its server was
// killed.
func abandoned(path string) bool {
	if info, err := os.Stat(path); err != nil || info.Mode()&fs.ModeSocket == 0 {
		return false
	}
	nc, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		nc.Close()
	}
	return err != nil
}

// serveLMTP takes mail by LMTP until the listener is closed.
func (s *Server) serveLMTP() {
	s.log.Info("LMTP listens", "addr", s.o.LMTP)
	err := s.lmtp.Serve(&listener{Listener: s.lmtpListener, server: s})
	if err != nil && !s.isClosing() && !errors.Is(err, net.ErrClosed) {
		s.log.Error("mail is taken no more by LMTP", "err", err)
	}
}
