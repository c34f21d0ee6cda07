package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// result is the one line of --json.
type result struct {
	Success  bool    `json:"success"`
	Cause    string  `json:"cause"` // "" on success
	Sentence string  `json:"sentence"`
	Pages    int     `json:"pages"`          // confirmed
	Over     string  `json:"over,omitempty"` // "T.38" or "G.711", of a call on SIP
	Rate     int     `json:"rate"`           // bit/s; 0: none was agreed on
	Coding   string  `json:"coding"`         // "MH", "MR", "MMR"; "": none was agreed on
	ECM      bool    `json:"ecm"`
	BadRows  int     `json:"bad_rows"`
	RemoteID string  `json:"remote_id"`
	Elapsed  float64 `json:"elapsed_s"`
	File     string  `json:"file,omitempty"` // where what was received is

	waited bool // no fax began
}

// resultOf a call on SIP.
func resultOf(o mailbridge.Outcome) result {
	return result{
		Success: o.Delivered, Cause: o.Cause, Sentence: o.Sentence, Pages: o.Pages, Over: o.Over, Rate: o.Rate, Coding: o.Coding,
		ECM: o.ECM, BadRows: o.BadRows, RemoteID: o.RemoteID, Elapsed: seconds(o.Duration),
	}
}

// resultOfTerminal is that of a call without SIP. err is what went wrong beside
// the fax.
func resultOfTerminal(o t30.Outcome, err error, took time.Duration) result {
	r := result{
		Success: o.Success, Sentence: o.Sentence(), Pages: len(o.Pages), Rate: o.Rate, Coding: o.Coding.String(),
		ECM: o.ECM, RemoteID: o.RemoteID, Elapsed: seconds(took),
	}
	for _, p := range o.Pages {
		r.BadRows += p.BadRows
	}
	if !o.Success {
		r.Cause = o.Cause.String()
	}
	if err != nil {
		r.Sentence += " (" + err.Error() + ")"
	}
	return r
}

func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// report tells how the fax went; a failed one is exit code 1.
func (f *terminalFlags) report(ctx context.Context, c *cobra.Command, r result, ladder string) error {
	r.stopped(ctx)
	if r.Rate == 0 {
		r.Coding = ""
	}
	if f.verbose {
		writeLadder(c.ErrOrStderr(), ladder)
	}
	if err := f.print(c.OutOrStdout(), r); err != nil {
		return err
	}
	if !r.Success {
		return exitCode(1)
	}
	return nil
}

// stopped says that it was this side that broke the fax off, if it was.
func (r *result) stopped(ctx context.Context) {
	if r.Success || ctx.Err() == nil {
		return
	}
	r.Cause = "interrupted"
	why := "this program was told to end"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		r.Cause = "timeout"
		why = fmt.Sprintf("%v (--timeout)", context.Cause(ctx))
	}
	if !r.waited {
		r.Sentence = "The fax was broken off here."
	}
	r.Sentence = strings.TrimSuffix(r.Sentence, ".") + ": " + why + "."
	if r.Pages > 0 {
		r.Sentence += fmt.Sprintf(" Pages confirmed until then: %d.", r.Pages)
	}
}

func (f *terminalFlags) print(w io.Writer, r result) error {
	if f.json {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false) // a station id may have these signs
		return e.Encode(r)
	}
	_, err := fmt.Fprintln(w, r.Sentence)
	if err == nil && r.Rate > 0 {
		_, err = fmt.Fprintln(w, r.details())
	}
	if err == nil && r.File != "" {
		_, err = fmt.Fprintln(w, r.File)
	}
	return err
}

// details is the second line for people:
// `14400 bit/s, MMR, error correction, with "+1 555 0100", 21.4 s`.
func (r *result) details() string {
	words := []string{}
	if r.Over != "" {
		words = append(words, r.Over)
	}
	words = append(words, fmt.Sprintf("%d bit/s", r.Rate), r.Coding)
	if r.ECM {
		words = append(words, "error correction")
	} else {
		words = append(words, "no error correction")
	}
	if r.BadRows > 0 {
		words = append(words, fmt.Sprintf("%d bad rows", r.BadRows))
	}
	if r.RemoteID != "" {
		words = append(words, fmt.Sprintf("with %q", r.RemoteID))
	}
	return strings.Join(append(words, fmt.Sprintf("%.1f s", r.Elapsed)), ", ")
}

const (
	ladderColumns = 100
	ladderIndent  = 15 // to the words behind the name of a frame
)

// writeLadder writes what t30.Ladder prints for a screen: DIS alone may be 200
// columns long.
func writeLadder(w io.Writer, ladder string) {
	if ladder == "" {
		return
	}
	fmt.Fprintln(w, "seconds     -> said here, <- said by the other machine")
	for line := range strings.Lines(ladder) {
		line = strings.TrimSuffix(line, "\n")
		for len(line) > ladderColumns {
			cut := strings.LastIndexByte(line[:ladderColumns], ' ')
			if cut <= ladderIndent {
				break // one long word
			}
			fmt.Fprintln(w, line[:cut])
			line = strings.Repeat(" ", ladderIndent) + line[cut:]
		}
		fmt.Fprintln(w, line)
	}
}
