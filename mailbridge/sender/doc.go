// Package sender finds out whether a mail is from whom it says it is from.
//
//	MAIL FROM:<ann@example.com>   SPF: may this address send for example.com?   (RFC 7208)
//	      │
//	DATA  From: ann@example.com   DKIM: has example.com signed it?              (RFC 6376)
//	      │
//	      └ the author's domain is the one that SPF or DKIM found, as near as
//	        its DMARC record wants                                              (RFC 7489)
//
// What DMARC leaves to the policy of a domain is demanded of all here: a fax
// costs money, so that a mail without any proof is nobody's.
package sender
