package onramp

import (
	"fmt"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// returnedText tells the postmaster why he has a fax that was for somebody else.
func returnedText(r *mailbridge.Received) string {
	if r.Returned == nil {
		return ""
	}
	return fmt.Sprintf("This fax could NOT be delivered to <%s>. The mail server said:\n\n  %s\n\n"+
		"What you can do: pass it on to whom it is for, and correct the mailbox\n"+
		"of fax number %s in the gateway's configuration. The gateway does not\n"+
		"try that mailbox again with this fax.\n\n",
		imf.Printable(r.Returned.Mailbox), imf.Printable(r.Returned.Why), imf.Printable(r.Number))
}

// returnedFrom makes the Message-ID of a return its own: the postmaster may be one of
// the fax's mailboxes as well.
func returnedFrom(r *mailbridge.Received) string {
	if r.Returned == nil {
		return ""
	}
	return "returned from " + r.Returned.Mailbox + " to "
}
