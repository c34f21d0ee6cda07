package calls

import (
	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
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
		Version:           e.T38.Version,
		MaxDatagram:       e.T38.MaxDatagram,
		ErrorCorrection:   errorCorrections[e.T38.UDPEC],
		ControlRedundancy: depth(c.trunk.Redundancy),
		ImageRedundancy:   depth(c.trunk.Redundancy),
		LocalTCF:          e.T38.RateManagement == sdp.LocalTCF,
		Logger:            c.log,
		T30: t30.Config{
			Calling:    c.calling,
			Toned:      e.Toned,
			LocalID:    firstOf(c.stationID, o.StationID),
			Addresses:  t30.Addresses{SUB: c.subaddress},
			MaxRate:    rate,
			DisableECM: o.DisableECM,
			Codings:    o.Codings,
			Ladder:     c.ladder,
		},
	}
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
