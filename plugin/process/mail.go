package process

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/address"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/onramp"
	"github.com/pagebridge/pagebridge/mailbridge/pdf"
	"github.com/pagebridge/pagebridge/mailbridge/preview"
	"github.com/pagebridge/pagebridge/mailbridge/relay"
	"github.com/pagebridge/pagebridge/mailbridge/render"
	"github.com/pagebridge/pagebridge/plugin/config"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// withHeader calls with header lines on the pages. A fax that came in and goes on
// has the line of its first sender, and no mail behind it.
func (h *house) withHeader(cfg *config.Config) func(context.Context, *mailbridge.Job, []*t4.Page, func(int) error) mailbridge.Outcome {
	return func(ctx context.Context, j *mailbridge.Job, pages []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		if j.Recipient.Sender != "" {
			stamped, err := cfg.Mail.HeaderLine.Stamp(pages, headerFields(cfg, j, time.Now()))
			if err != nil { // the fax matters more than its header
				h.log.Warn("a fax goes without header lines", "job", j.ID, "err", err)
			} else {
				pages = stamped
			}
		}
		return h.exchange.Call(ctx, j, pages, confirmed)
	}
}

func onrampOptions(m *config.Mail, out *relay.Relay) onramp.Options {
	o := onramp.Options{Hostname: m.Hostname, From: m.From, CallerDomain: m.CallerDomain, Subject: m.Subject, Encode: tiffFile(m.TIFFCoding), Relay: out}
	o.RequestDSN, o.RequestMDN = m.Relay.AskDelivery, m.Relay.AskReading
	if domain := m.Relay.Replies; domain != "" {
		o.ReplyTo = func(key string) string { return offramp.ReplyAddress(key, domain) }
	}
	if m.Attach != "tiff" {
		o.PDF, o.OnlyPDF = pdf.Encode, m.Attach == "pdf"
	}
	if withPreview(m) {
		o.Preview = firstPage
	}
	return o
}

func withPreview(m *config.Mail) bool { return m.Preview == nil || *m.Preview }

func firstPage(p *t4.Page) ([]byte, error) { return preview.PNG(p, preview.Width) }

func (h *house) openOfframp(cfg *config.Config) error {
	o, err := offrampOptions(cfg)
	if err != nil {
		return err
	}
	o.Accept, o.Usage, o.Logger = h.spool.Accept, h.spool.Usage, h.log
	if cfg.Mail.Relay != nil && cfg.Mail.Relay.Replies != "" {
		o.Replies, o.ReplyDomain = replies{h.spool}, cfg.Mail.Relay.Replies
	}
	if o.Postmaster, err = h.postmaster(cfg); err != nil {
		return err
	}
	server, err := offramp.New(o)
	if err != nil {
		return err
	}
	if err := server.Listen(); err != nil {
		return err
	}
	h.offramp, h.served = server, make(chan struct{})
	go func() {
		defer close(h.served)
		if err := server.Serve(); err != nil {
			h.log.Error("mail is taken no more", "err", err)
		}
	}()
	return nil
}

// postmaster passes mail to the postmaster of the fax domains on to him, if there is one
// who is not himself in them.
func (h *house) postmaster(cfg *config.Config) (func(context.Context, string, []byte) error, error) {
	r := cfg.Mail.Relay
	if r == nil || r.Postmaster == "" || slices.ContainsFunc(domains(cfg), func(d string) bool {
		return strings.EqualFold(d, r.Postmaster[strings.LastIndexByte(r.Postmaster, '@')+1:])
	}) {
		return nil, nil
	}
	out, err := h.relay(cfg)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, returnPath string, message []byte) error {
		return out.Send(ctx, relay.Envelope{From: returnPath, To: []string{r.Postmaster}}, message)
	}, nil
}

func offrampOptions(cfg *config.Config) (offramp.Options, error) {
	m := cfg.Mail
	plan := numberPlan(m.Plan)
	aliases := map[string][]mailbridge.Destination{}
	for _, a := range cfg.Aliases {
		for _, number := range a.All {
			aliases[lower(a.Name)] = append(aliases[lower(a.Name)], mailbridge.Destination{
				Number: plan.Complete(number), Trunk: a.Trunk, Alias: a.Name, From: a.From, Subaddress: a.Subaddress,
			})
		}
	}
	o := offramp.Options{
		Listen: m.Listen, LMTP: m.LMTP, Hostname: m.Hostname, Domains: domains(cfg),
		AllowedClients: m.Clients, AllowedSenders: m.AllowSenders,
		Aliases: aliases, Resolve: resolve(plan, cfg), Users: m.Users,
		Usable: usable(cfg), UsableNames: render.UsableNames, IgnoreUnusable: leavesOut(cfg), Covers: render.CoverNames(), MaxAttempts: cfg.Spool.MaxAttempts,
		Limits: offramp.Limits{MessageSize: int64(m.MaxSize) << 20},
	}
	if m.Office != "" {
		o.UsableNames = render.UsableOfficeNames
	}
	if m.TLSCertificate != "" {
		pair, err := tls.LoadX509KeyPair(m.TLSCertificate, m.TLSKey)
		if err != nil {
			return o, fmt.Errorf("reading tls_certificate and tls_key of the mail block: %w", err)
		}
		o.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	return o, addSenders(&o, cfg)
}

func numberPlan(p *config.Plan) address.Plan {
	if p == nil {
		return address.Plan{}
	}
	return address.Plan{Country: p.Country, International: p.International, National: p.National, Length: p.Length}
}

// resolve reads a number from the local part of an address, and a trunk from the
// domain where that begins with its name.
func resolve(plan address.Plan, cfg *config.Config) func(local, domain string) ([]mailbridge.Destination, error) {
	return func(local, domain string) ([]mailbridge.Destination, error) {
		pstn, err := address.Parse(local)
		if err != nil {
			return nil, &mailbridge.PermanentError{Status: "5.1.3", Err: err}
		}
		return []mailbridge.Destination{{
			Number: plan.Complete(pstn.Number), Subaddress: pstn.Subaddress, Trunk: trunkOf(cfg, domain),
		}}, nil
	}
}

// domains are those of the mail block, and with the name of each trunk before
// them: 7001@pbx.fax.example.com goes out by the trunk pbx.
func domains(cfg *config.Config) []string {
	all := slices.Clone(cfg.Mail.Domains)
	for _, d := range cfg.Mail.Domains {
		for _, t := range cfg.Trunks {
			if !strings.HasPrefix(d, "[") {
				all = append(all, t.Name+"."+d)
			}
		}
	}
	return all
}

// trunkOf is the trunk that a domain names, "" for the default.
func trunkOf(cfg *config.Config, domain string) string {
	for _, d := range cfg.Mail.Domains {
		for _, t := range cfg.Trunks {
			if strings.EqualFold(t.Name+"."+d, domain) && !slices.ContainsFunc(cfg.Mail.Domains, func(own string) bool { return strings.EqualFold(own, domain) }) {
				return t.Name
			}
		}
	}
	return ""
}
