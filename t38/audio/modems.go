package audio

import (
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/v17"
	"github.com/pagebridge/pagebridge/t38/modem/v21"
	"github.com/pagebridge/pagebridge/t38/modem/v27ter"
	"github.com/pagebridge/pagebridge/t38/modem/v29"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// newTransmitter makes the modem of a modulation; nil when there is none.
func newTransmitter(m t30.Modulation, short bool, t *transmission, o LineOptions) modem.Transmitter {
	var tx modem.Transmitter
	var err error
	lead := fastPreamble
	switch family(m) {
	case t30.ModemV17:
		tx, err = v17.NewTransmitter(m.Rate(), short, t, v17.Options{Level: o.Level, EchoProtection: o.EchoProtection})
	case t30.ModemV29:
		tx, err = v29.NewTransmitter(m.Rate(), t, v29.Options{Level: o.Level, EchoProtection: o.EchoProtection})
	case t30.ModemV27ter:
		tx, err = v27ter.NewTransmitter(m.Rate(), t, v27ter.Options{Level: o.Level, EchoProtection: o.EchoProtection})
	default:
		if m != t30.V21 {
			return nil
		}
		tx, lead = v21.NewTransmitter(t, o.Level), preamble
	}
	if err != nil {
		return nil
	}
	t.frames.Flags(int(lead.Seconds()*float64(m.Rate())/8 + 0.5))
	return tx
}

// family is the Recommendation of a fast modulation, 0 if it is none.
func family(m t30.Modulation) t30.ModemSet {
	switch {
	case m >= t30.V17_7200 && m <= t30.V17_14400:
		return t30.ModemV17
	case m == t30.V29_7200 || m == t30.V29_9600:
		return t30.ModemV29
	case m == t30.V27ter2400 || m == t30.V27ter4800:
		return t30.ModemV27ter
	}
	return 0
}

// receivers are the fast modems that listen, each made when it is first wanted
// and kept for the call: V.17 remembers its last long training.
type receivers struct {
	v17    *v17.Receiver
	v29    *v29.Receiver
	v27ter *v27ter.Receiver
}

// get gives the modem of a modulation, waiting for its training; nil when there
// is none.
func (r *receivers) get(m t30.Modulation, short bool, sink modem.Sink) modem.Receiver {
	var err error
	switch family(m) {
	case t30.ModemV17:
		if r.v17 == nil {
			r.v17, err = v17.NewReceiver(m.Rate(), sink)
		}
		if err == nil && r.v17.Restart(m.Rate(), short) == nil {
			return r.v17
		}
	case t30.ModemV29:
		if r.v29 == nil {
			r.v29, err = v29.NewReceiver(m.Rate(), sink)
		}
		if err == nil && r.v29.Restart(m.Rate()) == nil {
			return r.v29
		}
	case t30.ModemV27ter:
		if r.v27ter == nil {
			r.v27ter, err = v27ter.NewReceiver(m.Rate(), sink)
		}
		if err == nil && r.v27ter.Restart(m.Rate()) == nil {
			return r.v27ter
		}
	}
	return nil
}
