package calls

import (
	"context"
	"time"

	"github.com/pagebridge/pagebridge/sip/pairing"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/gateway"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// faxGateway is a running gateway.Run.
type faxGateway struct {
	line pairing.Leg
	stop context.CancelFunc
	done chan error
}

// openGateway joins audio on one leg and T.38 on the other. What changes under
// way waits for the next time, as in openT38; only the side of the line tells
// whether it is another gateway.
func (b *bridge) openGateway(e pairing.OpenGateway) {
	if b.gateway != nil && b.gateway.line == e.Line {
		b.log.Info("the gateway goes on as it is")
		return
	}
	b.closeGateway()
	line, fax := b.legs[e.Line], b.legs[e.Line.Other()]
	rtp := audio.Options{PayloadType: e.Codec.PayloadType, Ptime: e.Ptime, Events: e.Events, Stream: line.stream, MediaFrom: line.trunk.MediaFrom}
	if e.Codec.Same(sdp.PCMA) {
		rtp.Law = audio.ALaw
	}
	limits := t30.GatewayLimits{DisableECM: line.under.DisableECM, MaxRate: lower(line.under.MaxRate, int(e.T38.MaxBitRate))}
	options := gateway.Options{GatewayLimits: limits, Ladder: b.ladder}
	ctx, cancel := context.WithCancel(context.Background())
	g := &faxGateway{line: e.Line, stop: cancel, done: make(chan error, 1)}
	b.gateway, b.begun = g, true
	b.log.Info("a gateway joins the two legs", "audio", e.Line.String(), "codec", e.Codec.Name, "a", e.Remote[pairing.A],
		"b", e.Remote[pairing.B], "ec", e.T38.UDPEC.String())
	go func() {
		err := gateway.Run(ctx, gateway.LineEnd{Conn: line.rtp, Remote: e.Remote[e.Line], Audio: rtp},
			gateway.T38End{Conn: fax.udptl, Remote: e.Remote[e.Line.Other()], T38: legOptions(fax.trunk, e.T38)}, options, b.log)
		g.done <- err
		if err != nil { // nobody has ended it: both sides are silent, or a socket fails
			line.tell(relayEnded{err})
		}
	}()
}

// closeGateway ends it when what was said last has left on the line.
func (b *bridge) closeGateway() {
	if b.gateway == nil {
		return
	}
	begun := time.Now()
	b.gateway.stop()
	if err := <-b.gateway.done; err != nil {
		b.log.Warn("the gateway ended by itself", "err", err)
	}
	b.log.Debug("the gateway is closed", "after", time.Since(begun))
	b.gateway = nil
}
