package spooltest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/t38/t4"
)

func receipts(o *office) {
	var asked atomic.Int32
	o.notify = func(r *mailbridge.Report) error {
		if r.Receipt && asked.Add(1) <= 2 {
			return errors.New("451 later")
		}
		return nil
	}
	o.call = func(ctx context.Context, j *mailbridge.Job, pages []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		if j.Recipient.Destination.Number == "+3" {
			return noSuchNumber()
		}
		return answering(ctx, j, pages, confirmed)
	}
	o.start()
	id := o.acceptMail(mailbridge.Submission{
		ReturnPath: "ann@example.com", Receipt: true, Message: []byte("Subject: x\r\n\r\ny\r\n"),
		Recipients: []mailbridge.Recipient{
			{Address: "FAX=+1@fax.example.com", Destination: mailbridge.Destination{Number: "+1"}, Notify: mailbridge.NotifyNever},
			{Address: "FAX=+2@fax.example.com", Destination: mailbridge.Destination{Number: "+2"}, Notify: mailbridge.NotifySuccess},
		},
	})
	kinds := map[string]int{}
	for range 3 {
		r := o.wantReport("two receipts and a report")
		if r.Receipt && len(r.Submission.Message) == 0 {
			o.t.Error("the receipt has no mail to be about")
		}
		kind := r.Job.Recipient.Destination.Number
		if r.Receipt {
			kind += " receipt"
		}
		kinds[kind]++
	}
	if kinds["+1 receipt"] != 1 || kinds["+2 receipt"] != 1 || kinds["+2"] != 1 || asked.Load() != 4 {
		o.t.Errorf("%v, asked %d times", kinds, asked.Load())
	}
	o.wantState("done", id, 0, spool.Delivered)
	id = o.acceptMail(mailbridge.Submission{
		ReturnPath: "ann@example.com", Receipt: true,
		Recipients: []mailbridge.Recipient{{Address: "FAX=+3@fax.example.com", Destination: mailbridge.Destination{Number: "+3"}}},
	})
	if r := o.wantReport("of a failure a report only"); r.Receipt {
		o.t.Error("a receipt for what failed")
	}
	o.wantState("failed", id, 0, spool.Failed)
	o.wantQuiet("no receipt")
}
