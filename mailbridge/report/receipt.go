package report

import (
	"net/mail"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// composeReceipt writes the disposition notification (RFC 8098) of a fax that went
// through. What a gateway knows is "dispatched": it has sent the mail on, and who took
// it out of the fax machine it cannot say.
//
//	multipart/report; report-type=disposition-notification
//	├─ text/plain
//	├─ message/disposition-notification
//	└─ text/rfc822-headers
func composeReceipt(r *mailbridge.Report, o Options) []byte {
	text, fields := humanText(r, o), disposition(r, o)
	original, _ := returned(r)
	seed := "receipt\x00" + r.Job.ID + "\x00" + r.Submission.ID
	boundary := imf.Boundary(seed, []byte(text), fields, original)

	var w imf.Writer
	w.Addresses("From", mail.Address{Address: r.Job.Recipient.Address}) // RFC 8098 3: for whom it is issued
	envelope(&w, r, o, boundary, "disposition-notification")
	w.Raw([]byte("This is a receipt in MIME format (RFC 8098).\r\n"))
	w.Open(boundary)
	w.TextBody(text)
	w.Open(boundary)
	w.Field("Content-Type", "message/disposition-notification")
	w.End()
	w.Raw(fields)
	returnedPart(&w, boundary, original, "text/rfc822-headers")
	w.Close(boundary)
	return w.Bytes()
}

// disposition writes the fields of RFC 8098 3.2.
func disposition(r *mailbridge.Report, o Options) []byte {
	var w imf.Writer
	w.Field("Reporting-UA", o.Hostname+"; "+o.Product)
	w.Field("MDN-Gateway", "dns; "+o.Hostname)
	if a := r.Job.Recipient.OriginalRcpt; a != "" {
		w.Field("Original-Recipient", addressType(a))
	}
	w.Field("Final-Recipient", addressType("rfc822;"+r.Job.Recipient.Address))
	if id := messageID(r.Submission.Message); id != "" {
		w.Field("Original-Message-ID", id)
	}
	w.Field("Disposition", "automatic-action/MDN-sent-automatically; dispatched")
	faxFields(&w, r)
	return w.Bytes()
}
