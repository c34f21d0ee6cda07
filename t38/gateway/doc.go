// Package gateway joins a fax machine on a telephone line to one that speaks
// T.38 (T.38 clause 6: the emitting and the receiving gateway in one).
//
//	T.38 peer ◀─UDPTL─▶ t38.Leg ◀─▶ Gateway ◀─▶ Line ◀─samples─▶ fax machine
//	                                   │
//	                                 watch: what the two say to each other
//
// Each side tells what it hears in the events of package t30; the gateway says
// it on the other side. Both sides are a Speaker. It does not take part in the
// procedure of T.30, but it listens to it (watch), for three reasons: a modem
// must know which training comes next; what a gateway cannot carry must not be
// agreed on; and a command whose answer is still on its way through the network
// must not be repeated into that answer.
//
// A Gateway is pure: events and time in, calls of the speakers out. A Session is one with
// its sockets, for as long as a call lasts.
package gateway
