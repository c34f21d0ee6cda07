package calls

import (
	"context"
	"time"

	"github.com/pagebridge/pagebridge/sip/pairing"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/faxdetect"
)

// openAudio relays RTP, or sends it elsewhere.
func (b *bridge) openAudio(e pairing.OpenAudio) {
	b.stopRinging()
	begins := b.audio == nil
	if begins {
		var hear func(leg int, s faxdetect.Signal)
		if b.route.Detect || e.Alone {
			hear = func(leg int, s faxdetect.Signal) { b.legs[leg].post(faxHeard{s}) }
		}
		b.audio = newRTPRelay(b.legs[pairing.A].path(), b.legs[pairing.B].path(), hear)
	}
	b.audio.direct(e.Remote, e.Events)
	if begins {
		b.audio.start() // what has come by now knows where to go
	}
	if e.Alone {
		b.ring(e)
	}
	b.log.Debug("audio goes through", "a", e.Remote[pairing.A], "b", e.Remote[pairing.B])
}

// ring lets A hear that it rings, while it is listened to and B is called.
func (b *bridge) ring(e pairing.OpenAudio) {
	if !e.Remote[pairing.A].IsValid() {
		return
	}
	a := b.legs[pairing.A]
	leg := audio.Leg{Remote: e.Remote[pairing.A], PayloadType: e.Codec.PayloadType, Stream: a.stream}
	if e.Codec.Same(sdp.PCMA) {
		leg.Law = audio.ALaw
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	b.ringing = func() { cancel(); <-ended }
	go func() {
		defer close(ended)
		if err := audio.PlayTone(ctx, a.rtp, leg, audio.Ringing); err != nil && ctx.Err() == nil {
			b.log.Warn("the ringing could not be sent", "err", err)
		}
	}()
}

func (b *bridge) stopRinging() {
	if b.ringing != nil {
		b.ringing()
		b.ringing = nil
	}
}

// closeAudio ends the relay, and says what it has seen.
func (b *bridge) closeAudio() {
	b.stopRinging()
	if b.audio == nil {
		return
	}
	b.audio.stop()
	// What a leg hears from here next goes on in the stream that it has heard: not
	// every receiver follows when another one begins.
	now := time.Now()
	for i, count := range b.audio.counts {
		if count.any {
			b.legs[1-i].stream = audio.StreamAfter(count.ssrc, count.highest, count.stamp, count.held, now)
		}
	}
	for i, leg := range b.audio.stats() {
		b.log.Info("RTP from leg "+pairing.Leg(i).String(), "packets", leg.Packets, "octets", leg.Octets, "lost", leg.Lost,
			"rtcp", leg.RTCP, "strange", leg.Strange)
	}
	b.audio = nil
}

// faxHeard is told by the relay, again and again for as long as it is heard.
func (b *bridge) faxHeard(now time.Time, leg pairing.Leg, s faxdetect.Signal) {
	if !b.heard {
		b.heard = s.Fax()
		b.log.Info("a signal of a fax machine or modem is heard", "leg", leg.String(), "signal", s.String())
	}
	if s.Fax() {
		b.machine.Handle(now, pairing.FaxHeard{Leg: leg})
	}
}
