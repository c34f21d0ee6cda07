// Package b2bua joins two calls into one, as a back-to-back user agent: what one
// side asks, the other is asked, and its answer goes back.
//
//	caller ── leg a ──┐            ┌── leg b ── called
//	INVITE ───────────▶ Router ────▶ INVITE
//	180, 183, 200 ◀─────────────────  180, 183, 200
//	re-INVITE, UPDATE, INFO ◀──────▶ re-INVITE, UPDATE, INFO
//	CANCEL, BYE ◀──────────────────▶ CANCEL, BYE
//
// Bodies go through untouched, so the media flow between the two peers and
// T.38 offers pass as any other. Via, Call-ID, tags, Contact, Route and CSeq
// belong to each leg alone; the ACK is each leg's own too, but for the one that
// carries the answer to an offer in a 2xx. Glare is settled at each leg (491),
// and so is PRACK (RFC 3262): provisional answers are reliable on the leg that
// wants them so.
package b2bua
