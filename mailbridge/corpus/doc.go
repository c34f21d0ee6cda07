// Package corpus has mails as programs and machines really shape them, for tests:
//
//	gen/sources/*.txt ──> gen ──> messages/*.eml ──> offramp.Read ──> render.Pages
//	                                                                        │
//	                        testdata/NAME.txt, NAME-1.png, … (expected) <───┴── compared
//
// The sources are mails with directives where octets stand that an editor cannot
// write: «qp "koi8-r" "…"», «file "photo.jpg"». The messages are what an SMTP server
// gets, with CRLF at the end of lines. Somebody has looked at each of the pages that
// are expected. After a change that is meant to change them, look again:
//
//	go test ./mailbridge/corpus -update && git status mailbridge/corpus
package corpus
