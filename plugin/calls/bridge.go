package calls

import (
	"context"
	"log/slog"
	"time"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/pairing"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// bridge is a call with two legs whose media passes through the plugin. Each
// leg is a call of the exchange, with its own mailbox; the bridge's goroutine
// owns both.
//
//	host ── leg A ──▶ pairing.Machine ──▶ leg B ── host        bridgesignal.go
//	RTP  ──────────────▶ rtpRelay ──────────────▶ RTP          bridgeaudio.go
//	UDPTL  ───────────▶ t38.Relay ────────────▶ UDPTL          bridget38.go
//	UDPTL or RTP  ───▶ gateway ────▶ RTP or UDPTL              bridgegateway.go
type bridge struct {
	x     *Exchange
	log   *slog.Logger
	legs  [2]*call
	in    *faxv1.IncomingCall
	route Route

	machine  *pairing.Machine
	dialled  bool
	answered time.Time   // by B
	audio    *rtpRelay   // nil: no RTP is relayed
	ringing  func()      // stops what A hears of us; nil: nothing
	fax      *faxRelay   // nil: no UDPTL is
	gateway  *faxGateway // nil: none
	heard    bool        // a fax, and the log says so
	ladder   *t30.Ladder
	silentAt time.Time        // when B must have been heard; zero: no matter
	begun    bool             // the fax: its training is confirmed
	number   uint16           // of the next UDPTL packet to A
	why      string           // the call ends
	leaving  bool             // the call is ended from here
	refused  *pairing.Refused // B has not taken the call, and A is ours
	left     *pairing.Left    // B has gone before the fax had begun, and A is ours
}

// run carries the call to its end.
func (b *bridge) run(ctx context.Context) {
	b.join(ctx)
	b.close()
	if b.ours() {
		b.takeOver(ctx)
	}
}

// join carries the two legs for as long as both are there.
func (b *bridge) join(ctx context.Context) {
	if err := b.open(); err != nil {
		b.log.Error("a call cannot go through", "err", err)
		b.why = err.Error()
		return
	}
	b.machine.Handle(time.Now(), pairing.Offered{Leg: pairing.A, SDP: b.in.Sdp})
	b.perform()
	for !b.machine.Over() {
		timer := deadlineTimer(b.deadline())
		select {
		case ev := <-b.legs[pairing.A].mailbox:
			b.handle(pairing.A, ev)
		case ev := <-b.legs[pairing.B].mailbox:
			b.handle(pairing.B, ev)
		case <-timer.C:
			b.advance(time.Now())
		case <-ctx.Done():
			b.why = context.Cause(ctx).Error()
			timer.Stop()
			return
		}
		timer.Stop()
		b.perform()
	}
}

// path is where the audio of a leg comes and goes.
func (c *call) path() rtpPath {
	return rtpPath{also: c.trunk.MediaFrom, rtp: c.rtp, rtcp: c.rtcp}
}

// deadline is when advance wants to be called.
func (b *bridge) deadline() time.Time {
	d := b.machine.Deadline()
	if !b.silentAt.IsZero() && (d.IsZero() || b.silentAt.Before(d)) {
		return b.silentAt
	}
	return d
}

func (b *bridge) advance(now time.Time) {
	b.machine.Advance(now)
	if b.silentAt.IsZero() || now.Before(b.silentAt) {
		return
	}
	b.silentAt = time.Time{}
	if b.fax == nil && b.gateway == nil && !b.begun && (b.audio == nil || !b.audio.heard(int(pairing.B))) {
		b.why = "the called machine has answered and is silent"
		b.hangUp(pairing.HangUp{Leg: pairing.B, Reason: b.why})
		b.machine.Handle(now, pairing.Ended{Leg: pairing.B, Reason: b.why, Keep: true})
	}
}

// open binds the media ports of both legs and makes the negotiation.
func (b *bridge) open() error {
	for _, c := range b.legs {
		if err := c.bind(true); err != nil {
			return err
		}
	}
	b.machine = pairing.New(b.pair(), b.legs[pairing.A].started)
	return nil
}

// close gives everything back, but for a leg that is taken over. The host is
// told to hang up what it does not know to have ended.
func (b *bridge) close() {
	b.closeAudio()
	b.closeT38()
	b.closeGateway()
	for _, leg := range []pairing.Leg{pairing.A, pairing.B} {
		if leg == pairing.A && b.ours() {
			continue
		}
		b.hangUp(pairing.HangUp{Leg: leg, Status: 503, Reason: b.why})
		c := b.legs[leg]
		c.closePorts()
		b.x.dismiss(c)
		close(c.done)
	}
	b.log.Info("call ended", "seconds", int(time.Since(b.legs[pairing.A].started).Seconds()), "why", b.why)
	if b.log.Enabled(context.Background(), slog.LevelDebug) {
		b.log.Debug("what the two sides said", "ladder", b.ladder.String())
	}
}
