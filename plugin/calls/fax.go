package calls

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// faxOptions makes the terminal's options of what was negotiated and
// configured: the one place where SIP's words become T.38's.
func (c *call) faxOptions(e negotiation.OpenT38) t38.Options {
	o := t38.Options{
		Version:           e.T38.Version,
		MaxBitRate:        e.T38.MaxBitRate,
		MaxDatagram:       e.T38.MaxDatagram,
		FirstNumber:       c.firstNumber(),
		ErrorCorrection:   errorCorrections[e.T38.UDPEC],
		ControlRedundancy: depth(c.trunk.Redundancy),
		ImageRedundancy:   depth(c.trunk.Redundancy),
		MediaFrom:         c.trunk.MediaFrom,
		LocalTCF:          e.T38.RateManagement == sdp.LocalTCF,
		Logger:            c.log,
		T30:               c.terminal(e.Toned),
	}
	if c.trunk.Fallback == negotiation.T38ThenG711 {
		o.FirstPacket = firstPacket
		if c.calling {
			o.FirstPacket = firstPacketCalling
		}
	}
	return o
}

// How long T.38 may stay silent before the fax goes back to audio. The called
// machine speaks first; a calling one may wait for that, and needs time for its
// DCS.
const (
	firstPacketCalling = 7 * time.Second
	firstPacket        = 12 * time.Second
)

// audioOptions are those of a fax over G.711.
func (c *call) audioOptions(e negotiation.OpenAudio) audio.Options {
	return audio.Options{
		Law: law(e), PayloadType: e.Codec.PayloadType, Ptime: e.Ptime, Events: e.Events, Stream: c.stream,
		MediaFrom: c.trunk.MediaFrom,
		Logger:    c.log, T30: c.terminal(e.Toned),
	}
}

// terminal is who we are on this call and what we can do, over either medium.
func (c *call) terminal(toned bool) t30.Config {
	o := c.under
	return t30.Config{
		Calling:    c.calling,
		Toned:      toned,
		LocalID:    firstOf(c.stationID, o.StationID),
		Addresses:  t30.Addresses{SUB: c.subaddress},
		MaxRate:    lower(o.MaxRate, c.wishes.MaxRate),
		DisableECM: o.DisableECM || c.wishes.NoECM,
		Codings:    o.Codings,
		Ladder:     c.ladder,
	}
}

// lower is the lower of two limits, of which 0 is none.
func lower(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// depth: what the configuration calls 0 is none, for the terminal 0 is a default.
func depth(redundancy int) int {
	if redundancy == 0 {
		return -1
	}
	return redundancy
}

var errorCorrections = map[sdp.UDPEC]udptl.ErrorCorrection{
	sdp.NoEC:       udptl.NoCorrection,
	sdp.Redundancy: udptl.Redundancy,
	sdp.FEC:        udptl.FEC,
}
