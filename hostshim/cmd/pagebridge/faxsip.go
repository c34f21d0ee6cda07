package main

import (
	"log/slog"
	"net"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/internal/machine"
	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// sipFlags are those of a terminal on SIP.
type sipFlags struct {
	terminalFlags
	listen   string
	media    string
	over     string
	ec       string
	offerT38 bool
}

func (f *sipFlags) define(c *cobra.Command, listen string) {
	f.terminalFlags.define(c)
	fs := c.Flags()
	defineEC(fs, &f.ec)
	fs.StringVar(&f.listen, "listen", listen, "where SIP is listened for: `transport:address:port`")
	fs.StringVar(&f.over, "over", "t38-then-g711", "how the fax travels: `t38`, g711 (over the audio), or t38-then-g711")
	fs.StringVar(&f.media, "media", "", "the `address` for T.38 and audio in our SDP (default: the one that --listen or the way to the peer has)")
}

var fallbacks = map[string]negotiation.Fallback{
	"t38": negotiation.T38Only, "t38-then-g711": negotiation.T38ThenG711, "g711": negotiation.G711Only,
}

// start switches on the machine that the flags describe; peer is a host that it
// will talk to, or "". It answers calls if keep is set,
// which is given all pages of a fax whenever one more has come.
func (f *sipFlags) start(peer string, keep func([]*t4.Page) error) (*machine.Machine, error) {
	codings, err := f.check()
	if err != nil {
		return nil, err
	}
	ec, err := errorCorrectionOf(f.ec)
	if err != nil {
		return nil, err
	}
	fallback, ok := fallbacks[f.over]
	if !ok {
		return nil, mistakef("--over %s: it is t38, g711 or t38-then-g711", f.over)
	}
	media, err := f.mediaAddress(peer)
	if err != nil {
		return nil, err
	}
	level := slog.LevelError
	if f.verbose {
		level = slog.LevelInfo // what SIP did, which the ladder does not say
	}
	offer := sdp.DefaultT38()
	offer.UDPEC = ec.sdp
	m, err := machine.Start(machine.Options{
		Listen: []string{f.listen}, Media: media, StationID: f.stationID, DisableECM: !f.ecm,
		MaxRate: f.maxRate, Codings: codings, T38: offer, Fallback: fallback, OfferT38: f.offerT38, Receives: keep != nil, Keep: keep,
		Logger: logger(level),
	})
	if err != nil {
		return nil, mistake{err} // a *dialog.ListenError, above all
	}
	return m, nil
}

func (f *sipFlags) mediaAddress(peer string) (netip.Addr, error) {
	if f.media != "" {
		addr, err := netip.ParseAddr(f.media)
		if err != nil {
			return addr, mistakef("--media %s: it must be an IP address", f.media)
		}
		return addr, nil
	}
	_, hostport, _ := strings.Cut(f.listen, ":")
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return netip.Addr{}, mistakef("--listen %s: write transport:address:port, such as udp:127.0.0.1:5060", f.listen)
	}
	if addr, err := netip.ParseAddr(host); err == nil && !addr.IsUnspecified() {
		return addr, nil
	}
	if peer == "" {
		return netip.Addr{}, mistakef("--media is needed when --listen names no address")
	}
	conn, err := net.Dial("udp", net.JoinHostPort(peer, "5060")) // sends nothing
	if err != nil {
		return netip.Addr{}, mistakef("finding the way to %s: %w", peer, err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}
