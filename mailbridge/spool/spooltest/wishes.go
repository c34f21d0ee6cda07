package spooltest

import (
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
)

// wishing hands in a mail for a number with what its sender wants.
func (o *office) wishing(number string, w mailbridge.Wishes) string {
	o.t.Helper()
	sub := letter(number)
	sub.Recipients[0].Wishes = w
	return o.acceptMail(sub)
}

func fewCalls(o *office) {
	free := o.busyAtFirst()
	o.opts.Retry.Delays[""] = []time.Duration{0}
	o.start()
	id := o.wishing("1", mailbridge.Wishes{Calls: 2})
	if r := o.wantReport("it is given up"); r.Outcome.Delivered || len(r.Attempts) != 2 || r.Outcome.Status != "4.4.7" {
		o.t.Errorf("%+v", r)
	}
	if j := o.job(id, 0); j.State != spool.Failed {
		o.t.Errorf("%+v", j)
	}
	free.Store(true)
}

func sentLater(o *office) {
	o.start()
	at := time.Now().Add(2 * time.Second).Truncate(time.Microsecond)
	id := o.wishing("1", mailbridge.Wishes{NotBefore: at})
	far := o.wishing("2", mailbridge.Wishes{NotBefore: at.Add(240 * time.Hour)})
	past := o.wishing("3", mailbridge.Wishes{NotBefore: at.Add(-time.Hour)})
	o.wantState("what is over is now", past, 0, spool.Delivered)
	o.wantState("it waits", far, 0, spool.Queued)
	if j := o.wantState("it is called", id, 0, spool.Delivered); j.History[0].Started.Before(at) {
		o.t.Errorf("called at %v, wanted at %v", j.History[0].Started, at)
	}
	o.wantReport("of one of the two")
	o.wantReport("of the other")
	j := o.job(far, 0)
	if j.State != spool.Queued || !j.Next.Equal(at.Add(240*time.Hour)) || j.Attempts != 0 {
		o.t.Errorf("%+v", j)
	}
	if err := o.spool.CallNow(o.ctx(), j.ID); err != nil {
		o.t.Fatal(err)
	}
	o.wantReport("it is called sooner")
}
