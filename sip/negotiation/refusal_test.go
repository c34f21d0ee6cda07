package negotiation

import (
	"testing"
	"time"
)

// reinvited is a side whose re-INVITE to T.38 is out.
func reinvited(t *testing.T, cfg Config) *conversation {
	t.Helper()
	c := answeredCall(t, cfg)
	c.Handle(ToneSent{})
	c.Pass(0)
	c.wantOffer("T.38 is offered", "m=image 40000 udptl t38")
	return c
}

func withFallback() Config {
	cfg := called()
	cfg.Policy.Fallback = T38ThenG711
	return cfg
}

func TestT38RefusedByStatus(t *testing.T) {
	for status, text := range map[int]string{488: "Not Acceptable Here", 415: "Unsupported Media Type", 606: "Not Acceptable", 403: "Forbidden", 503: ""} {
		c := reinvited(t, called())
		c.refused(status, text)
		c.wantFail("T.38 or nothing", status, "T.38 was refused with")

		c = reinvited(t, withFallback())
		c.refused(status, text)
		o := c.wantAudio("a refusal leaves the session as it was (RFC 3261 14.1): the audio carries the fax")
		c.want("fax over audio", o.Fax && o.Toned && o.Tone == NoTone, true)
		c.Pass(time.Hour)
		c.WantIdle("T.38 is not asked for again")
		c.offered(peerT38)
		c.wantAnswer("but taken when the peer asks", 200, "m=image 40000 udptl t38")
		c.wantT38("T.38 opens")
	}
}

func TestT38RefusedByPortZero(t *testing.T) {
	zero := text(peerHead + "m=image 0 udptl t38")
	c := reinvited(t, called())
	c.answered(200, zero)
	c.wantFail("T.38 or nothing", 488, "port 0")

	c = reinvited(t, withFallback())
	c.answered(200, zero)
	c.wantOffer("the session has no media left: audio must be asked for", "o=- 77 3 IN IP4 192.0.2.1", "m=audio 30000 RTP/AVP 0 8")
	c.answered(200, peerAudio)
	c.want("the fax runs over it", c.wantAudio("audio opens").Fax, true)
}

func TestT38AnsweredWithAudio(t *testing.T) {
	moved := text(peerHead + "m=audio 12020 RTP/AVP 0")
	c := reinvited(t, called())
	c.answered(200, moved)
	c.wantAudio("the audio has moved")
	c.wantFail("T.38 or nothing", 488, "without it")

	c = reinvited(t, withFallback())
	c.answered(200, moved)
	c.wantAudio("the audio has moved")
	c.want("the fax runs over it", c.wantAudio("audio").Fax, true)
}

func TestT38AnsweredWithNothing(t *testing.T) {
	c := reinvited(t, called())
	c.answered(200, nil)
	c.wantFail("a 200 without SDP", 200, "without a usable description")
}

func TestAPeerThatLostTheDialogEndsTheCall(t *testing.T) {
	for _, status := range []int{408, 481} {
		c := reinvited(t, withFallback())
		c.refused(status, "")
		c.wantFail("there is no dialog left for audio either (RFC 3261 12.2.1.2)", status, "T.38 was refused")
	}
	c := reinvited(t, withFallback())
	c.Pass(offerTime)
	c.wantFail("no response at all", 408, "never answered")
}

func TestT38AgreedButSilent(t *testing.T) {
	c := relayingCall(t, called())
	c.Handle(MediaSilent{})
	c.wantFail("T.38 or nothing", 0, "nothing of it has come")

	c = relayingCall(t, withFallback())
	c.Handle(MediaSilent{})
	c.wantOffer("back to audio", "m=audio 30000 RTP/AVP 0 8")
	c.answered(200, peerAudio)
	c.want("the fax runs over it", c.wantAudio("audio opens").Fax, true)

	c = relayingCall(t, withFallback())
	c.Handle(MediaSilent{})
	c.wantOffer("back to audio")
	c.refused(488, "")
	c.wantFail("both were tried", 488, "nothing of it has come; the return to audio was refused with 488")
}

func TestNobodyAsksForT38(t *testing.T) {
	cfg := withFallback()
	cfg.Policy.NoReinvite = true
	c := answeredCall(t, cfg)
	c.Handle(ToneSent{})
	c.Pass(12 * time.Second)
	o := c.wantAudio("before T.30's T1 is over the fax begins over audio")
	c.want("with its CED sent", o.Fax && o.Toned, true)
}

func TestG711Only(t *testing.T) {
	cfg := called()
	cfg.Policy.Fallback = G711Only
	c := converse(t, cfg)
	c.invited(text(peerHead + "m=image 4611 udptl t38 | m=audio 12016 RTP/AVP 0"))
	c.wantAnswer("T.38 is declined", 200, "m=image 0 udptl t38", "m=audio 30000 RTP/AVP 0")
	o := c.wantAudio("audio opens for the fax")
	c.want("which sends its own tones", o.Fax && !o.Toned && o.Tone == NoTone, true)
	c.offered(peerT38)
	c.wantAnswer("T.38 is refused", 488)
	c.WantIdle("and nothing changes")

	cfg.Calling, cfg.Policy.FirstOffer = true, OfferT38
	c = converse(t, cfg)
	c.wantOffer("audio, whatever else is configured", "m=audio 30000 RTP/AVP 0 8")
	c.answered(200, peerAudio)
	c.want("fax over audio", c.wantAudio("opens").Fax, true)
	c.Pass(time.Hour)
	c.WantIdle("T.38 is never asked for")
}

// What T.38 came to goes with the audio that carries the fax instead.
func TestWhyTheFaxIsAudio(t *testing.T) {
	c := reinvited(t, withFallback())
	c.refused(488, "Not Acceptable Here")
	c.want("why", c.wantAudio("the audio carries the fax").Why, "T.38 was refused with 488 Not Acceptable Here")

	c = reinvited(t, withFallback())
	c.answered(200, peerT38)
	c.wantT38("T.38 opens")
	c.Handle(MediaSilent{})
	c.wantOffer("nothing comes: back to audio", "m=audio 30000 RTP/AVP 0 8")
	c.answered(200, peerAudio)
	c.want("why", c.wantAudio("the audio carries the fax").Why, "T.38 was agreed, but nothing of it has come")

	cfg := called()
	cfg.Policy.Fallback = G711Only
	c = converse(t, cfg)
	c.invited(peerAudio)
	c.wantAnswer("a call for a fax", 200, "m=audio 30000 RTP/AVP 8")
	o := c.wantAudio("the audio carries the fax")
	c.want("T.38 was never wanted", o.Fax && o.Why == "", true)
}

// A peer that agrees to T.38, sends nothing and goes back to audio itself.
func TestPeerGoesBackBeforeT38Began(t *testing.T) {
	back := func(cfg Config) *conversation {
		c := reinvited(t, cfg)
		c.answered(200, peerT38)
		c.wantT38("T.38 opens")
		c.offered(peerAudio)
		c.wantAnswer("the peer may go back", 200, "m=audio 30000 RTP/AVP 8")
		c.want("no fax yet: T.38 may still have something to say", c.wantAudio("audio opens").Fax, false)
		c.Handle(MediaSilent{})
		return c
	}
	o := back(withFallback()).wantAudio("T.38 had nothing to say: the audio carries the fax")
	if !o.Fax || o.Resumed || o.Why == "" {
		t.Errorf("audio is %+v", o)
	}
	back(called()).wantFail("T.38 or nothing", 0, "went back to audio")
}
