package process

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/pagebridge/pagebridge/internal/metrics"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/plugin/calls"
)

// metrics tells how the house does (faxv1.MetricsResponse).
func (h *house) metrics(ctx context.Context) string {
	p := metrics.New("plugin")
	p.Process()
	c := h.exchange.Counts()
	p.Gauge("legs", "Legs of calls that the plugin has; a call that goes through it has two.", float64(c.Up))
	kinds := slices.SortedFunc(maps.Keys(c.Faxes), compareKinds)
	for _, k := range kinds {
		p.Counter("faxes_total", "Calls for a fax that have ended.", float64(c.Faxes[k]), kindLabels(k)...)
	}
	for _, k := range kinds {
		p.Counter("pages_total", "Pages that were confirmed on them.", float64(c.Pages[k]), kindLabels(k)...)
	}
	if h.spool != nil {
		h.spoolMetrics(ctx, p)
	}
	return p.String()
}

// waiting are the states of what is not done.
var waiting = []spool.State{spool.Accepted, spool.Queued, spool.Calling, spool.Receiving}

func (h *house) spoolMetrics(ctx context.Context, p *metrics.Page) {
	n, err := h.spool.Counts(ctx)
	if err != nil {
		h.log.Warn("the spool's numbers cannot be read", "err", err)
		return
	}
	for _, of := range []struct {
		name, help string
		states     map[spool.State]int
	}{
		{"spool_jobs", "Faxes to be sent that are not done.", n.Jobs},
		{"spool_received", "Faxes that came in and are not with all their mailboxes.", n.Received},
		{"spool_deliveries", "Mails with a fax that the relay has not taken.", n.Deliveries},
		{"spool_reports", "Reports that the relay has not taken.", n.Reports},
	} {
		for _, state := range waiting {
			if count, ok := of.states[state]; ok || state == spool.Queued {
				p.Gauge(of.name, of.help, float64(count), "state", string(state))
			}
		}
	}
}

func compareKinds(a, b calls.FaxKind) int {
	return slices.Compare(kindLabels(a), kindLabels(b))
}

func kindLabels(k calls.FaxKind) []string {
	direction, result := "in", "failed"
	if k.Outgoing {
		direction = "out"
	}
	if k.Delivered {
		result = "delivered"
	}
	return []string{"direction", direction, "over", cmp.Or(k.Over, "none"), "result", result}
}
