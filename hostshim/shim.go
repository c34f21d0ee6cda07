package hostshim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
)

var _ Events = (*Shim)(nil)

// Options say which plugin to load and what to give it.
type Options struct {
	// Command is the plugin program and its arguments.
	Command []string
	// Config is the configuration's text and Filename its name; the plugin
	// checks it (ConfigError).
	Config   []byte
	Filename string
	// Logger gets the shim's lines and the plugin's. Default: slog.Default().
	Logger *slog.Logger
	// RestartMin and RestartMax bound the wait before a plugin that died is
	// started again; it doubles from the one to the other. Defaults 200 ms and
	// 30 s.
	RestartMin, RestartMax time.Duration
	// StartTimeout bounds start and configuration. Default 30 s.
	StartTimeout time.Duration
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.RestartMin <= 0 {
		o.RestartMin = 200 * time.Millisecond
	}
	if o.RestartMax < o.RestartMin {
		o.RestartMax = max(30*time.Second, o.RestartMin)
	}
	if o.StartTimeout <= 0 {
		o.StartTimeout = 30 * time.Second
	}
	return o
}

// Shim is a loaded plugin. It outlives the plugin's process: when that dies,
// its calls are ended (HangUp.PluginLost) and it is started again.
type Shim struct {
	opts Options
	host Host
	log  *slog.Logger

	closing chan struct{} // closed by Close
	reloads chan reload   // to the supervisor
	done    chan struct{} // closed when the supervisor has ended

	mu      sync.Mutex
	current *process      // nil while there is none
	changed chan struct{} // closed and renewed whenever current changes
	closed  bool
	starts  int
	trunks  map[string]trunkState // told last; a new process hears them all
}

type trunkState struct {
	up     bool
	detail string
}

// Errors of Incoming while there is no plugin.
var (
	// ErrPluginDown: the plugin is not running, or ended before it decided. The
	// caller may try again soon (503).
	ErrPluginDown = errors.New("the fax plugin is not running")
	// ErrClosed: the shim was closed.
	ErrClosed = errors.New("the fax plugin was unloaded")
)

// Launch starts the plugin, gives it the configuration and watches over it
// until Close. It returns when the plugin is ready; ctx bounds that only. A
// plugin that cannot be started or does not accept the configuration is an
// error here (*StartError, *ConfigError); later on it is restarted with
// growing pauses.
func Launch(ctx context.Context, o Options, h Host) (*Shim, error) {
	o = o.withDefaults()
	s := &Shim{
		opts: o, host: h, log: o.Logger,
		closing: make(chan struct{}), done: make(chan struct{}), changed: make(chan struct{}), reloads: make(chan reload),
		trunks: map[string]trunkState{},
	}
	p, err := startProcess(ctx, o, h)
	if err != nil {
		return nil, err
	}
	s.set(p)
	go s.supervise(p)
	return s, nil
}

// supervise owns the plugin process: it waits for its end and starts the next.
func (s *Shim) supervise(p *process) {
	defer close(s.done)
	pause := s.opts.RestartMin
	for {
		started := time.Now()
		select {
		case <-p.gone:
		case r := <-s.reloads:
			if p = s.replace(p, r); p != nil {
				continue
			}
		case <-s.closing:
			s.set(nil)
			p.stop()
			return
		}
		if p != nil {
			s.set(nil)
			p.reap()
		}
		if time.Since(started) > s.opts.RestartMax {
			pause = s.opts.RestartMin
		}
		for p = nil; p == nil; {
			s.log.Warn("the fax plugin ended; starting it again", "pause", pause)
			select {
			case <-time.After(pause):
			case <-s.closing:
				return
			}
			pause = min(2*pause, s.opts.RestartMax)
			p = s.restart()
		}
		s.set(p)
	}
}

