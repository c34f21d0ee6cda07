package spooltest

import "testing"

// Run runs the suite. fresh gives the Place of a database of its own.
func Run(t *testing.T, fresh func(t *testing.T) Place) {
	for _, c := range []struct {
		name string
		run  func(*office)
	}{
		{"a fax is delivered and its sender told", delivered},
		{"each recipient has an outcome of its own", ownOutcomes},
		{"a busy line is called again with the same pages", calledAgain},
		{"calls that are used up end in one failure report", usedUp},
		{"old jobs are given up", tooOld},
		{"every page confirmed is delivered, however the call ended", confirmedIsDelivered},
		{"a mail that cannot be rendered is reported before any call", unrenderable},
		{"a mail without pages is reported before any call", nothingToFax},
		{"rendering is tried again", renderedLater},
		{"nothing is reported to the null return path", nullReturnPath},
		{"NOTIFY is honoured", notifyHonoured},
		{"a fax that is late is reported once as delayed", reportedDelay},
		{"a fax that is late is not reported to who did not ask", silentDelay},
		{"a report that the relay refuses for now is sent later", reportedLater},
		{"a report that the relay refuses is given up", reportRefused},
		{"accepted before start is called after", acceptedBeforeStart},
		{"what is accepted survives a restart", survivesRestart},
		{"stopping in a call makes it again and counts it not", stoppedInCall},
		{"stopping waits for a call to end", stoppedGently},
		{"a panic in the work is an outcome", panics},
		{"no more calls than allowed at a time", maxCalls},

		{"a fax that came in goes to each mailbox", receivedToEach},
		{"a receipt that was not finished is delivered incomplete", unfinishedReceipt},
		{"a receipt without pages makes history only", emptyReceipt},
		{"a fax without a mailbox is kept", noMailbox},
		{"mail that the relay refuses for now is sent later", deliveredLater},
		{"mail that the relay refuses is given up", deliveryRefused},
		{"mail that is too old is given up", deliveryTooOld},
		{"a fax that no mailbox takes goes to the postmaster", returnedFax},
		{"whoever asks for it has a receipt for each fax that went through", receipts},
		{"what comes back about a mail is known, and a fax that comes back goes to the postmaster once", repliesToMail},
		{"a fax that comes back when it is not kept any more", replyAfterAll},

		{"a fax that broke off is held until it is released", heldPartial},
		{"a fax that is held is discarded", discardedPartial},
		{"orders from outside are carried out", ordered},

		{"a fax that is to go on is called out with the same pages", goesOn},
		{"a fax that cannot go on is reported to its mailbox", cannotGoOn},
		{"what a function is missing for waits", noRelay},

		{"a fax that waits is called now", calledNow},
		{"a fax that is held waits for its release", heldAndReleased},
		{"a fax that waits is cancelled", cancelledWaiting},
		{"a fax that is being sent is cancelled", cancelledInCall},
		{"a fax that has arrived is not cancelled", cancelledTooLate},
		{"a fax that has no pages yet is cancelled", cancelledUnrendered},

		{"a sender may want fewer calls", fewCalls},
		{"a sender may want a fax to go later", sentLater},

		{"the history is listed newest first and filtered", history},
		{"the faxes of an account are counted", usage},
		{"what is not there is not found", notFound},
		{"old documents are purged and the history stays", purged},
		{"documents are purged when there are too many", purgedBySize},
		{"the history is forgotten after its time", forgotten},
		{"bad use is refused", badUse},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(newOffice(t, fresh(t)))
		})
	}
}
