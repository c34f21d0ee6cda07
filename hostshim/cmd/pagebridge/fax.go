package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/hostshim/cmd/pagebridge/internal/machine"
	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/render"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

func faxCommand() *cobra.Command {
	c := &cobra.Command{Use: "fax", Short: "One fax call without mail, for troubleshooting"}
	c.AddCommand(faxSendCommand(), faxReceiveCommand())
	return c
}

// faxFlags are common to both directions.
type faxFlags struct {
	listen    string
	media     string
	stationID string
	ecm       bool
	maxRate   int
	coding    []string
	ec        string
	offerT38  bool
	timeout   time.Duration
	json      bool
	verbose   bool
}

func (f *faxFlags) define(c *cobra.Command, listen string) {
	fs := c.Flags()
	fs.StringVar(&f.listen, "listen", listen, "where SIP is listened for: transport:address:port")
	fs.StringVar(&f.media, "media", "", "the address for T.38 in our SDP (default: the one that --listen or the way to the peer has)")
	fs.StringVar(&f.stationID, "station-id", "pagebridge", "what the other machine shows")
	fs.BoolVar(&f.ecm, "ecm", true, "use error correction")
	fs.IntVar(&f.maxRate, "max-rate", 14400, "the highest rate in bit/s")
	fs.StringSliceVar(&f.coding, "coding", nil, "allow only these codings: mh, mr, mmr")
	fs.StringVar(&f.ec, "ec", "redundancy", "what is offered against packet loss: none, redundancy or fec")
	fs.DurationVar(&f.timeout, "timeout", 30*time.Minute, "give up after this time")
	fs.BoolVar(&f.json, "json", false, "print the result as one line of JSON")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "print what the two machines said to each other")
}

// options makes a machine's options; peer is a host that it will talk to, or "".
func (f *faxFlags) options(peer string) (machine.Options, error) {
	offer := sdp.DefaultT38()
	ec, ok := map[string]sdp.UDPEC{"none": sdp.NoEC, "redundancy": sdp.Redundancy, "fec": sdp.FEC}[f.ec]
	if !ok {
		return machine.Options{}, fmt.Errorf("--ec %s: it is none, redundancy or fec", f.ec)
	}
	offer.UDPEC = ec
	media, err := f.mediaAddress(peer)
	if err != nil {
		return machine.Options{}, err
	}
	codings, err := codingSet(f.coding)
	if err != nil {
		return machine.Options{}, err
	}
	level := slog.LevelWarn
	if f.verbose {
		level = slog.LevelDebug
	}
	return machine.Options{
		Listen: []string{f.listen}, Media: media, StationID: f.stationID, DisableECM: !f.ecm,
		MaxRate: f.maxRate, Codings: codings, T38: offer, OfferT38: f.offerT38, Logger: logger(level),
	}, nil
}

// codingSet reads --coding.
func codingSet(names []string) (t30.CodingSet, error) {
	var set t30.CodingSet
	for _, name := range names {
		coding, ok := map[string]t30.CodingSet{"mh": t30.CodingMH, "mr": t30.CodingMR, "mmr": t30.CodingMMR}[strings.ToLower(name)]
		if !ok {
			return 0, fmt.Errorf("--coding %s: it is mh, mr or mmr", name)
		}
		set |= coding
	}
	return set, nil
}

func (f *faxFlags) mediaAddress(peer string) (netip.Addr, error) {
	if f.media != "" {
		addr, err := netip.ParseAddr(f.media)
		if err != nil {
			return addr, fmt.Errorf("--media %s: it must be an IP address", f.media)
		}
		return addr, nil
	}
	_, hostport, _ := strings.Cut(f.listen, ":")
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("--listen %s: write udp:address:port", f.listen)
	}
	if addr, err := netip.ParseAddr(host); err == nil && !addr.IsUnspecified() {
		return addr, nil
	}
	if peer == "" {
		return netip.Addr{}, errors.New("--media is needed when --listen names no address")
	}
	conn, err := net.Dial("udp", net.JoinHostPort(peer, "5060")) // sends nothing
	if err != nil {
		return netip.Addr{}, fmt.Errorf("finding the way to %s: %w", peer, err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

func faxSendCommand() *cobra.Command {
	var f faxFlags
	var to string
	c := &cobra.Command{
		Use:   "send --to sip:NUMBER@HOST[:PORT] FILE.tif",
		Short: "Call a SIP address and send a TIFF",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := f.context(c.Context())
			defer cancel()
			return f.send(ctx, c.OutOrStdout(), to, args[0])
		},
	}
	f.define(c, "udp:0.0.0.0:0")
	c.Flags().BoolVar(&f.offerT38, "t38-first", false, "offer T.38 in the INVITE, without audio first")
	c.Flags().StringVar(&to, "to", "", "the SIP URI to call")
	if err := c.MarkFlagRequired("to"); err != nil {
		panic(err) // the flag is defined one line above
	}
	return c
}

func (f *faxFlags) context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, fmt.Errorf("it took longer than %v", f.timeout))
	return ctx, func() { cancel(); stop() }
}

