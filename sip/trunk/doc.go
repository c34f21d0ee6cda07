// Package trunk is a SIP provider or PBX as a neighbour: which calls come from
// it, how a call is sent to it, and whether it is there.
//
//	incoming INVITE ── source address ──▶ Set.Match ──▶ name of the trunk
//	number to call ───────────────────▶ Set.Call  ──▶ dialog.Call
//	OPTIONS and REGISTER, over and over ▶ Set.Watch ──▶ up or down
package trunk
