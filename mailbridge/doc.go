// Package mailbridge holds the nouns of the bridge between fax and mail
// (ITU-T T.37, RFC 2305, RFC 2532). Its rooms mirror each other:
//
//	mail to fax   offramp ─▶ spool ─▶ render ─▶ (a call) ─▶ spool ─▶ report
//	fax to mail   (a call) ─▶ spool ─▶ tiff, onramp ─▶ relay
//
// Nothing in here knows SIP or T.30: a page is a t4.Page and the end of a call
// is an Outcome.
package mailbridge