func (f *faxFlags) send(ctx context.Context, w io.Writer, to, file string) error {
	if !strings.HasPrefix(to, "sip:") {
		return fmt.Errorf("--to %s: it must be a SIP URI such as sip:7001@127.0.0.1:5070", to)
	}
	pages, err := readPages(ctx, file)
	if err != nil {
		return err
	}
	o, err := f.options(hostOf(to))
	if err != nil {
		return err
	}
	m, err := machine.Start(o)
	if err != nil {
		return err
	}
	defer m.Close()
	return f.print(w, m.Send(ctx, to, pages))
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

// readPages makes fax pages of a file: TIFF or text.
func readPages(ctx context.Context, file string) ([]*t4.Page, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	part := mailbridge.Part{Name: filepath.Base(file), ContentType: "image/tiff", Body: b}
	if strings.EqualFold(filepath.Ext(file), ".txt") {
		part.ContentType = "text/plain"
	}
	return render.Pages(ctx, []mailbridge.Part{part}, render.Options{})
}

func faxReceiveCommand() *cobra.Command {
	var f faxFlags
	var dir string
	c := &cobra.Command{
		Use:   "receive --listen udp:ADDRESS:PORT --dir DIR",
		Short: "Answer one call and keep its pages as a TIFF",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := f.context(c.Context())
			defer cancel()
			return f.receive(ctx, c.OutOrStdout(), dir)
		},
	}
	f.define(c, "udp:127.0.0.1:5060")
	c.Flags().StringVar(&dir, "dir", ".", "the folder for the TIFF")
	return c
}

func (f *faxFlags) receive(ctx context.Context, w io.Writer, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	o, err := f.options("")
	if err != nil {
		return err
	}
	o.Receives = true
	m, err := machine.Start(o)
	if err != nil {
		return err
	}
	defer m.Close()
	if !f.json {
		fmt.Fprintf(w, "waiting for a fax at sip:%s\n", m.Addr())
	}
	fax, err := m.Receive(ctx)
	if err != nil {
		return err
	}
	if len(fax.Pages) > 0 {
		path := filepath.Join(dir, time.Now().Format("fax-20060102-150405.000")+".tif")
		if err := writePages(path, fax.Pages); err != nil {
			return err
		}
		if !f.json {
			fmt.Fprintln(w, path)
		}
	}
	return f.print(w, fax.Outcome)
}

func writePages(path string, pages []*t4.Page) error {
	b, err := tiff.Encode(pages, tiff.ProfileF)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.WriteFile(path, b, 0o644)
}

// result is the one line of --json.
type result struct {
	Success  bool    `json:"success"`
	Cause    string  `json:"cause"`
	Sentence string  `json:"sentence"`
	Pages    int     `json:"pages"`
	Rate     int     `json:"rate"`
	Coding   string  `json:"coding"`
	ECM      bool    `json:"ecm"`
	BadRows  int     `json:"bad_rows"`
	RemoteID string  `json:"remote_id"`
	Elapsed  float64 `json:"elapsed_s"`
}

// print tells how the fax went; a failed one is exit code 1.
func (f *faxFlags) print(w io.Writer, o mailbridge.Outcome) error {
	if f.verbose {
		fmt.Fprint(os.Stderr, o.Ladder)
	}
	if f.json {
		err := json.NewEncoder(w).Encode(result{
			Success: o.Delivered, Cause: o.Cause, Sentence: o.Sentence, Pages: o.Pages, Rate: o.Rate, Coding: o.Coding,
			ECM: o.ECM, BadRows: o.BadRows, RemoteID: o.RemoteID, Elapsed: float64(o.Duration.Milliseconds()) / 1000,
		})
		if err != nil {
			return err
		}
	} else {
		fmt.Fprintf(w, "%s\n", o.Sentence)
	}
	if !o.Delivered {
		return exitCode(1)
	}
	return nil
}
