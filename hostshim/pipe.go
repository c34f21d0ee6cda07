package hostshim

import (
	"io"
	"sync"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
)

// Pipe joins a host and a plugin in one process: give host to Attach and plugin
// to whoever carries the calls. end closes both and may be called more
// than once.
func Pipe() (host *HostEnd, plugin *PluginEnd, end func()) {
	p := &pipe{
		events:   make(chan *faxv1.HostEvent, outbox),
		commands: make(chan *faxv1.PluginCommand, outbox),
		ended:    make(chan struct{}),
	}
	return &HostEnd{p}, &PluginEnd{p}, sync.OnceFunc(func() { close(p.ended) })
}

type pipe struct {
	events   chan *faxv1.HostEvent
	commands chan *faxv1.PluginCommand
	ended    chan struct{}
}

// HostEnd is the Stream of the host.
type HostEnd struct{ p *pipe }

// Send implements Stream.
func (e *HostEnd) Send(ev *faxv1.HostEvent) error { return put(e.p.events, ev, e.p.ended) }

// Recv implements Stream.
func (e *HostEnd) Recv() (*faxv1.PluginCommand, error) { return get(e.p.commands, e.p.ended) }

// PluginEnd is the plugin's side.
type PluginEnd struct{ p *pipe }

// Send passes a command to the host.
func (e *PluginEnd) Send(cmd *faxv1.PluginCommand) error { return put(e.p.commands, cmd, e.p.ended) }

// Recv waits for the next event of the host.
func (e *PluginEnd) Recv() (*faxv1.HostEvent, error) { return get(e.p.events, e.p.ended) }

func put[T any](c chan<- T, v T, ended <-chan struct{}) error {
	select {
	case c <- v:
		return nil
	case <-ended:
		return io.EOF
	}
}

func get[T any](c <-chan T, ended <-chan struct{}) (T, error) {
	select {
	case v := <-c:
		return v, nil
	case <-ended:
		var none T
		return none, io.EOF
	}
}
