package calls

import (
	"context"

	"github.com/pagebridge/pagebridge/sip/pairing"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38"
)

// faxRelay is a running t38.Relay.
type faxRelay struct {
	relay *t38.Relay
	stop  context.CancelFunc
	done  chan error
}

// openT38 relays UDPTL, or sends it elsewhere. Terms that change under way wait
// for the next time: packets are numbered, and a relay begun anew would number
// anew.
func (b *bridge) openT38(e pairing.OpenT38) {
	if b.fax != nil {
		for leg, remote := range e.Remote {
			b.fax.relay.Redirect(leg, remote)
		}
		return
	}
	legs := [2]t38.RelayLeg{b.relayLeg(pairing.A, e), b.relayLeg(pairing.B, e)}
	r := &faxRelay{
		relay: t38.NewRelay(legs[pairing.A], legs[pairing.B], t38.RelayOptions{Ladder: b.ladder, Logger: b.log}),
		done:  make(chan error, 1),
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	b.fax = r
	b.log.Info("T.38 goes through", "a", e.Remote[pairing.A], "a_ec", e.T38[pairing.A].UDPEC.String(),
		"b", e.Remote[pairing.B], "b_ec", e.T38[pairing.B].UDPEC.String(), "version", e.T38[pairing.B].Version)
	go func() {
		err := r.relay.Run(ctx)
		r.done <- err
		if err != nil { // nobody has ended it: both sides are silent, or a socket fails
			b.legs[pairing.A].tell(relayEnded{err})
		}
	}()
}

func (b *bridge) relayLeg(leg pairing.Leg, e pairing.OpenT38) t38.RelayLeg {
	c := b.legs[leg]
	return t38.RelayLeg{Conn: c.udptl, Remote: e.Remote[leg], T38: legOptions(c.trunk, e.T38[leg])}
}

// legOptions is what was agreed on one leg, in T.38's words.
func legOptions(trunk Trunk, agreed sdp.T38) t38.Options {
	return t38.Options{
		Version:           agreed.Version,
		MaxDatagram:       agreed.MaxDatagram,
		ErrorCorrection:   errorCorrections[agreed.UDPEC],
		ControlRedundancy: depth(trunk.Redundancy),
		ImageRedundancy:   depth(trunk.Redundancy),
		MediaFrom:         trunk.MediaFrom,
	}
}

// closeT38 ends the relay after what is in flight, and says what it has seen.
func (b *bridge) closeT38() {
	if b.fax == nil {
		return
	}
	b.fax.stop()
	if err := <-b.fax.done; err != nil {
		b.log.Warn("the T.38 relay ended by itself", "err", err)
	}
	b.begun = b.begun || b.fax.relay.Confirmed()
	b.number = b.fax.relay.NextNumber(int(pairing.A))
	s := b.fax.relay.Stats()
	for i, leg := range []t38.LegStats{s.A, s.B} {
		b.log.Info("T.38 on leg "+pairing.Leg(i).String(), "packets", leg.Datagrams, "repaired", leg.Repaired, "lost", leg.Lost,
			"late", leg.Late, "spoilt_frames", leg.Spoilt, "sent", leg.Sent, "held_p50", leg.DelayP50, "held_p99", leg.DelayP99)
	}
	b.fax = nil
}
