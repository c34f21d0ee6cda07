package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/plugin/config"
)

// spoolFlags say which spool is looked into.
type spoolFlags struct{ file, path string }

func (f *spoolFlags) define(c *cobra.Command) {
	c.Flags().StringVarP(&f.file, "config", "c", "", "the configuration `file` that names the spool")
	c.Flags().StringVar(&f.path, "spool", "", "the spool's `folder`, instead of a configuration")
	c.MarkFlagsOneRequired("config", "spool")
	c.MarkFlagsMutuallyExclusive("config", "spool")
}

// open opens it for reading, beside a host that runs.
func (f *spoolFlags) open(ctx context.Context) (*spool.Spool, error) {
	o, err := f.options()
	if err != nil {
		return nil, err
	}
	return spool.Look(ctx, o)
}

func (f *spoolFlags) options() (spool.Options, error) {
	o := spool.Options{Path: f.path, Logger: slog.New(slog.DiscardHandler)}
	if f.file != "" {
		cfg, err := config.Load(f.file)
		if err != nil {
			return o, err
		}
		if cfg.Spool.Path == "" && cfg.Spool.Database == "" {
			return o, fmt.Errorf("%s has no spool block, so that nothing is kept", f.file)
		}
		o.Path, o.Database = cfg.Spool.Path, cfg.Spool.Database
	}
	return o, nil
}

func historyCommand() *cobra.Command {
	var where spoolFlags
	var filter spool.Filter
	var direction string
	var since time.Duration
	c := &cobra.Command{
		Use:   "history [-c FILE | --spool FOLDER] [ID]",
		Short: "Show the faxes that came and went; with an id all that is known of one",
		Long: "Show the faxes that came and went, the newest first. With the id of one, from this\nlist, the log or a report, it shows each call, what the two machines said to each\n" +
			"other, and where the mail went. The host may run meanwhile.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := where.open(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			if len(args) == 1 {
				return showFax(c.Context(), c.OutOrStdout(), s, args[0])
			}
			switch direction {
			case "", "in", "out":
				filter.Direction = spool.Direction(direction)
			default:
				return fmt.Errorf("--direction %s: it is in or out", direction)
			}
			if since > 0 {
				filter.Since = time.Now().Add(-since)
			}
			return list(c.Context(), c.OutOrStdout(), s, filter, "There is no such fax in the history.")
		},
	}
	where.define(c)
	fs := c.Flags()
	fs.StringVar(&direction, "direction", "", "only faxes that came `in`, or went out")
	fs.StringVar(&filter.Number, "number", "", "only those to this `number`")
	fs.StringVar(&filter.Peer, "peer", "", "only those from this mail `address` or calling number")
	fs.DurationVar(&since, "since", 0, "only those of the last `time`, such as 24h")
	fs.IntVarP(&filter.Limit, "lines", "n", 50, "at most so many")
	return c
}

func queueCommand() *cobra.Command {
	var where spoolFlags
	c := &cobra.Command{
		Use:   "queue [-c FILE | --spool FOLDER]",
		Short: "Show the faxes that are not done",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := where.open(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			return list(c.Context(), c.OutOrStdout(), s, spool.Filter{Open: true, Limit: 10_000}, "Nothing waits.")
		},
	}
	where.define(c)
	return c
}

const clock = "2006-01-02 15:04:05"

