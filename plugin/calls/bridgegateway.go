package calls

import (
	"context"

	"github.com/pagebridge/pagebridge/sip/pairing"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/gateway"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// faxGateway is a running gateway.Session.
type faxGateway struct {
	session *gateway.Session
	line    pairing.Leg
	stop    context.CancelFunc
	done    chan gatewayEnd
}

type gatewayEnd struct {
	result gateway.Result
	err    error
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
	session := gateway.NewSession(gateway.LineEnd{Conn: line.rtp, Remote: e.Remote[e.Line], Audio: rtp},
		gateway.T38End{Conn: fax.udptl, Remote: e.Remote[e.Line.Other()], T38: legOptions(fax.trunk, e.T38)}, options, b.log)
	ctx, cancel := context.WithCancel(context.Background())
	g := &faxGateway{session: session, line: e.Line, stop: cancel, done: make(chan gatewayEnd, 1)}
	b.gateway = g
	b.log.Info("a gateway joins the two legs", "audio", e.Line.String(), "codec", e.Codec.Name, "a", e.Remote[pairing.A],
		"b", e.Remote[pairing.B], "ec", e.T38.UDPEC.String())
	go func() {
		result, err := session.Run(ctx)
		g.done <- gatewayEnd{result, err}
		if err != nil { // nobody has ended it: both sides are silent, or a socket fails
			line.tell(relayEnded{err})
		}
	}()
}

// closeGateway ends it when what was said last has left on the line, and says what it
// has carried.
func (b *bridge) closeGateway() {
	if b.gateway == nil {
		return
	}
	b.gateway.stop()
	end := <-b.gateway.done
	if end.err != nil {
		b.log.Warn("the gateway ended by itself", "err", end.err)
	}
	b.begun = b.begun || end.result.Confirmed()
	if b.gateway.line == pairing.B {
		b.number = end.result.NextNumber
	}
	b.log.Info("the gateway has ended", "carried", end.result)
	b.gateway = nil
}
