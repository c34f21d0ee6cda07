package hostshim

import (
	"context"
	"errors"
	"time"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
)

// ErrBusy: the plugin must be restarted for a configuration, and has calls.
var ErrBusy = errors.New("the fax plugin has calls")

// reload is a configuration for the supervisor.
type reload struct {
	config   []byte
	filename string
	done     chan error
}

// Reload gives the plugin another configuration. Calls that are up keep the one
// before. What a plugin that runs cannot change, as where its spool is, needs a
// restart: that is done when it has no calls, and is ErrBusy while it has, and
// nothing has changed. Calls that come in meanwhile wait. When the plugin does not
// accept the configuration it goes on with the one that it had, and the error says
// what is wrong.
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

// change gives the plugin that runs the configuration of a reload. false says that
// it must be started anew for it.
func (s *Shim) change(p *process, r reload) (done bool) {
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.StartTimeout)
	defer cancel()
	answer, err := p.fax.Configure(ctx, &faxv1.ConfigureRequest{Config: r.config, Filename: r.filename})
	switch {
	case err != nil: // a plugin of before this could be asked
		s.log.Debug("the plugin is not given its configuration as it runs", "err", err)
		return false
	case len(answer.Diagnostics) > 0:
		r.done <- configError(answer.Diagnostics)
		return true
	case len(answer.NeedsStart) > 0:
		s.log.Info("the fax plugin must be started anew for what the configuration changes", "settings", answer.NeedsStart)
		return false
	}
	s.opts.Config, s.opts.Filename = r.config, r.filename
	r.done <- nil
	return true
}

// replace does a reload. It gives the process that runs then, nil if none could be
// started.
func (s *Shim) replace(p *process, r reload) *process {
	if s.change(p, r) {
		return p
	}
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
