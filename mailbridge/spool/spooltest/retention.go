package spooltest

import (
	"errors"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge/spool"
)

// done lets n faxes come in and go to their mailbox, and gives their ids, the first
// first.
func (o *office) done(n int) (ids []string) {
	o.t.Helper()
	for range n {
		r := o.receive(incoming("a@example.com"), 2)
		o.finish(r)
		o.wantMail("it is mailed")
		o.wantReceived("it is done", r.ID(), spool.Delivered)
		ids = append(ids, r.ID())
	}
	return ids
}

// pagesOf is how many pages are left of a fax.
func (o *office) pagesOf(id string) int {
	o.t.Helper()
	d, err := o.spool.Document(o.ctx(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return len(d.Pages)
}

func purgedBySize(o *office) {
	o.start()
	ids := o.done(4)
	octets := int64(0)
	d, err := o.spool.Document(o.ctx(), ids[0])
	if err != nil {
		o.t.Fatal(err)
	}
	for _, p := range d.Pages {
		octets += int64(len(p.Data))
	}
	held := o.broken() // is not done
	o.close()
	o.opts.KeepOctets = 3 * octets
	o.start()
	for _, id := range ids[:2] {
		o.eventually("the oldest go", func() bool { return o.pagesOf(id) == 0 })
	}
	if o.pagesOf(ids[3]) != 2 || o.pagesOf(held.ID) != 3 {
		o.t.Error("too much is gone")
	}
	if r, err := o.spool.Received(o.ctx(), ids[0]); err != nil || r.State != spool.Delivered {
		o.t.Errorf("the history is gone: %+v, %v", r, err)
	}
}

func forgotten(o *office) {
	o.start()
	sent := o.accept("1", "2")
	o.wantReport("of one")
	o.wantReport("of the other")
	job := o.job(sent, 0).ID
	ids := o.done(1)
	held := o.broken()
	o.eventually("the reports are done", func() bool {
		c, err := o.spool.Counts(o.ctx())
		return err == nil && c.Reports[spool.Delivered] == 2
	})
	o.close()
	o.opts.KeepHistory = time.Hour
	if s, err := spool.Open(o.ctx(), o.opts); err == nil {
		s.Close()
		o.t.Error("a history so short that limits cannot be counted")
	}
	o.opts.KeepHistory = 48 * time.Hour
	o.opts.Now = func() time.Time { return time.Now().Add(72 * time.Hour) }
	o.start()
	for _, id := range ids {
		o.eventually("it is forgotten", func() bool {
			_, err := o.spool.Received(o.ctx(), id)
			return errors.Is(err, spool.ErrNotFound)
		})
	}
	o.eventually("it is forgotten", func() bool {
		_, err := o.spool.Job(o.ctx(), job)
		return errors.Is(err, spool.ErrNotFound)
	})
	list, err := o.spool.History(o.ctx(), spool.Filter{})
	if err != nil || len(list) != 1 || list[0].ID != held.ID || o.pagesOf(held.ID) != 3 {
		o.t.Errorf("what is not done: %+v, %v", list, err)
	}
}
