// Package plugin is the fax plugin: a process that a SIP server loads. Its
// rooms are proto (the contract), config (the file that it is given), calls
// (the hinge between SIP, T.30 and mail) and process (which puts the house
// together and serves the contract).
//
// What crosses the boundary between the SIP server (host) and the plugin, for a
// fax that comes in:
//
//	network          host                        plugin
//	   │               │                            │
//	   │── INVITE ────▶│── incoming ───────────────▶│  is the number ours?
//	   │               │◀────────────────── take ───│
//	   │◀──── 200 ─────│◀─────────────── respond ───│  audio, our RTP port
//	   │── ACK ───────▶│                            │
//	   │◀═══════════ CED over RTP ═════════════════▶│
//	   │◀── re-INVITE ─│◀────────────── reinvite ───│  m=image, our UDPTL port
//	   │──── 200 ─────▶│── answer ─────────────────▶│
//	   │◀═════════ the fax over UDPTL ═════════════▶│  each page stored, then MCF
//	   │── BYE ───────▶│── ended ──────────────────▶│  or hang_up from the plugin
//
// and for one that goes out:
//
//	│               │◀────────────────── dial ───│  a mail is to be faxed
//	│◀── INVITE ────│                            │
//	│── 180, 200 ──▶│── progress, answer ───────▶│
//	│◀═══════════ CNG over RTP ═════════════════▶│
//	│── re-INVITE ─▶│── offer ──────────────────▶│  m=image
//	│◀──── 200 ─────│◀─────────────── respond ───│  our UDPTL port
//	│◀═════════ the fax over UDPTL ═════════════▶│
//	│◀── BYE ───────│◀─────────────── hang_up ───│
//
// No media crosses the boundary, and the host needs to understand nothing of
// fax. proto/faxv1/fax.proto is written for those who load the plugin from a
// SIP server in another language.
package plugin
