// Package udptl carries IFP packets over UDP as T.38 clause 9.1 says: each
// datagram has a sequence number, a new (primary) IFP packet, and something
// from which earlier, lost ones are recovered: either copies of them or parity
// over them.
//
//	redundancy, depth 3            FEC, fec-npackets 3, three fec-data
//	┌────┬─────────┬──┬──┬──┐      ┌────┬─────────┬───────┬───────┬───────┐
//	│ 12 │ primary │11│10│ 9│      │ 12 │ primary │3⊕6⊕9  │4⊕7⊕10 │5⊕8⊕11 │
//	└────┴─────────┴──┴──┴──┘      └────┴─────────┴───────┴───────┴───────┘
//
// A Sender makes datagrams, a Receiver puts received ones in order, drops what
// came twice, recovers what it can and says how many packets are missing where
// it cannot. Both are pure: no socket, no clock. Neither looks into an IFP
// packet.
package udptl
