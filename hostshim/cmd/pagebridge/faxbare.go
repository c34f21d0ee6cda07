package main

import (
	"context"
	"errors"
	"fmt"
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
)

// bareFlags are those of a terminal without SIP: what SDP would have agreed on
// stands on its command line.
type bareFlags struct {
	terminalFlags
	local, remote string
	send, receive string
	loss          lossShare
	seed          uint64
}

func (f *bareFlags) define(c *cobra.Command, what string) {
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.local, "local", "", "`IP:PORT` to receive "+what+" on; port 0 takes a free one and says which")
	fs.StringVar(&f.remote, "remote", "", "`IP:PORT` of the peer (default: where the first packet comes from)")
	fs.StringVar(&f.send, "send", "", "the TIFF `file` to send")
	fs.StringVar(&f.receive, "receive", "", "the `file` for the TIFF that comes")
	f.terminalFlags.define(c)
	fs.Var(&f.loss, "loss", "drop this `share` of the packets in each direction: 0.05 or 5%")
	fs.Uint64Var(&f.seed, "seed", 1, "which packets --loss drops")
}

// config is who the terminal is.
func (f *bareFlags) config() (t30.Config, error) {
	codings, err := f.check()
	return t30.Config{
		Calling: f.send != "", LocalID: f.stationID, MaxRate: f.maxRate, DisableECM: !f.ecm,
		Codings: codings, Ladder: new(t30.Ladder),
	}, err
}

// bareFax is a fax over one kind of packets.
type bareFax struct {
	what   string            // the packets
	sound  func([]byte) bool // whether one is of that kind
	ladder *t30.Ladder
	run    func(ctx context.Context, conn net.PacketConn, remote netip.AddrPort, docs t38.Documents) (t30.Outcome, error)
}

// run is the whole command: look at everything first, then fax.
func (f *bareFlags) run(c *cobra.Command, b bareFax) error {
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
	return f.fax(ctx, c, newLink(conn, float64(f.loss), f.seed), remote, docs, b)
}

// fax waits for the peer, if need be, and faxes.
func (f *bareFlags) fax(ctx context.Context, c *cobra.Command, l *link, remote netip.AddrPort, docs t38.Documents, b bareFax) error {
	if !remote.IsValid() {
		fmt.Fprintf(c.ErrOrStderr(), "waiting for %s at %v\n", b.what, l.LocalAddr())
		var err error
		if remote, err = l.awaitPeer(ctx, b.sound); err != nil {
			if ctx.Err() == nil {
				return fmt.Errorf("waiting for %s at %v: %w", b.what, l.LocalAddr(), err)
			}
			return f.report(ctx, c, result{Sentence: "No " + b.what + " packet came.", waited: true}, "")
		}
	}
	began := time.Now()
	out, err := b.run(ctx, l, remote, docs)
	r := resultOfTerminal(out, err, time.Since(began))
	if t, ok := docs.Sink.(*tray); ok && len(t.pages) > 0 {
		r.File = t.path
	}
	if f.verbose {
		fmt.Fprintf(c.ErrOrStderr(), "%s with %v, %v\n", b.what, remote, l)
	}
	return f.report(ctx, c, r, b.ladder.String())
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

// addresses reads --local and --remote; remote is the zero value when it is to
// be learnt.
func (f *bareFlags) addresses() (local, remote netip.AddrPort, err error) {
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
func (f *bareFlags) documents() (t38.Documents, error) {
	switch {
	case f.send != "" && f.receive != "":
		return t38.Documents{}, mistakef("--send and --receive exclude each other: which of the two?")
	case f.send != "":
		pages, err := readPages(f.send)
		return t38.Documents{Source: (*t38.Paper)(&pages)}, err
	case f.receive != "":
		if info, err := os.Stat(f.receive); err == nil && !info.Mode().IsRegular() {
			return t38.Documents{}, mistakef("--receive %s: it is there and is not an ordinary file", f.receive)
		}
		return t38.Documents{Sink: &tray{path: f.receive}}, writable(filepath.Dir(f.receive))
	}
	return t38.Documents{}, mistakef("name a file: --send FILE.tif or --receive FILE.tif")
}

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
