package calls

import (
	"context"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Call makes one attempt to send pages to the destination of a job
// (mailbridge.Work.Call). It waits for a host to be attached and for a free
// line on the trunk; when ctx ends it hangs up. A trunk that refuses a call which
// offers T.38 alone is called again with audio, if that is a way to fax.
func (x *Exchange) Call(ctx context.Context, j *mailbridge.Job, pages []*t4.Page, confirmed func(n int) error) mailbridge.Outcome {
	to := j.Recipient.Destination
	trunk, ok := x.now.Load().Trunk(to.Trunk)
	if !ok {
		return noTrunk(to.Trunk)
	}
	o := x.attempt(ctx, trunk, j, pages, confirmed)
	if trunk.OfferT38 && trunk.Fallback != negotiation.T38Only && o.Cause == causeNoFax {
		trunk.OfferT38 = false
		o = x.attempt(ctx, trunk, j, pages, confirmed)
	}
	return o
}

// attempt is one call of a job.
func (x *Exchange) attempt(ctx context.Context, trunk Trunk, j *mailbridge.Job, pages []*t4.Page, confirmed func(n int) error) mailbridge.Outcome {
	to := j.Recipient.Destination
	c := x.newCall(newID(), trunk)
	c.log = c.log.With("job", j.ID)
	host, err := x.seize(ctx, c)
	if err != nil {
		return brokenOutcome(err)
	}
	c.calling = true
	c.dial = &faxv1.Dial{Trunk: trunk.Name, Number: to.Number, From: firstOf(to.From, trunk.From), Fax: faxWays[trunk.Fallback]}
	c.stationID = to.From
	c.subaddress = to.Subaddress
	c.wishes = j.Recipient.Wishes
	c.documents = t38.Documents{Source: document{pages, confirmed}}
	c.log.Info("calling", "number", to.Number, "trunk", trunk.Name, "attempt", j.Attempts, "pages", len(pages))
	if err := c.open(); err != nil {
		c.log.Error("no call can be made", "err", err)
		o := ownFault(err)
		c.result = &o
		c.hungUp = true // it was never dialled
		close(c.done)
		c.close()
		return o
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(host, func() { cancel(errHostGone) })()
	return c.run(ctx)
}

// seize enters the call as soon as there is a host and the trunk has a free
// line; the context it gives lives as long as that host.
func (x *Exchange) seize(ctx context.Context, c *call) (host context.Context, err error) {
	for {
		x.mu.Lock()
		attached, freed := x.attached, x.freed
		free := c.trunk.MaxCalls == 0 || x.lines[c.trunk.Name] < c.trunk.MaxCalls
		switch {
		case x.draining:
			x.mu.Unlock()
			return nil, errDraining
		case x.stream != nil && free:
			x.calls[c.id] = c
			x.lines[c.trunk.Name]++
			host = x.host
			x.mu.Unlock()
			return host, nil
		case x.stream != nil:
			attached = nil // it is a line that is waited for
		}
		x.mu.Unlock()
		select {
		case <-attached:
		case <-freed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// document is the pages of a job as the terminal takes them.
type document struct {
	pages     []*t4.Page
	confirmed func(n int) error
}

func (d document) Page(_ context.Context, n int) (*t4.Page, error) {
	if n < 0 || n >= len(d.pages) {
		return nil, nil
	}
	return d.pages[n], nil
}

func (d document) Confirmed(_ context.Context, n int) error { return d.confirmed(n) }

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}
