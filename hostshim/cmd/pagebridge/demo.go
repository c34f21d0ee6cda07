package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/smtp"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/internal/machine"
	"github.com/pagebridge/pagebridge/internal/mailcatcher"
	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/render"
	"github.com/pagebridge/pagebridge/mailbridge/report"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/plugin/config"
	"github.com/pagebridge/pagebridge/t38/t4"
)

func demoCommand() *cobra.Command {
	var once, verbose bool
	var dir string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Show both ways on this machine: a fax becomes a mail, a mail becomes a fax",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			level := slog.LevelError
			if verbose {
				level = slog.LevelDebug
			}
			return runDemo(ctx, c.OutOrStdout(), dir, once, logger(level))
		},
	}
	c.Flags().BoolVar(&once, "once", false, "end after the two faxes: exit code 0 when both arrived, else 1")
	c.Flags().StringVar(&dir, "dir", "", "the folder for what arrives (default: a new one)")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "show the logs")
	return c
}

// What the demo's people and numbers are called.
const (
	demoFaxNumber = "+15550100"
	demoFarNumber = "+15550199"
	demoOffice    = "office@demo.example"
	demoWorker    = "worker@demo.example"
	demoDomain    = "fax.demo.example"
)

// demoTime bounds each of the two ways.
const demoTime = 2 * time.Minute

// demo is the little world: a mailbox, a fax machine at the far end of a trunk,
// and between them the host with its plugin.
type demo struct {
	w     io.Writer
	dir   string
	begun time.Time
	mail  *mailcatcher.Catcher
	far   *machine.Machine
	sip   string // of the host
	smtp  string // of the plugin
}

func runDemo(ctx context.Context, w io.Writer, dir string, once bool, log *slog.Logger) error {
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "pagebridge-demo-"); err != nil {
			return err
		}
	}
	d := &demo{w: w, dir: dir, begun: time.Now()}
	end, err := d.start(ctx, log)
	if err != nil {
		return err
	}
	defer end()
	if err := errors.Join(d.faxToMail(ctx), d.mailToFax(ctx)); err != nil {
		d.say("It did not work: %v", err)
		return exitCode(1)
	}
	d.say("Both ways work. What arrived is in %s", d.dir)
	if once {
		return nil
	}
	d.say("Everything keeps running until you press Ctrl-C. Mail to FAX=%s@%s at %s becomes a fax.", demoFarNumber, demoDomain, d.smtp)
	<-ctx.Done()
	return nil
}

func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.w, "%5.1f s  %s\n", time.Since(d.begun).Seconds(), fmt.Sprintf(format, args...))
}

// start brings everything up, each part with what the next one needs to know.
func (d *demo) start(ctx context.Context, log *slog.Logger) (end func(), err error) {
	var ends []func()
	end = func() {
		for i := len(ends) - 1; i >= 0; i-- {
			ends[i]()
		}
	}
	defer func() {
		if err != nil {
			end()
		}
	}()
	if d.mail, err = mailcatcher.Start("127.0.0.1:0", d.dir); err != nil {
		return nil, err
	}
	ends = append(ends, d.mail.Close)
	d.say("A mailbox that catches all mail listens at %s (SMTP).", d.mail.Addr())

	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	d.far, err = machine.Start(machine.Options{
		Listen: []string{"udp:127.0.0.1:0"}, Media: loopback, StationID: "FAR MACHINE", Receives: true, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	ends = append(ends, d.far.Close)
	d.say("A fax machine stands at the far end of a SIP trunk, at %s.", d.far.Addr())

	if d.smtp, err = freePort(); err != nil {
		return nil, err
	}
	cfg, err := config.Parse([]byte(d.config()), filepath.Join(d.dir, "pagebridge.hcl"))
	if err != nil {
		return nil, fmt.Errorf("the demo's own configuration: %w", err)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "pagebridge.hcl"), []byte(d.config()), 0o644); err != nil {
		return nil, err
	}
	host, shim, err := start(ctx, cfg, "", log)
	if err != nil {
		return nil, err
	}
	ends = append(ends, func() { closeHost(host, log) }, shim.Close)
	d.sip = host.Addr("udp").String()
	pid, _ := shim.Process()
	d.say("The SIP host listens at %s; its fax plugin is process %d and takes mail at %s.", d.sip, pid, d.smtp)
	return end, nil
}

func (d *demo) config() string {
	return fmt.Sprintf(`sip {
  listen = ["udp:127.0.0.1:0"]
}
media {
  address = "127.0.0.1"
}
trunk "far" {
  server       = %q
  options_ping = "0s"
}
fax {
  station_id = "PAGEBRIDGE DEMO"
}
fax_number %q {
  mailboxes = [%q]
}
mail {
  listen        = %q
  domains       = [%q]
  allow_clients = ["127.0.0.0/8"]
  header        = ["", "", ""] # pages are compared pel by pel
  relay {
    server = %q
    tls    = "none"
  }
}
spool {
  path = %q
}
`, d.far.Addr(), demoFaxNumber, demoOffice, d.smtp, demoDomain, d.mail.Addr(), filepath.Join(d.dir, "spool"))
}

// freePort finds a port of loopback that nobody listens at now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// faxToMail: the far machine calls our fax number; a mail must come.
func (d *demo) faxToMail(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, demoTime)
	defer cancel()
	pages, _, err := render.Pages(ctx, []mailbridge.Part{{ContentType: "text/plain", Charset: "utf-8", Body: []byte(demoPage)}}, render.Options{})
	if err != nil {
		return err
	}
	d.say("")
	d.say("FAX TO MAIL: the far machine calls %s and sends a page.", demoFaxNumber)
	o := d.far.Send(ctx, "sip:"+demoFaxNumber+"@"+d.sip, pages)
	if !o.Delivered {
		return fmt.Errorf("the far machine could not send: %s", o.Sentence)
	}
	d.say("The fax is through: %d page at %d bit/s, coded %s, ECM %v.", o.Pages, o.Rate, o.Coding, o.ECM)
	m, err := d.mail.Next(ctx, demoOffice)
	if err != nil {
		return fmt.Errorf("no mail came to %s: %w", demoOffice, err)
	}
	d.say("%s has mail: %s", demoOffice, m.File)
	file, received, err := d.attachment(m.Message, "received.tif")
	if err != nil {
		return err
	}
	d.say("Its attachment: %s", file)
	return samePixels(pages, received)
}

