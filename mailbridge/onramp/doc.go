// Package onramp makes received faxes into mail: the on-ramp gateway of ITU-T
// T.37 and RFC 2305 (now RFC 3965).
//
//	multipart/mixed
//	├─ text/plain                        who, when, how many pages; INCOMPLETE if so
//	├─ image/png                         the first page, small (as configured)
//	├─ application/pdf                   the pages for people (as configured)
//	└─ image/tiff; application=faxbw     the pages as one TIFF-F file
//
// A fax and a mailbox always give the same message, octet for octet. What is
// handed over twice, because a machine died between the relay's 250 and the
// note of it, has the same Message-ID and is known by it.
//
// Everything that came over the telephone line (numbers, station ids) is
// treated as hostile: it cannot begin a header field of its own.
package onramp
