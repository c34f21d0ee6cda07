// Package ifp reads and writes IFP packets, the messages of T.38: what two fax
// terminals tell each other about the signals on their lines.
//
//	IFPPacket ─┬─ indicator   a signal begins or stops: V.21 preamble, training, none
//	           └─ data        what the signal carries: a modem's name and fields
//	                            ├─ hdlc-data         octets of an HDLC frame
//	                            ├─ hdlc-fcs-OK …     how that frame ended
//	                            ├─ t4-non-ecm-data   TCF or rows of a page
//	                            └─ …-sig-end         the signal stops here
//
// Packets are coded in the aligned variant of ASN.1 PER (X.691) by the module
// that T.38 Annex A prints in two editions. The edition of 1998 forgot the
// extension marker of field-type, that of 2002 has it, so the two differ by one
// bit in every field: see Syntax.
//
// Parse keeps what it can of a packet from a newer version: indicators, data
// types and field types that this package does not know keep their number and
// are for the caller to skip. Octets are in transmission order, the first bit
// on the line in the most significant bit (T.38 7.4).
package ifp
