package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// udptlFlags are those of the bare T.38 terminal. What SDP would have agreed on
// stands on its command line.
type udptlFlags struct {
	terminalFlags
	local, remote string
	send, receive string
	span          int
	spanGiven     bool
	version       int
	loss          lossShare
	seed          uint64
}

func faxUDPTLCommand() *cobra.Command {
	var f udptlFlags
	c := &cobra.Command{
		Use:   "udptl --local IP:PORT [--remote IP:PORT] (--send FILE.tif | --receive FILE.tif)",
		Short: "A bare T.38 terminal, without SIP",
		Long: `A bare T.38 terminal, without SIP: what SDP would have agreed on is said here.

The sender of the document is the calling terminal, the receiver the called one.
Without --remote the terminal waits for the first datagram and takes its source
as the peer; so one of the two must be given --remote.`,
		Example: `  pagebridge fax udptl --local 127.0.0.1:4001 --receive got.tif
  pagebridge fax udptl --local 127.0.0.1:4000 --remote 127.0.0.1:4001 --send page.tif --loss 5% -v`,
		Args: noArguments,
		RunE: orMistake(func(c *cobra.Command, _ []string) error {
			f.spanGiven = c.Flags().Changed("span")
			return f.run(c)
		}),
	}
	fs := c.Flags()
	fs.StringVar(&f.local, "local", "", "`IP:PORT` to receive T.38 on; port 0 takes a free one and says which")
	fs.StringVar(&f.remote, "remote", "", "`IP:PORT` of the peer (default: where the first datagram comes from)")
	fs.StringVar(&f.send, "send", "", "the TIFF `file` to send")
	fs.StringVar(&f.receive, "receive", "", "the `file` for the TIFF that comes")
	f.define(c)
	fs.IntVar(&f.span, "span", 0, "redundancy: how many earlier packets a datagram repeats, 0 to 7 (default 5, page data 3); "+
		"fec: how many packets one parity covers, 1 to 20 (default 3)")
	fs.IntVar(&f.version, "t38-version", 0, "T38FaxVersion, 0 to 3")
	fs.Var(&f.loss, "loss", "drop this `share` of the datagrams in each direction: 0.05 or 5%")
	fs.Uint64Var(&f.seed, "seed", 1, "which datagrams --loss drops")
	return c
}

// run is the whole command: look at everything first, then fax.
func (f *udptlFlags) run(c *cobra.Command) error {
	options, err := f.options()
	if err != nil {
		return err
	}
	local, remote, err := f.addresses()
	if err != nil {
		return err
	}
	docs, err := f.documents()
	if err != nil {
		return err
	}
	network := "udp"
	if local.Addr().Is4() {
		network = "udp4" // 0.0.0.0 would be a socket of both families
	}
	conn, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(local))
	if err != nil {
		return bindMistake("--local", f.local, err)
	}
	defer conn.Close()
	ctx, cancel := f.context(c.Context())
	defer cancel()
	return f.fax(ctx, c, newLink(conn, float64(f.loss), f.seed), remote, docs, options)
}

// fax waits for the peer, if need be, and faxes.
func (f *udptlFlags) fax(ctx context.Context, c *cobra.Command, l *link, remote netip.AddrPort, docs t38.Documents, o t38.Options) error {
	if !remote.IsValid() {
		fmt.Fprintf(c.ErrOrStderr(), "waiting for T.38 at %v\n", l.LocalAddr())
		var err error
		if remote, err = l.awaitPeer(ctx); err != nil {
			if ctx.Err() == nil {
				return fmt.Errorf("waiting for T.38 at %v: %w", l.LocalAddr(), err)
			}
			return f.report(ctx, c, result{Sentence: "No T.38 datagram came.", waited: true}, "")
		}
	}
	began := time.Now()
	out, err := t38.Run(ctx, l, remote, docs, o)
	r := resultOfTerminal(out, err, time.Since(began))
	if t, ok := docs.Sink.(*tray); ok && len(t.pages) > 0 {
		r.File = t.path
	}
	if f.verbose {
		fmt.Fprintf(c.ErrOrStderr(), "T.38 with %v, %v\n", remote, l)
	}
	return f.report(ctx, c, r, o.T30.Ladder.String())
}

// bindMistake says why nothing can be received at an address that the user gave.
func bindMistake(flag, address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return mistakef("%s %s: another program has this port; choose another one, or 0 for any", flag, address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return mistakef("%s %s: this machine does not have this address", flag, address)
	case errors.Is(err, syscall.EACCES):
		return mistakef("%s %s: this user may not receive on this port; choose one above 1023", flag, address)
	}
	return mistakef("%s %s: %w", flag, address, err)
}

