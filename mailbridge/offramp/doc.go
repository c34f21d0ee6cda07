// Package offramp takes mail that is to be faxed: the off-ramp gateway of
// ITU-T T.37 and RFC 2305, seen from the mail.
//
//	MAIL FROM   a client that is allowed, or a Sender by its   else 550 5.7.1
//	            network, password, certificate, address?       or SPF says no: 550 5.7.23
//	            or the null path, for the address of a reply?
//	RCPT TO     our domain? an alias or a number?              else 550 5.7.1, 5.1.1, 553 5.1.3
//	            may that Sender fax there, and as often?       else 550 5.7.1, 452 4.7.1
//	DATA, BDAT  size, lines, loops, something to fax?          else 552, 554
//	            its sender's words (words.go) make sense?      else 554
//	            known by its address alone: is it proved?      else 550 5.7.20 (DKIM, DMARC)
//	            Accept: stored and synced
//	250 2.0.0 queued as J7K2QM
//
// The door is closed by default: a client that no setting names is refused
// before it can hand anything in, because faxes cost money. What is accepted
// has been stored: 250 is said only after Accept has returned.
//
// One other thing comes in by the same door: what comes back about our own mail with
// received faxes (replies.go). It is known by its address, which holds a key that only
// those have seen who had that mail in hand.
package offramp