func (s *Shim) restart() *process {
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.StartTimeout)
	defer cancel()
	go func() {
		select {
		case <-s.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	p, err := startProcess(ctx, s.opts, s.host)
	if err != nil {
		s.log.Error("the fax plugin did not start", "err", err)
		return nil
	}
	return p
}

func (s *Shim) set(p *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = p
	if p != nil {
		s.starts++
		for trunk, state := range s.trunks {
			p.TrunkState(trunk, state.up, state.detail)
		}
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// get gives the running plugin; while there is none it waits for it, as long as
// patience or ctx lasts.
func (s *Shim) get(ctx context.Context, patience time.Duration) (*process, error) {
	var late <-chan time.Time
	for {
		s.mu.Lock()
		p, changed := s.current, s.changed
		s.mu.Unlock()
		if p != nil && !p.ended() {
			return p, nil
		}
		if patience <= 0 {
			return nil, ErrPluginDown
		}
		if late == nil {
			t := time.NewTimer(patience)
			defer t.Stop()
			late = t.C
		}
		select {
		case <-changed:
		case <-late:
			return nil, ErrPluginDown
		case <-s.closing:
			return nil, ErrClosed
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// incomingPatience is how long a call waits for a plugin that is being
// restarted: the caller has his 100 Trying, and 32 s (RFC 3261 timer B).
const incomingPatience = 5 * time.Second

// Incoming implements Events. It returns ErrPluginDown when there is no plugin
// to ask.
func (s *Shim) Incoming(ctx context.Context, in IncomingCall) (Decision, error) {
	p, err := s.get(ctx, incomingPatience)
	if err != nil {
		return Decision{}, err
	}
	return p.Incoming(ctx, in)
}

// now runs f with the plugin, if there is one: what concerns a plugin that is
// gone is dropped, since its calls were ended with it.
func (s *Shim) now(f func(Events)) {
	if p, err := s.get(context.Background(), 0); err == nil {
		f(p)
	}
}

// Offered implements Events.
func (s *Shim) Offered(call string, sdp []byte) { s.now(func(p Events) { p.Offered(call, sdp) }) }

// Answered implements Events.
func (s *Shim) Answered(call string, a Answer) { s.now(func(p Events) { p.Answered(call, a) }) }

// Progress implements Events.
func (s *Shim) Progress(call string, status int, sdp []byte) {
	s.now(func(p Events) { p.Progress(call, status, sdp) })
}

// Ended implements Events.
func (s *Shim) Ended(call string, e Ended) { s.now(func(p Events) { p.Ended(call, e) }) }

// TrunkState implements Events.
func (s *Shim) TrunkState(trunk string, up bool, detail string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trunks[trunk] = trunkState{up, detail}
	if s.current != nil {
		s.current.TrunkState(trunk, up, detail)
	}
}

// Trunks tells the state of the trunks that was told last.
func (s *Shim) Trunks() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	up := make(map[string]bool, len(s.trunks))
	for name, state := range s.trunks {
		up[name] = state.up
	}
	return up
}

// Metrics asks the plugin how it does, in Prometheus' text format; ErrPluginDown
// when there is none to ask.
func (s *Shim) Metrics(ctx context.Context) (string, error) {
	p, err := s.get(ctx, 0)
	if err != nil {
		return "", err
	}
	answer, err := p.fax.Metrics(ctx, &faxv1.MetricsRequest{})
	if err != nil {
		return "", fmt.Errorf("asking the fax plugin for its numbers: %w", err)
	}
	return answer.Text, nil
}

// Drain lets the plugin finish: it accepts nothing new, and Drain returns when
// its faxes have ended or ctx is done.
func (s *Shim) Drain(ctx context.Context) error {
	p, err := s.get(ctx, 0)
	if err != nil {
		return nil // nothing is running, so nothing is to be finished
	}
	if err := p.drain(ctx); err != nil {
		return fmt.Errorf("draining the fax plugin: %w", err)
	}
	return nil
}

// Close unloads the plugin. Its calls end; drain first to let them finish. It
// returns when the process is gone, and may be called more than once.
func (s *Shim) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()
	<-s.done
}

// Process tells the plugin's process id, 0 while there is none, and how often
// it has been started.
func (s *Shim) Process() (pid, starts int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return 0, s.starts
	}
	return s.current.pid, s.starts
}
