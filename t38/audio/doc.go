// Package audio is a fax call's audio: G.711 over RTP.
//
// While a call is on its way to T.38 it is an audio call, and all that is to be
// sent are the tones of T.30's phase A:
//
//	Tone ──▶ samples ──▶ G.711 ──▶ RTP packets ──▶ conn      PlayTone
//	cadence.go           g711.go   by our own clock  │
//	                                                 ▼
//	            Received ◀── RTP packets counted ◀── conn      Listen
//
// Samples are 16-bit linear at 8000 Hz; levels are in dBm0 (G.711 says which
// sample value that is).
package audio
