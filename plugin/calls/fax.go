package calls

import (
	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// faxOptions makes the terminal's options of what was negotiated and
// configured: the one place where SIP's words become T.38's.
func (c *call) faxOptions(e negotiation.OpenT38) t38.Options {
	o := c.x.opts
	rate := o.MaxRate
	if rate == 0 {
		rate = 14400
	}
	if e.T38.MaxBitRate > 0 {
		rate = min(rate, max(e.T38.MaxBitRate, 2400))
	}
	return t38.Options{
		Version:         e.T38.Version,
		MaxDatagram:     e.T38.MaxDatagram,
		ErrorCorrection: errorCorrections[e.T38.UDPEC],
		Redundancy:      c.trunk.Redundancy,
		FillBitRemoval:  e.T38.FillBitRemoval,
		Logger:          c.log,
		T30: t30.Config{
			Calling:    c.calling,
			Toned:      e.Toned,
			Transmits:  c.documents.Source != nil,
			Receives:   c.documents.Sink != nil,
			LocalID:    firstOf(c.stationID, o.StationID),
			MaxRate:    rate,
			DisableECM: o.DisableECM,
			Ladder:     c.ladder,
		},
	}
}

var errorCorrections = map[sdp.UDPEC]t38.ErrorCorrection{
	sdp.NoEC:       t38.NoErrorCorrection,
	sdp.Redundancy: t38.Redundancy,
	sdp.FEC:        t38.FEC,
}
