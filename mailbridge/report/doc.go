// Package report tells a sender what became of his fax, as a delivery status
// notification (RFC 3464), and reads those that others send.
//
//	multipart/report; report-type=delivery-status      (RFC 6522)
//	├─ text/plain                 for the person
//	├─ message/delivery-status    for programs: Action, Status, Diagnostic-Code
//	└─ text/rfc822-headers        of the mail, or all of it as message/rfc822 when
//	                              a fax failed that was sent with RET=FULL
//
// A report goes to the return path of the mail and from the null path, so that
// no report is ever answered by another (RFC 3464 2, RFC 5321 6.1). A mail that
// came from the null path is not reported on at all.
//
// The address type of recipients is rfc822, as the address in the mail was:
// IANA's registry has none for fax numbers, and drafts that would have made one
// expired. What only a fax has is said in fields whose names begin with X-,
// which RFC 3464 2.4 leaves free for that.
package report
