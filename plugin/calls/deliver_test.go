package calls

import (
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// The sub-address that the calling machine sends (SUB) is in what a fax came to.
func TestSubaddressIsInTheOutcome(t *testing.T) {
	o := faxOutcome(t30.Outcome{Success: true, Told: t30.Addresses{SUB: "12"}}, nil)
	if o.Subaddress != "12" {
		t.Errorf("the outcome is %+v", o)
	}
}

// Where a fax goes is asked when it is over, and kept with it.
func TestWhereAFaxGoesIsAskedAtItsEnd(t *testing.T) {
	in := newInbox()
	x := exchange(in, Trunk{})
	under := *x.now.Load()
	under.Number = func(called string) (Number, bool) {
		return Number{Number: called, Mailboxes: []string{"office@example.com"}, Deliver: func(r mailbridge.Received) []string {
			if r.Caller != "7000" || r.Started.IsZero() || r.Ended.IsZero() {
				t.Errorf("asked about %+v", r)
			}
			return []string{"night@example.com", "guard@example.com"}
		}}, true
	}
	x.Change(under.Options)
	h := attach(t, x)
	h.incoming("a", "100")
	h.want("our number", "Take")
	h.want("the INVITE is answered", "Respond")
	h.events <- &faxv1.HostEvent{Call: "a", Event: &faxv1.HostEvent_Ended{Ended: &faxv1.Ended{Reason: "BYE"}}}
	<-in.done
	if got := in.finished[0].Mailboxes; len(got) != 2 || got[0] != "night@example.com" {
		t.Errorf("the fax goes to %v", got)
	}
}