// list prints faxes one to a line.
func list(ctx context.Context, out io.Writer, s *spool.Spool, f spool.Filter, none string) error {
	faxes, err := s.History(ctx, f)
	if err != nil {
		return err
	}
	if len(faxes) == 0 {
		fmt.Fprintln(out, none)
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tTIME\t\tSTATE\tNUMBER\tFROM\tPAGES\tCALLS\tWHAT CAME OF IT")
	for _, fax := range faxes {
		state := string(fax.State)
		if fax.Held {
			state = "held"
		}
		what := fax.Sentence
		if !fax.Next.IsZero() && !fax.Held {
			what = strings.TrimSpace(what + " Next call at " + fax.Next.Local().Format(clock) + ".")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", fax.ID, fax.Time.Local().Format(clock), fax.Direction, state, fax.Number, fax.Peer, fax.Pages, fax.Attempts, what)
	}
	return w.Flush()
}

// showFax prints all that is known of one fax.
func showFax(ctx context.Context, out io.Writer, s *spool.Spool, id string) error {
	id = strings.ToUpper(id)
	j, err := s.Job(ctx, id)
	if err == nil {
		showJob(out, j)
		return nil
	}
	if !errors.Is(err, spool.ErrNotFound) {
		return err
	}
	r, err := s.Received(ctx, id)
	if errors.Is(err, spool.ErrNotFound) {
		return fmt.Errorf("there is no fax %s in the history; pagebridge history lists them", id)
	}
	if err != nil {
		return err
	}
	showReceived(out, r)
	return nil
}

func showJob(out io.Writer, j *spool.JobRecord) {
	fmt.Fprintf(out, "%s  sent by mail of %s to %s (%s)\n", j.ID, orUnknown(j.ReturnPath), j.Recipient.Destination.Number, j.Recipient.Address)
	state := string(j.State)
	if j.Held {
		state += ", held"
	}
	fmt.Fprintf(out, "State: %s. %s\n", state, j.Outcome.Sentence)
	if !j.Next.IsZero() {
		fmt.Fprintf(out, "Next call: %s\n", j.Next.Local().Format(clock))
	}
	for _, a := range j.History {
		fmt.Fprintf(out, "\nCall %d, %s: %s\n", a.N, a.Started.Local().Format(clock), a.Outcome.Sentence)
		showOutcome(out, a.Outcome)
	}
	showEvents(out, j.Events)
}

func showReceived(out io.Writer, r *spool.ReceivedRecord) {
	fmt.Fprintf(out, "%s  came from %s to %s over trunk %s\n", r.ID, orUnknown(r.Caller), r.Number, orUnknown(r.Trunk))
	state := string(r.State)
	if r.Held {
		state += ", held; pagebridge release " + r.ID + " sends it to its mailboxes"
	}
	fmt.Fprintf(out, "State: %s. %s\n", state, r.Outcome.Sentence)
	for _, d := range r.Deliveries {
		fmt.Fprintf(out, "Mail to %s: %s", d.Mailbox, d.State)
		if d.Error != "" {
			fmt.Fprintf(out, "; %s", d.Error)
		}
		if !d.Next.IsZero() {
			fmt.Fprintf(out, "; next try at %s", d.Next.Local().Format(clock))
		}
		fmt.Fprintln(out)
		for _, a := range d.Replies {
			fmt.Fprintf(out, "  %s  %s at %s %s %s\n", a.Time.Local().Format(clock), a.Kind, a.Recipient, a.Status, a.Said)
		}
	}
	fmt.Fprintf(out, "\nThe call, %s:\n", r.Started.Local().Format(clock))
	showOutcome(out, r.Outcome)
	showEvents(out, r.Events)
}

// showOutcome prints how a call went, with its ladder.
func showOutcome(out io.Writer, o mailbridge.Outcome) {
	if o.Over != "" {
		fmt.Fprintf(out, "  %d pages over %s at %d bit/s, %s", o.Pages, o.Over, o.Rate, orUnknown(o.Coding))
		if o.ECM {
			fmt.Fprint(out, ", ECM")
		}
		if o.BadRows > 0 {
			fmt.Fprintf(out, ", %d rows damaged", o.BadRows)
		}
		fmt.Fprintf(out, ", other machine %q, %v\n", o.RemoteID, o.Duration.Round(time.Second))
	}
	for line := range strings.Lines(o.Ladder) {
		fmt.Fprint(out, "  ", line)
	}
}

func showEvents(out io.Writer, events []spool.Event) {
	if len(events) > 0 {
		fmt.Fprintln(out, "\nWhat happened:")
	}
	for _, e := range events {
		fmt.Fprintf(out, "  %s  %s\n", e.Time.Local().Format(clock), e.What)
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "(unknown)"
	}
	return s
}
