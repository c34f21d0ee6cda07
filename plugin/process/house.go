package process

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/onramp"
	"github.com/pagebridge/pagebridge/mailbridge/relay"
	"github.com/pagebridge/pagebridge/mailbridge/report"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/plugin/calls"
	"github.com/pagebridge/pagebridge/plugin/config"
)

// house is everything that a configuration asks for, put together and running.
type house struct {
	log      *slog.Logger
	exchange *calls.Exchange
	spool    *spool.Spool                    // nil: calls are never taken, nothing is sent
	work     atomic.Pointer[mailbridge.Work] // that its jobs do now
	leaving  sync.WaitGroup                  // mail doors that finish what they had begun

	mu      sync.Mutex      // guards what follows
	cfg     *config.Config  // in force
	offramp *offramp.Server // nil: no mail is taken
	served  chan struct{}   // closed when the offramp has ended; nil without one
	closing bool            // no mail door is opened any more
}

// openHouse builds from the inside out, so that every door that opens has its
// room behind it. When it fails, what was opened is closed again.
func openHouse(ctx context.Context, cfg *config.Config, log *slog.Logger) (_ *house, err error) {
	h := &house{log: log, cfg: cfg}
	defer func() {
		if err != nil {
			h.close(context.WithoutCancel(ctx))
		}
	}()
	media, err := mediaAddress(cfg)
	if err != nil {
		return nil, err
	}
	if cfg.Spool.Path != "" {
		h.spool, err = spool.Open(ctx, spoolOptions(cfg, log))
		if err != nil {
			return nil, err
		}
	}
	h.exchange = calls.New(exchangeOptions(cfg, media, h.spool, log))
	if h.spool == nil {
		return h, nil
	}
	work, err := h.workOf(cfg)
	if err != nil {
		return nil, err
	}
	h.work.Store(&work)
	if cfg.Mail != nil && cfg.Mail.Listen != "" {
		if err := h.openOfframp(cfg); err != nil {
			return nil, err
		}
	}
	if err := h.spool.Start(context.WithoutCancel(ctx), h.jobs(work)); err != nil {
		return nil, fmt.Errorf("starting the spool: %w", err)
	}
	return h, nil
}

// mediaAddress is the configured address, or the one that packets to the first
// trunk would come from.
func mediaAddress(cfg *config.Config) (netip.Addr, error) {
	if cfg.Media.Addr.IsValid() {
		return cfg.Media.Addr, nil
	}
	trunk := cfg.Trunk("")
	if trunk == nil {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	}
	conn, err := net.Dial("udp", net.JoinHostPort(trunk.Host(), "5060")) // sends nothing
	if err != nil {
		return netip.Addr{}, fmt.Errorf("finding the address for media; set media.address: %w", err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

func spoolOptions(cfg *config.Config, log *slog.Logger) spool.Options {
	var mail spool.MailRetry
	if cfg.Mail != nil && cfg.Mail.Relay != nil {
		mail = spool.MailRetry{Delays: cfg.Mail.Relay.Delays, MaxAge: cfg.Mail.Relay.Patience}
	}
	var late time.Duration
	var postmaster string
	if cfg.Mail != nil && cfg.Mail.Relay != nil {
		late, postmaster = cfg.Mail.Relay.DelayAfter, cfg.Mail.Relay.Postmaster
	}
	return spool.Options{
		DelayAfter: late, Postmaster: postmaster,
		MailRetry: mail,
		Path:      cfg.Spool.Path, Database: cfg.Spool.Database, Logger: log, MaxCalls: cfg.Spool.Calls, Keep: cfg.Spool.KeepFor,
		KeepOctets: int64(cfg.Spool.KeepSize) << 20, KeepHistory: cfg.Spool.HistoryFor,
		Retry: spool.Retry{
			MaxAttempts: cfg.Spool.MaxAttempts,
			Delays:      retryDelays(cfg.Spool.Delays),
		},
	}
}

// retryDelays: what the file says holds for every cause but our own
// interruptions.
func retryDelays(delays []time.Duration) map[string][]time.Duration {
	if len(delays) == 0 {
		return nil
	}
	return map[string][]time.Duration{"": delays}
}

// workOf joins the spool's jobs to the rooms that do them.
func (h *house) workOf(cfg *config.Config) (mailbridge.Work, error) {
	w := mailbridge.Work{Call: h.exchange.Call}
	renderer, err := newRenderer(cfg)
	if err != nil {
		return w, err
	}
	w.Render = renderer.pages
	if cfg.Mail == nil {
		return w, nil
	}
	w.Call = h.withHeader(cfg)
	if cfg.Mail.Relay == nil {
		return w, nil
	}
	out, err := h.relay(cfg)
	if err != nil {
		return w, err
	}
	in, err := onramp.New(onrampOptions(cfg.Mail, out))
	if err != nil {
		return w, err
	}
	w.Deliver = in.Deliver
	o := report.Options{Hostname: cfg.Mail.Hostname, Product: "pagebridge", Language: cfg.Mail.Language}
	if withPreview(cfg.Mail) {
		o.Preview = firstPage
	}
	w.Notify = func(ctx context.Context, r *mailbridge.Report) error { return report.Notify(ctx, r, out, o) }
	return w, nil
}

// relay is the way out for mail.
func (h *house) relay(cfg *config.Config) (*relay.Relay, error) {
	return relay.New(relay.Options{
		Server: cfg.Mail.Relay.Server, Hostname: cfg.Mail.Hostname, Security: securities[cfg.Mail.Relay.TLS],
		Username: cfg.Mail.Relay.Username, Password: cfg.Mail.Relay.Password, Logger: h.log,
		DKIM: cfg.Mail.Relay.DKIM,
	})
}

var securities = map[string]relay.Security{
	"opportunistic": relay.Opportunistic, "required": relay.Required, "none": relay.None,
}

// drain takes nothing new and waits for the faxes under way; it tells how many
// calls were cut.
func (h *house) drain(ctx context.Context) int {
	h.closeOfframp(ctx)
	return h.exchange.Drain(ctx)
}

// close ends everything; ctx bounds how long it waits for work under way.
func (h *house) close(ctx context.Context) {
	h.closeOfframp(ctx)
	if h.spool == nil {
		return
	}
	if err := h.spool.Stop(ctx); err != nil {
		h.log.Warn("the spool was stopped in mid-work; it goes on at the next start", "err", err)
	}
	if err := h.spool.Close(); err != nil {
		h.log.Error("closing the spool", "err", err)
	}
}

func (h *house) closeOfframp(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closing = true
	if h.offramp == nil {
		return
	}
	if err := h.offramp.Close(ctx); err != nil {
		h.log.Warn("closing the mail door", "err", err)
	}
	<-h.served
	h.leaving.Wait()
}
