package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

func faxCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "fax",
		Short: "One fax call without mail, for troubleshooting",
		Long: `One fax call without mail, for troubleshooting.

The exit code is 0 when the fax went through, 1 when it failed and 2 when it was
not tried, because the command line or a file is wrong.`,
		Args: cobra.ArbitraryArgs, // so that RunE sees a mistyped command
		RunE: orMistake(func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			return mistakef("%q: it is send, receive, udptl or rtp", args[0])
		}),
	}
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return tell(c, mistake{err}) })
	c.AddCommand(faxSendCommand(), faxReceiveCommand(), faxUDPTLCommand(), faxRTPCommand())
	return c
}

// exitMistake is the exit code when no fax was tried.
const exitMistake exitCode = 2

// mistake is an error of the user's, found before any fax was tried.
type mistake struct{ error }

func (m mistake) Unwrap() error { return m.error }

func mistakef(format string, args ...any) error { return mistake{fmt.Errorf(format, args...)} }

// orMistake has run's mistakes told with their exit code.
func orMistake(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error { return tell(c, run(c, args)) }
}

// tell says what the mistake is, if err is one.
func tell(c *cobra.Command, err error) error {
	var m mistake
	if !errors.As(err, &m) {
		return err
	}
	fmt.Fprintf(c.ErrOrStderr(), "%s: %v\n", c.CommandPath(), err)
	return exitMistake
}

// terminalFlags are those of every fax terminal, with SIP or without.
type terminalFlags struct {
	stationID string
	ecm       bool
	maxRate   int
	coding    []string
	timeout   time.Duration
	json      bool
	verbose   bool
}

func (f *terminalFlags) define(c *cobra.Command) {
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.stationID, "station-id", "pagebridge", "what the other machine shows, up to 20 characters")
	fs.BoolVar(&f.ecm, "ecm", true, "use error correction (T.30 Annex A)")
	fs.IntVar(&f.maxRate, "max-rate", 14400, "the highest rate in bit/s")
	fs.StringSliceVar(&f.coding, "coding", nil, "use only these `codings` beside mh, which every machine has: mh, mr, mmr")
	fs.DurationVar(&f.timeout, "timeout", 30*time.Minute, "give up after this time")
	fs.BoolVar(&f.json, "json", false, "print the result as one line of JSON")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "print what the two machines said to each other, to standard error")
}

// errorCorrection is one thing in the words of two standards.
type errorCorrection struct {
	sdp   sdp.UDPEC
	udptl udptl.ErrorCorrection
}

func defineEC(fs *pflag.FlagSet, ec *string) {
	fs.StringVar(ec, "ec", "redundancy", "`what` is sent, or offered, against packet loss: none, redundancy or fec")
}

func errorCorrectionOf(name string) (errorCorrection, error) {
	ec, ok := errorCorrections[strings.ToLower(name)]
	if !ok {
		return ec, mistakef("--ec %s: it is none, redundancy or fec", name)
	}
	return ec, nil
}

var errorCorrections = map[string]errorCorrection{
	"none":       {sdp.NoEC, udptl.NoCorrection},
	"redundancy": {sdp.Redundancy, udptl.Redundancy},
	"fec":        {sdp.FEC, udptl.FEC},
}

// rates are those of T.30's modems up to V.17.
var rates = map[int]bool{2400: true, 4800: true, 7200: true, 9600: true, 12000: true, 14400: true}

// check gives the codings that may be used, 0 for all.
func (f *terminalFlags) check() (codings t30.CodingSet, err error) {
	if codings, err = codingSet(f.coding); err != nil {
		return 0, err
	}
	switch {
	case codings == t30.CodingMMR && !f.ecm:
		return 0, mistakef("--coding mmr needs error correction (T.30 Annex A): leave out --ecm=false")
	case !rates[f.maxRate]:
		return 0, mistakef("--max-rate %d: it is 2400, 4800, 7200, 9600, 12000 or 14400", f.maxRate)
	case f.timeout <= 0:
		return 0, mistakef("--timeout %v: it must be longer than nothing", f.timeout)
	case len(f.stationID) > 20:
		return 0, mistakef("--station-id %s: T.30 has room for 20 characters", f.stationID)
	}
	return codings, nil
}

// codingSet reads --coding.
func codingSet(names []string) (t30.CodingSet, error) {
	var set t30.CodingSet
	for _, name := range names {
		coding, ok := map[string]t30.CodingSet{"mh": t30.CodingMH, "mr": t30.CodingMR, "mmr": t30.CodingMMR}[strings.ToLower(name)]
		if !ok {
			return 0, mistakef("--coding %s: it is mh, mr or mmr", name)
		}
		set |= coding
	}
	return set, nil
}

// context ends with --timeout and when the user says so.
func (f *terminalFlags) context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, fmt.Errorf("it took longer than %v", f.timeout))
	return ctx, func() { cancel(); stop() }
}
