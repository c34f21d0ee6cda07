package process

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/plugin/config"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// fixed names what differs between two configurations and holds for the life of a
// process: the spool is opened with it.
func fixed(before, after *config.Config) []string {
	var names []string
	differ := func(name string, a, b any) {
		if !reflect.DeepEqual(a, b) {
			names = append(names, name)
		}
	}
	a, b := before.Spool, after.Spool
	differ("spool.path", a.Path, b.Path)
	differ("spool.database", a.Database, b.Database)
	differ("spool.retry_delays", a.Delays, b.Delays)
	differ("spool.max_attempts", a.MaxAttempts, b.MaxAttempts)
	differ("spool.calls", a.Calls, b.Calls)
	differ("spool.keep", a.KeepFor, b.KeepFor)
	differ("spool.keep_size", a.KeepSize, b.KeepSize)
	differ("spool.keep_history", a.HistoryFor, b.HistoryFor)
	m, n := relayOf(before), relayOf(after)
	differ("mail.relay", m == nil, n == nil) // which work there is, is said when the spool starts
	if m != nil && n != nil {
		differ("mail.relay.retry_delays", m.Delays, n.Delays)
		differ("mail.relay.give_up_after", m.Patience, n.Patience)
		differ("mail.relay.postmaster", m.Postmaster, n.Postmaster)
		differ("mail.relay.delay_report", m.DelayAfter, n.DelayAfter)
	}
	return names
}

func relayOf(cfg *config.Config) *config.Relay {
	if cfg.Mail == nil {
		return nil
	}
	return cfg.Mail.Relay
}

// refurnish lets calls and mail that come from now on follow another
// configuration. needs are the settings that only a new process can change; then,
// and when it fails, the one before stays in force.
func (h *house) refurnish(cfg *config.Config) (needs []string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return nil, errors.New("the plugin is being stopped")
	}
	if needs := fixed(h.cfg, cfg); len(needs) > 0 {
		return needs, nil
	}
	media, err := mediaAddress(cfg)
	if err != nil {
		return nil, err
	}
	if h.spool != nil {
		work, err := h.workOf(cfg)
		if err != nil {
			return nil, err
		}
		if err := h.changeOfframp(cfg); err != nil {
			return nil, err
		}
		h.work.Store(&work)
	}
	h.cfg = cfg
	h.exchange.Change(exchangeOptions(cfg, media, h.spool, h.log))
	h.log.Info("the configuration is changed; calls that are up keep the one before")
	return nil, nil
}

// jobs is work that does what the configuration of the moment says.
func (h *house) jobs(first mailbridge.Work) mailbridge.Work {
	w := mailbridge.Work{
		Render: func(ctx context.Context, s *mailbridge.Submission) ([]*t4.Page, error) {
			return h.work.Load().Render(ctx, s)
		},
		Call: func(ctx context.Context, j *mailbridge.Job, pages []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
			return h.work.Load().Call(ctx, j, pages, confirmed)
		},
	}
	if first.Deliver != nil { // what is missing waits in the spool
		w.Deliver = func(ctx context.Context, r *mailbridge.Received, pages []*t4.Page, mailbox string) error {
			return h.work.Load().Deliver(ctx, r, pages, mailbox)
		}
	}
	if first.Notify != nil {
		w.Notify = func(ctx context.Context, r *mailbridge.Report) error { return h.work.Load().Notify(ctx, r) }
	}
	return w
}

// changeOfframp opens another mail door in the place of the one before, which
// finishes the mails that it had begun to take. Nobody is turned away but in the
// moment between the two. The caller holds mu.
func (h *house) changeOfframp(cfg *config.Config) error {
	wanted := cfg.Mail != nil && cfg.Mail.Listen != ""
	if wanted {
		o, err := offrampOptions(cfg)
		if err == nil {
			o.Accept = h.spool.Accept
			_, err = offramp.New(o) // checks them
		}
		if err != nil {
			return err
		}
	}
	before, served := h.offramp, h.served
	if before != nil {
		h.leaving.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), leavingTime)
			defer cancel()
			if err := before.Close(ctx); err != nil {
				h.log.Warn("closing the mail door before", "err", err)
			}
			<-served
		})
	}
	h.offramp, h.served = nil, nil
	if !wanted {
		return nil
	}
	err := h.reopen(cfg)
	if err == nil || before == nil {
		return err
	}
	if back := h.reopen(h.cfg); back != nil {
		return errors.Join(err, fmt.Errorf("and the mail door before cannot be opened again: %w", back))
	}
	return err
}

// leavingTime is how long a mail may take that was coming in at the change.
const leavingTime = 10 * time.Minute

// reopen opens the mail door as soon as the one before has let go of the port.
func (h *house) reopen(cfg *config.Config) (err error) {
	for range 50 {
		if err = h.openOfframp(cfg); err == nil {
			return nil
		}
		<-time.After(20 * time.Millisecond)
	}
	return err
}
