// Package audio is the RTP leg of a fax call while it is audio: it sends the
// tones of phase A as G.711.
package audio
