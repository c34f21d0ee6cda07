package main

import (
	"context"
	"log/slog"
	"net"
	"net/netip"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// udptlFlags are those of the bare T.38 terminal. What SDP would have agreed on
// stands on its command line.
type udptlFlags struct {
	bareFlags
	ec        string
	span      int
	spanGiven bool
	version   int
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
			options, err := f.options()
			if err != nil {
				return err
			}
			return f.run(c, bareFax{
				what: "T.38", sound: soundUDPTL, ladder: options.T30.Ladder,
				run: func(ctx context.Context, conn net.PacketConn, remote netip.AddrPort, docs t38.Documents) (t30.Outcome, error) {
					return t38.Run(ctx, conn, remote, docs, options)
				},
			})
		}),
	}
	f.define(c, "T.38")
	fs := c.Flags()
	defineEC(fs, &f.ec)
	fs.IntVar(&f.span, "span", 0, "redundancy: how many earlier packets a datagram repeats, 0 to 7 (default 5, page data 3); "+
		"fec: how many packets one parity covers, 1 to 20 (default 3)")
	fs.IntVar(&f.version, "t38-version", 0, "T38FaxVersion, 0 to 3")
	return c
}

// options are those of the terminal; Documents are not in them.
func (f *udptlFlags) options() (t38.Options, error) {
	cfg, err := f.config()
	if err != nil {
		return t38.Options{}, err
	}
	ec, err := errorCorrectionOf(f.ec)
	if err != nil {
		return t38.Options{}, err
	}
	if f.version < 0 || f.version > 3 {
		return t38.Options{}, mistakef("--t38-version %d: it is 0, 1, 2 or 3", f.version)
	}
	o := t38.Options{Version: f.version, ErrorCorrection: ec.udptl, Logger: logger(slog.LevelWarn), T30: cfg}
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

func soundUDPTL(b []byte) bool {
	var p udptl.Packet
	return p.Parse(b) == nil
}
