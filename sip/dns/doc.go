// Package dns asks where the SIP servers of a domain are (RFC 3263). The standard
// library knows addresses and SRV; NAPTR, which says by which transport a domain
// wants to be reached, is asked for here.
//
//	NAPTR example.com  ──▶  SIP+D2T  _sip._tcp.example.com   (by order and preference)
//	SRV   _sip._tcp.…  ──▶  host, port, priority, weight
//	A, AAAA            ──▶  addresses
package dns