// attachment takes the TIFF out of a mail.
func (d *demo) attachment(message []byte, name string) (string, []*t4.Page, error) {
	parts, err := offramp.Parts(message, offramp.PartLimits{})
	if err != nil {
		return "", nil, err
	}
	for _, p := range parts {
		if p.ContentType == "image/tiff" {
			file := filepath.Join(d.dir, name)
			if err := os.WriteFile(file, p.Body, 0o644); err != nil {
				return "", nil, err
			}
			pages, err := tiff.Decode(bytes.NewReader(p.Body), tiff.Limits{})
			return file, pages, err
		}
	}
	return "", nil, errors.New("the mail has no TIFF attached")
}

// samePixels compares pages by what is on the paper.
func samePixels(sent, got []*t4.Page) error {
	if len(sent) != len(got) {
		return fmt.Errorf("%d pages were sent and %d arrived", len(sent), len(got))
	}
	for i := range sent {
		a, _, errA := sent[i].Bitmap()
		b, _, errB := got[i].Bitmap()
		if err := errors.Join(errA, errB); err != nil {
			return err
		}
		if !bytes.Equal(a, b) {
			return fmt.Errorf("page %d arrived with other pixels than were sent", i+1)
		}
	}
	return nil
}

// mailToFax: a worker mails a text; the far machine must get a fax and the
// worker a report.
func (d *demo) mailToFax(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, demoTime)
	defer cancel()
	d.say("")
	d.say("MAIL TO FAX: %s mails a text to FAX=%s@%s.", demoWorker, demoFarNumber, demoDomain)
	mail := fmt.Sprintf("From: %s\r\nTo: FAX=%s@%s\r\nSubject: Hello by fax\r\nDate: %s\r\nMessage-ID: <demo@demo.example>\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s",
		demoWorker, demoFarNumber, demoDomain, time.Now().Format(time.RFC1123Z), strings.ReplaceAll(demoPage, "\n", "\r\n"))
	if err := smtp.SendMail(d.smtp, nil, demoWorker, []string{"FAX=" + demoFarNumber + "@" + demoDomain}, []byte(mail)); err != nil {
		return fmt.Errorf("the plugin did not take the mail: %w", err)
	}
	d.say("The mail was accepted, which means stored. The plugin calls the far machine.")
	fax, err := d.far.Receive(ctx)
	if err != nil {
		return err
	}
	if !fax.Outcome.Delivered {
		return fmt.Errorf("the far machine did not get the fax: %s", fax.Outcome.Sentence)
	}
	file := filepath.Join(d.dir, "sent.tif")
	if err := writePages(file, fax.Pages); err != nil {
		return err
	}
	d.say("The far machine has %d page: %s", len(fax.Pages), file)
	m, err := d.mail.Next(ctx, demoWorker)
	if err != nil {
		return fmt.Errorf("no report came to %s: %w", demoWorker, err)
	}
	dsn, err := report.Parse(m.Message)
	if err != nil {
		return fmt.Errorf("the report: %w", err)
	}
	for _, r := range dsn.Recipients {
		d.say("%s has the report: %s, %s (%s)", demoWorker, r.Action, r.Status, m.File)
		if r.Action != report.Delivered {
			return fmt.Errorf("the report says %s", r.Action)
		}
	}
	return nil
}

const demoPage = `PAGEBRIDGE

This page was laid out from text, coded as T.6 says, and carried by T.38 over
a SIP call between two fax terminals that speak T.30, with error correction.

    who            what
    -----------    ----------------------------------------------------------
    the host       answers SIP and passes offers and answers on
    the plugin     negotiates T.38, speaks T.30, stores each page, mails it
    the mailbox    gets a TIFF-F attachment

The quick brown fox jumps over the lazy dog. 0123456789 +-*/=%&#@
`
