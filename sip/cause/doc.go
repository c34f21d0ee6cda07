// Package cause says what the end of a call means for a fax: one table for the
// statuses of SIP (RFC 3261 21) and one for the causes of Q.850, which networks
// put into a Reason header (RFC 3326) and which gateways map onto each other (RFC
// 3398).
//
//	486, Reason: Q.850;cause=17 ──▶ Of(486, 17) ──▶ busy, 4.4.1, call again
//	                                                  │     │          │
//	                            history, metrics ◀────┘     │          └──▶ retry schedule
//	                              delivery report (DSN) ◀───┘
//
// The plugin asks it when a call of a fax was refused; the host asks it for the
// Reason of its own BYE, CANCEL and refusals.
package cause