// options are those of the terminal; Documents are not in them.
func (f *udptlFlags) options() (t38.Options, error) {
	t, err := f.check()
	if err != nil {
		return t38.Options{}, err
	}
	if f.version < 0 || f.version > 3 {
		return t38.Options{}, mistakef("--t38-version %d: it is 0, 1, 2 or 3", f.version)
	}
	o := t38.Options{
		Version: f.version, ErrorCorrection: t.ec.udptl, Logger: logger(slog.LevelWarn),
		T30: t30.Config{
			Calling: f.send != "", LocalID: f.stationID, MaxRate: f.maxRate, DisableECM: !f.ecm,
			Codings: t.codings, Ladder: new(t30.Ladder),
		},
	}
	if f.spanGiven {
		err = f.setSpan(&o)
	}
	return o, err
}

// maxFECSpan is how many packets one parity may cover: at three parities a
// datagram the sender must remember so many packets thrice.
const maxFECSpan = 20

func (f *udptlFlags) setSpan(o *t38.Options) error {
	switch {
	case o.ErrorCorrection == udptl.FEC && f.span >= 1 && f.span <= maxFECSpan:
		o.FECSpan = f.span
	case o.ErrorCorrection == udptl.FEC:
		return mistakef("--span %d: with --ec fec it is 1 to %d", f.span, maxFECSpan)
	case o.ErrorCorrection == udptl.NoCorrection:
		return mistakef("--span has no meaning with --ec none")
	case f.span < 0 || f.span > udptl.MaxDepth:
		return mistakef("--span %d: with --ec redundancy it is 0 to %d", f.span, udptl.MaxDepth)
	case f.span == 0:
		o.ControlRedundancy, o.ImageRedundancy = -1, -1 // 0 would be the default
	default:
		o.ControlRedundancy, o.ImageRedundancy = f.span, f.span
	}
	return nil
}

// addresses reads --local and --remote; remote is the zero value when it is to
// be learnt.
func (f *udptlFlags) addresses() (local, remote netip.AddrPort, err error) {
	if local, err = netip.ParseAddrPort(f.local); err != nil {
		return local, remote, mistakef("--local %q: write IP:PORT, such as 127.0.0.1:4000", f.local)
	}
	if f.remote == "" {
		return local, remote, nil
	}
	if remote, err = netip.ParseAddrPort(f.remote); err != nil || remote.Port() == 0 || remote.Addr().IsUnspecified() {
		return local, remote, mistakef("--remote %q: write IP:PORT, such as 127.0.0.1:4001", f.remote)
	}
	switch {
	case local.Addr().Is4() && remote.Addr().Is6():
		return local, remote, mistakef("--local %v is IPv4, --remote %v is IPv6", local, remote)
	case local == remote:
		return local, remote, mistakef("--remote %v is --local: a terminal cannot fax to itself", remote)
	}
	return local, remote, nil
}

// documents are the file to send, read, or the one to receive.
func (f *udptlFlags) documents() (t38.Documents, error) {
	switch {
	case f.send != "" && f.receive != "":
		return t38.Documents{}, mistakef("--send and --receive exclude each other: which of the two?")
	case f.send != "":
		pages, err := readPages(f.send)
		return t38.Documents{Source: document(pages)}, err
	case f.receive != "":
		if info, err := os.Stat(f.receive); err == nil && !info.Mode().IsRegular() {
			return t38.Documents{}, mistakef("--receive %s: it is there and is not an ordinary file", f.receive)
		}
		return t38.Documents{Sink: &tray{path: f.receive}}, writable(filepath.Dir(f.receive))
	}
	return t38.Documents{}, mistakef("name a file: --send FILE.tif or --receive FILE.tif")
}

// document is a t38.PageSource of pages in memory.
type document []*t4.Page

func (d document) Page(_ context.Context, n int) (*t4.Page, error) {
	if n < 0 || n >= len(d) {
		return nil, nil
	}
	return d[n], nil
}

func (d document) Confirmed(context.Context, int) error { return nil }

// tray is a t38.PageSink that is a TIFF. The file is whole after each page, and
// only then does the sender hear that the page arrived.
type tray struct {
	path  string
	pages []*t4.Page
}

func (t *tray) Commit(_ context.Context, p *t4.Page) error {
	t.pages = append(t.pages, p)
	err := writePages(t.path, t.pages)
	if err != nil {
		t.pages = t.pages[:len(t.pages)-1] // the sender will not hear MCF
	}
	return err
}
