package spooltest

import (
	"context"
	"reflect"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// goingOn is a fax that came in for a machine.
func goingOn() mailbridge.Received {
	r := incoming("a@example.com")
	r.Forward = &mailbridge.Destination{Number: "+15550199", Trunk: "main", From: "+15550100"}
	return r
}

func goesOn(o *office) {
	called := make(chan *mailbridge.Job, 10)
	o.call = func(ctx context.Context, j *mailbridge.Job, pages []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		if !reflect.DeepEqual(pages, somePages(3)) {
			o.t.Errorf("other pages are sent on")
		}
		called <- j
		return answering(ctx, j, pages, confirmed)
	}
	o.start()
	receipt := o.receive(goingOn(), 3)
	o.finish(receipt)
	o.wantMail("its mailbox has it as well")
	j := <-called
	if to := j.Recipient.Destination; to.Number != "+15550199" || to.Trunk != "main" || to.From != "+15550100" {
		o.t.Errorf("called %+v", to)
	}
	o.wantState("it is delivered", j.SubmissionID, 0, spool.Delivered)
	if renders, calls := o.counted(); renders != 0 || calls != 1 {
		o.t.Errorf("%d renderings, %d calls", renders, calls)
	}
	o.wantQuiet("a fax that went on is no news")

	// One that was cut off may come again, whole.
	cut := o.receive(goingOn(), 1)
	if err := cut.Finish(o.ctx(), mailbridge.Received{}); err != nil {
		o.t.Fatal(err)
	}
	o.wantMail("its mailbox has what came")
	o.wantQuiet("nothing else")
	if _, calls := o.counted(); calls != 1 {
		o.t.Errorf("%d calls", calls)
	}
}

func cannotGoOn(o *office) {
	o.call = func(context.Context, *mailbridge.Job, []*t4.Page, func(int) error) mailbridge.Outcome {
		return noSuchNumber()
	}
	o.start()
	o.finish(o.receive(goingOn(), 1))
	o.wantMail("its mailbox has it")
	r := o.wantReport("and hears that it went no further")
	if r.Submission.ReturnPath != "a@example.com" || r.Outcome.Delivered {
		o.t.Errorf("reported %+v", r)
	}
}
