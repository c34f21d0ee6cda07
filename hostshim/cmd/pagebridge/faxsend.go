package main

import (
	"net"
	"strings"

	"github.com/spf13/cobra"
)

func faxSendCommand() *cobra.Command {
	var f sipFlags
	var to string
	c := &cobra.Command{
		Use:   "send --to sip:NUMBER@HOST[:PORT] FILE.tif",
		Short: "Call a SIP address and send a TIFF",
		Args: orMistake(func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return mistakef("name one file to send, not %d", len(args))
			}
			return nil
		}),
		RunE: orMistake(func(c *cobra.Command, args []string) error { return f.send(c, to, args[0]) }),
	}
	c.Flags().StringVar(&to, "to", "", "the SIP `URI` to call")
	f.define(c, "udp:0.0.0.0:0")
	c.Flags().BoolVar(&f.offerT38, "t38-first", false, "offer T.38 in the INVITE, without audio first")
	return c
}

func (f *sipFlags) send(c *cobra.Command, to, file string) error {
	if !strings.HasPrefix(to, "sip:") || hostOf(to) == "" {
		return mistakef("--to %q: it must be a SIP URI such as sip:7001@127.0.0.1:5070", to)
	}
	ctx, cancel := f.context(c.Context())
	defer cancel()
	pages, err := readDocument(ctx, file)
	if err != nil {
		return err
	}
	m, err := f.start(hostOf(to), nil)
	if err != nil {
		return err
	}
	defer m.Close()
	o := m.Send(ctx, to, pages)
	return f.report(ctx, c, resultOf(o), o.Ladder)
}

// hostOf is the host of a SIP URI.
func hostOf(uri string) string {
	rest := strings.TrimPrefix(uri, "sip:")
	if _, after, ok := strings.Cut(rest, "@"); ok {
		rest = after
	}
	rest, _, _ = strings.Cut(rest, ";")
	if host, _, err := net.SplitHostPort(rest); err == nil {
		return host
	}
	return strings.Trim(rest, "[]")
}
