package hostshim

import (
	"context"
	"errors"
	"time"
)

// ErrBusy: the plugin has calls, and is not restarted under them.
var ErrBusy = errors.New("the fax plugin has calls")

// reload is a configuration for the supervisor.
type reload struct {
	config   []byte
	filename string
	done     chan error
}

// Reload restarts the plugin with another configuration, provided that it has no
// calls: otherwise it is ErrBusy and nothing has changed. Calls that come in
// meanwhile wait. When the plugin does not accept the configuration it goes on
// with the one that it had, and the error says what is wrong.
func (s *Shim) Reload(ctx context.Context, config []byte, filename string) error {
	r := reload{config, filename, make(chan error, 1)}
	select {
	case s.reloads <- r:
	case <-s.closing:
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return <-r.done
}

// replaceTime bounds how long an idle plugin may take to end its other work.
const replaceTime = 10 * time.Second

// replace starts the plugin anew for a reload. It gives the process that runs
// then, nil if none could be started.
func (s *Shim) replace(p *process, r reload) *process {
	s.hide()
	if p.busy() {
		s.show(p)
		r.done <- ErrBusy
		return p
	}
	ctx, cancel := context.WithTimeout(context.Background(), replaceTime)
	defer cancel()
	_ = p.drain(ctx) // the mail door is closed in order; what is left goes on after the start
	p.stop()
	before := s.opts
	s.opts.Config, s.opts.Filename = r.config, r.filename
	next, err := s.begin()
	if err != nil {
		s.opts = before
		next, _ = s.begin()
	}
	if next != nil {
		s.set(next)
	}
	r.done <- err
	return next
}

// begin starts a process with the options in force.
func (s *Shim) begin() (*process, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.StartTimeout)
	defer cancel()
	return startProcess(ctx, s.opts, s.host)
}

// hide lets calls that come in wait; show takes them again.
func (s *Shim) hide() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = nil
}

func (s *Shim) show(p *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = p
	close(s.changed)
	s.changed = make(chan struct{})
}

// busy says whether calls are up or being decided.
func (a *Attachment) busy() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.calls)+len(a.pending) > 0
}
