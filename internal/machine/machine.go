// Package machine is a fax machine on SIP: a host and the calls of the plugin
// joined in one process, with no spool and no mail. The commands fax send and
// fax receive are one, and so is the machine at the far end of the demo.
package machine

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/hostshim"
	"github.com/pagebridge/pagebridge/hostshim/sipgohost"
	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/plugin/calls"
	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/sip/trunk"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Options describe the machine.
type Options struct {
	Listen     []string // SIP: "udp:127.0.0.1:5062"; a port 0 finds a free one
	Media      netip.Addr
	MediaPorts [2]uint16 // the first and the last; 0: from 20000 to 32000
	StationID  string
	DisableECM bool
	MaxRate    int           // bit/s; 0: 14400
	Codings    t30.CodingSet // 0: all
	T38        sdp.T38       // what is offered; the zero value: sdp.DefaultT38
	Fallback   negotiation.Fallback
	OfferT38   bool // the INVITE offers T.38 at once
	Receives   bool // answers calls
	Logger     *slog.Logger

	// Keep is given all pages of a fax so far whenever one more has come; only
	// then is that page confirmed. nil: they stay in memory.
	Keep func(pages []*t4.Page) error
}

// Fax is one fax that came in.
type Fax struct {
	Caller  string
	Pages   []*t4.Page
	Outcome mailbridge.Outcome
}

// Machine is a fax machine that is switched on.
type Machine struct {
	host     *sipgohost.Host
	exchange *calls.Exchange
	faxes    chan Fax
	end      func()
	ended    sync.WaitGroup
	close    sync.Once
}

// mediaPorts is where a machine looks for free UDP ports; the operating system
// gives out its own from 32768 on.
var mediaPorts = [2]uint16{20000, 32000}

// Start switches the machine on; Close switches it off.
func Start(o Options) (*Machine, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.MediaPorts[1] == 0 {
		o.MediaPorts = mediaPorts
	}
	if o.T38.MaxDatagram == 0 {
		o.T38 = sdp.DefaultT38()
	}
	// The one trunk stands for everybody: a fax machine answers whoever calls.
	everybody := trunk.Trunk{Name: "line", Server: "127.0.0.1:9", InboundFrom: []string{"0.0.0.0/0", "::/0"}}
	host, err := sipgohost.New(sipgohost.Options{Listen: o.Listen, Trunks: []trunk.Trunk{everybody}, Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	m := &Machine{host: host, faxes: make(chan Fax, 16)}
	line := calls.Trunk{Name: everybody.Name, T38: o.T38, Fallback: o.Fallback, Redundancy: 3, OfferT38: o.OfferT38}
	m.exchange = calls.New(calls.Options{
		Media: o.Media, PortMin: o.MediaPorts[0], PortMax: o.MediaPorts[1],
		Trunk:  func(string) (calls.Trunk, bool) { return line, true },
		Number: func(called string) (calls.Number, bool) { return calls.Number{Number: called}, o.Receives },
		Inbox: func(_ context.Context, r mailbridge.Received) (calls.Receipt, error) {
			return &tray{machine: m, keep: o.Keep, fax: Fax{Caller: r.Caller}}, nil
		},
		StationID: o.StationID, DisableECM: o.DisableECM, MaxRate: o.MaxRate, Codings: o.Codings, Logger: o.Logger,
	})
	hostEnd, pluginEnd, end := hostshim.Pipe()
	attachment := hostshim.Attach(hostEnd, end, host, o.Logger)
	m.end = end
	m.ended.Go(func() { _ = m.exchange.Serve(pluginEnd) }) // ends with the pipe, which is no error
	host.Start(attachment)
	return m, nil
}

// Addr is where SIP is listened for, over UDP.
func (m *Machine) Addr() string { return m.host.Addr("udp").String() }

// Send calls uri and sends pages.
func (m *Machine) Send(ctx context.Context, uri string, pages []*t4.Page) mailbridge.Outcome {
	job := &mailbridge.Job{ID: "fax", Attempts: 1, Pages: len(pages), Recipient: mailbridge.Recipient{
		Address: uri, Destination: mailbridge.Destination{Number: uri},
	}}
	return m.exchange.Call(ctx, job, pages, func(int) error { return nil })
}

// Receive waits for the next fax.
func (m *Machine) Receive(ctx context.Context) (Fax, error) {
	select {
	case f := <-m.faxes:
		return f, nil
	case <-ctx.Done():
		return Fax{}, fmt.Errorf("waiting for a fax: %w", context.Cause(ctx))
	}
}

// closeTime is how long peers may take to agree that a call has ended.
const closeTime = 2 * time.Second

// Close switches the machine off; calls end.
func (m *Machine) Close() { m.close.Do(m.shutDown) }

func (m *Machine) shutDown() {
	m.end()
	m.ended.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	_ = m.host.Shutdown(ctx) // a peer that is gone cannot be told
}

// tray keeps the pages of a fax that comes in.
type tray struct {
	machine *Machine
	keep    func([]*t4.Page) error
	fax     Fax
}

func (t *tray) ID() string { return "fax" }

func (t *tray) Commit(_ context.Context, p *t4.Page) error {
	t.fax.Pages = append(t.fax.Pages, p)
	if t.keep == nil {
		return nil
	}
	return t.keep(t.fax.Pages)
}

func (t *tray) Finish(_ context.Context, r mailbridge.Received) error {
	t.fax.Outcome = r.Outcome
	select {
	case t.machine.faxes <- t.fax:
		return nil
	default:
		return fmt.Errorf("nobody takes the faxes out of the machine")
	}
}
