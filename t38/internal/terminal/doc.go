// Package terminal is what a fax terminal is beside its line: the T.30 engine,
// whose actions it carries out in order, the documents, whose store works in a
// goroutine of its own, and the loop that moves both from a socket. Package t38
// puts it on packets, package audio on samples: each is a Session.
//
//	             ┌───────────────── Driver ─────────────────┐
//	events ────▶ │ t30.Engine ──actions──▶ in order         │ ────▶ the line
//	             └───────▲─────────────────────│────────────┘
//	                     │ answers   fetch, confirm, commit
//	                     └──────────── Store ◀─┘
package terminal
