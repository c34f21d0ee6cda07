package faxdetect

import "github.com/pagebridge/pagebridge/t38/modem"

// ear takes what the detectors of modem and hdlc hear.
type ear struct{ *Detector }

// ToneHeard implements modem.ToneSink.
func (e ear) ToneHeard(t modem.Tone) {
	switch t {
	case modem.CNG:
		e.hear(CNG)
	case modem.CED:
		e.hear(CED)
	default:
		e.hear(Answer)
	}
}

// ToneEnded implements modem.ToneSink.
func (ear) ToneEnded(modem.Tone) {}

// Status implements modem.Sink.
func (e ear) Status(modem.Status) { e.frames.Reset() }

// Bit implements modem.Sink.
func (e ear) Bit(bit byte) { e.frames.Bit(bit) }

// Flags implements hdlc.Sink.
func (e ear) Flags() { e.hear(V21) }

// Frame implements hdlc.Sink.
func (e ear) Frame(_ []byte, good bool) {
	if good {
		e.hear(V21)
	}
}
