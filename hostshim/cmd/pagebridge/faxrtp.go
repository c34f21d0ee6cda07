package main

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// rtpFlags are those of the bare G.711 terminal.
type rtpFlags struct {
	bareFlags
	codec          string
	ptime          time.Duration
	modems         []string
	echoProtection bool
}

func faxRTPCommand() *cobra.Command {
	var f rtpFlags
	c := &cobra.Command{
		Use:   "rtp --local IP:PORT [--remote IP:PORT] (--send FILE.tif | --receive FILE.tif)",
		Short: "A bare G.711 terminal on RTP, without SIP",
		Long: `A bare G.711 fax terminal on RTP, without SIP: what SDP would have agreed on is
said here.

The sender of the document is the calling terminal, the receiver the called one.
Without --remote the terminal waits for the first packet and takes its source as
the peer; so one of the two must be given --remote.`,
		Example: `  pagebridge fax rtp --local 127.0.0.1:4001 --receive got.tif
  pagebridge fax rtp --local 127.0.0.1:4000 --remote 127.0.0.1:4001 --send page.tif --modems v29,v27ter -v`,
		Args: noArguments,
		RunE: orMistake(func(c *cobra.Command, _ []string) error {
			options, err := f.options()
			if err != nil {
				return err
			}
			return f.run(c, bareFax{
				what: "RTP", sound: audio.IsRTP, ladder: options.T30.Ladder,
				run: func(ctx context.Context, conn net.PacketConn, remote netip.AddrPort, docs t38.Documents) (t30.Outcome, error) {
					return audio.Run(ctx, conn, remote, docs, options)
				},
			})
		}),
	}
	f.define(c, "RTP")
	fs := c.Flags()
	fs.StringVar(&f.codec, "codec", "pcmu", "the `codec` that is sent: pcmu or pcma; both are understood")
	fs.DurationVar(&f.ptime, "ptime", 20*time.Millisecond, "the length of a packet, 10ms to 60ms")
	fs.StringSliceVar(&f.modems, "modems", nil, "use only these `modems`: v17, v29, v27ter")
	fs.BoolVar(&f.echoProtection, "echo-protection", false, "send a tone before each training, against echo suppressors")
	return c
}

func (f *rtpFlags) options() (audio.Options, error) {
	cfg, err := f.config()
	if err != nil {
		return audio.Options{}, err
	}
	for _, name := range f.modems {
		set, ok := map[string]t30.ModemSet{"v17": t30.ModemV17, "v29": t30.ModemV29, "v27ter": t30.ModemV27ter}[strings.ToLower(name)]
		if !ok {
			return audio.Options{}, mistakef("--modems %s: it is v17, v29 or v27ter", name)
		}
		cfg.Modems |= set
	}
	o := audio.Options{Ptime: f.ptime, EchoProtection: f.echoProtection, Logger: logger(slog.LevelWarn), T30: cfg}
	switch strings.ToLower(f.codec) {
	case "pcmu":
	case "pcma":
		o.Law, o.PayloadType = audio.ALaw, 8
	default:
		return o, mistakef("--codec %s: it is pcmu or pcma", f.codec)
	}
	if f.ptime < 10*time.Millisecond || f.ptime > 60*time.Millisecond {
		return o, mistakef("--ptime %v: it is 10ms to 60ms", f.ptime)
	}
	return o, nil
}
