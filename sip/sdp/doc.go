// Package sdp reads and writes the session descriptions of fax calls: audio
// over RTP and T.38 over UDPTL (T.38 Annex D, RFC 3264, RFC 8866).
//
//	octets ── Parse ──▶ Description ──┬─ ReadAudio ──▶ Audio   (codecs, address, direction)
//	                  (pion's types)  └─ ReadImage ──▶ Image   (address and T38 parameters)
//
//	Audio.Media ─┐
//	Image.Media ─┼─▶ Compose ──▶ Description ── Marshal ──▶ octets
//	Refuse ──────┘
//
// The reader is tolerant, because the writers are not careful: what real
// equipment gets wrong is listed, with evidence, in quirks.go. The writer says
// everything in the plainest form that the standards know.
package sdp
