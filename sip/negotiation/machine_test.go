package negotiation

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

func TestCalledSideAsksForT38AfterItsCED(t *testing.T) {
	c := converse(t, called())
	c.invited(peerAudio)
	c.wantAnswer("the first codec of the offer that we speak", 200,
		"o=- 77 1 IN IP4 192.0.2.1", "c=IN IP4 192.0.2.1", "m=audio 30000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=ptime:20", "a=sendrecv")
	c.want("audio as described", c.wantAudio("audio opens"), OpenAudio{
		Remote: netip.MustParseAddrPort("198.51.100.5:12016"), Codec: sdp.PCMA, Ptime: 20 * time.Millisecond, Tone: CED})
	c.Pass(3 * time.Second)
	c.WantIdle("CED is still being sent")
	c.Handle(ToneSent{})
	c.Pass(0)
	c.wantOffer("the called side re-INVITEs (T.38 Annex D)", "o=- 77 2 IN IP4 192.0.2.1", "m=image 40000 udptl t38",
		"a=T38FaxVersion:0", "a=T38MaxBitRate:14400", "a=T38FaxUdpEC:t38UDPRedundancy")
	c.answered(100, nil)
	c.answered(200, peerT38)
	c.want("what was agreed", c.wantT38("T.38 opens"), OpenT38{
		Remote: netip.MustParseAddrPort("198.51.100.5:4611"), Toned: true,
		T38: sdp.T38{MaxBitRate: 14400, MaxDatagram: 180, UDPEC: sdp.Redundancy}})
	c.Pass(time.Hour)
	c.WantIdle("nothing more is asked for")
	c.want("state", c.m.State(), "T.38")
}

func TestCalledSideAcceptsThePeersT38(t *testing.T) {
	c := answeredCall(t, called())
	c.Pass(time.Second)
	c.offered(peerT38)
	c.wantAnswer("the peer is first", 200, "m=image 40000 udptl t38", "a=T38FaxMaxDatagram:1400")
	c.want("CED was cut off, and is sent again in T.38", c.wantT38("T.38 opens").Toned, false)
	c.Handle(ToneSent{})
	c.Pass(time.Minute)
	c.WantIdle("a late report starts nothing")
}

func TestCalledSideWaitsAsConfigured(t *testing.T) {
	cfg := called()
	cfg.Policy.CalledDelay = 2 * time.Second
	c := answeredCall(t, cfg)
	c.Handle(ToneSent{})
	c.Pass(1900 * time.Millisecond)
	c.WantIdle("not yet")
	c.Pass(100 * time.Millisecond)
	c.wantOffer("now", "m=image 40000 udptl t38")
}

func TestCalledSideDoesNotHangOnMediaThatNeverReport(t *testing.T) {
	c := answeredCall(t, called())
	c.Pass(ceded)
	c.wantOffer("no CED lasts that long", "m=image 40000 udptl t38")
}

func TestCallingSideWaitsForTheCalledSide(t *testing.T) {
	c := dialledCall(t, calling())
	c.Pass(7 * time.Second)
	c.WantIdle("the called side has 8 s")
	c.offered(peerT38)
	c.wantAnswer("and uses them", 200, "m=image 40000 udptl t38")
	c.want("CNG was sent", c.wantT38("T.38 opens").Toned, true)
}

func TestCallingSideAsksItselfAfterAWhile(t *testing.T) {
	c := dialledCall(t, calling())
	c.Pass(8 * time.Second)
	c.wantOffer("the called side did not", "m=image 40000 udptl t38")
	c.answered(200, peerT38)
	c.wantT38("T.38 opens")
}

func TestCallingSideAsksSoonerAfterFaxWasHeard(t *testing.T) {
	c := dialledCall(t, calling())
	c.Pass(time.Second)
	c.Handle(FaxHeard{})
	c.Pass(heardWait)
	c.wantOffer("a fax is there and has had its time", "m=image 40000 udptl t38")

	c = dialledCall(t, calling())
	c.Pass(7 * time.Second)
	c.Handle(FaxHeard{})
	c.Pass(time.Second)
	c.wantOffer("the signal does not prolong the wait", "m=image 40000 udptl t38")
}

func TestCallingSideMayAskAtOnceOrNever(t *testing.T) {
	cfg := calling()
	cfg.Policy.CallingWait = -1
	c := dialledCall(t, cfg)
	c.Pass(0)
	c.wantOffer("a negative wait is none", "m=image 40000 udptl t38")

	cfg = calling()
	cfg.Policy.NoReinvite = true
	c = dialledCall(t, cfg)
	c.Pass(59 * time.Second)
	c.WantIdle("it never asks")
	c.Pass(time.Second)
	c.wantFail("and gives up in the end", 0, "has not asked for T.38 in 1m0s")
}

// TestCalledSideSaysHowItFaxes: sip.fax in the Contact of the 200 (RFC 6913).
func TestCalledSideSaysHowItFaxes(t *testing.T) {
	answered := func(cfg Config, w Ways) *conversation {
		c := converse(t, cfg)
		c.wantOffer("INVITE", "m=audio 30000 RTP/AVP 0 8")
		c.Handle(Answered{Status: 200, SDP: peerAudio, Ways: w})
		return c
	}
	cfg := calling()
	cfg.Policy.Fallback = T38ThenG711
	c := answered(cfg, T38Way)
	c.wantAudio("audio opens")
	c.Pass(0)
	c.wantOffer("it has T.38: there is nothing to wait for", "m=image 40000 udptl t38")

	c = answered(cfg, PassthroughWay)
	c.want("it has no T.38: the fax begins in audio", c.wantAudio("audio opens").Fax, true)
	c.Pass(time.Minute)
	c.WantIdle("T.38 is not asked for")

	c = answered(cfg, AnyWay)
	c.wantAudio("audio opens")
	c.Pass(7 * time.Second)
	c.WantIdle("the called side has its time")

	c = answered(calling(), PassthroughWay)
	c.wantAudio("audio opens")
	c.Pass(8 * time.Second)
	c.wantOffer("a policy without audio still asks", "m=image 40000 udptl t38")

	cfg.Policy.NoReinvite = true
	c = answered(cfg, T38Way)
	c.wantAudio("audio opens")
	c.Pass(11 * time.Second)
	c.WantIdle("a policy that never asks does not")

	cfg.Policy = Policy{Fallback: G711Only}
	c = answered(cfg, T38Way)
	c.want("a policy without T.38 stays in audio", c.wantAudio("audio opens").Fax, true)
	c.Pass(time.Minute)
	c.WantIdle("T.38 is not asked for")
}

func TestT38InTheFirstInvite(t *testing.T) {
	audio, image := "m=audio 12016 RTP/AVP 8", "m=image 4611 udptl t38"
	for _, c := range []struct {
		why, offer string
		answer     []string // its m= lines
		t38        bool
	}{
		{"T.38 alone", image, []string{"m=image 40000 udptl t38"}, true},
		{"audio first", audio + " | " + image, []string{"m=audio 0 RTP/AVP 8", "m=image 40000 udptl t38"}, true},
		{"T.38 first", image + " | " + audio, []string{"m=image 40000 udptl t38", "m=audio 0 RTP/AVP 8"}, true},
		{"T.38 at port 0", "m=image 0 udptl t38 | " + audio, []string{"m=image 0 udptl t38", "m=audio 30000 RTP/AVP 8"}, false},
		{"audio at port 0", "m=audio 0 RTP/AVP 8 | " + image, []string{"m=audio 0 RTP/AVP 8", "m=image 40000 udptl t38"}, true},
		{"upper case, answered in kind", "m=image 4611 UDPTL T38", []string{"m=image 40000 UDPTL T38"}, true},
		{"over TCP beside UDPTL", "m=image 4611 tcp t38 | " + image, []string{"m=image 0 tcp t38", "m=image 40000 udptl t38"}, true},
		{"video beside it", audio + " | m=video 99 RTP/AVP 34", []string{"m=audio 30000 RTP/AVP 8", "m=video 0 RTP/AVP 34"}, false},
		{"two audio lines: the first", audio + " | m=audio 99 RTP/AVP 0", []string{"m=audio 30000 RTP/AVP 8", "m=audio 0 RTP/AVP 0"}, false},
	} {
		t.Run(c.why, func(t *testing.T) {
			v := converse(t, called())
			v.invited(text(peerHead + c.offer))
			v.wantAnswer(c.why, 200)
			var got []string
			for line := range strings.Lines(v.SDP()) {
				if strings.HasPrefix(line, "m=") {
					got = append(got, strings.TrimSpace(line))
				}
			}
			if !reflect.DeepEqual(got, c.answer) {
				t.Errorf("answered %q, want %q", got, c.answer)
			}
			if c.t38 {
				v.want("no tone was sent", v.wantT38("T.38 opens at once").Toned, false)
			} else {
				v.wantAudio("audio opens")
			}
		})
	}
}

func TestCallingSideMayOfferT38AtOnce(t *testing.T) {
	cfg := calling()
	cfg.Policy.FirstOffer = OfferT38
	c := converse(t, cfg)
	c.wantOffer("T.38 alone", "m=image 40000 udptl t38")
	c.answered(200, peerT38)
	c.wantT38("T.38 opens")

	cfg.Policy.FirstOffer = OfferAudioAndT38
	c = converse(t, cfg)
	c.wantOffer("both", "m=audio 30000 RTP/AVP 0 8", "m=image 40000 udptl t38")
	c.answered(200, text(peerHead+"m=audio 12016 RTP/AVP 8 | m=image 0 udptl t38"))
	c.wantAudio("the peer takes the audio")
	c.Pass(8 * time.Second)
	c.wantOffer("an offer keeps all media lines (RFC 3264 8)", "m=audio 0 RTP/AVP 0 8", "m=image 40000 udptl t38")
	c.answered(200, text(peerHead+"m=audio 0 RTP/AVP 8 | m=image 4611 udptl t38"))
	c.wantT38("T.38 opens")
}

func TestVersionAndRateAreTheLower(t *testing.T) {
	cfg := called()
	cfg.T38 = sdp.T38{Version: 3, MaxBitRate: 14400, MaxDatagram: 1400, UDPEC: sdp.FEC, Offered: []sdp.UDPEC{sdp.FEC, sdp.Redundancy}}
	c := converse(t, cfg)
	c.invited(text(peerHead + "m=image 4611 udptl t38 | a=T38FaxVersion:1 | a=T38MaxBitRate:9600 | a=T38FaxFillBitRemoval:0 | a=T38FaxUdpEC:t38UDPRedundancy"))
	c.wantAnswer("ours is higher", 200, "a=T38FaxVersion:1", "a=T38MaxBitRate:9600", "a=T38FaxUdpEC:t38UDPRedundancy", "a=T38FaxFillBitRemoval:0")
	c.want("agreed", c.wantT38("opens").T38, sdp.T38{Version: 1, MaxBitRate: 9600, MaxDatagram: maxDatagramUnsaid,
		UDPEC: sdp.Redundancy, BooleanValues: true})

	c = answeredCall(t, cfg)
	c.Handle(ToneSent{})
	c.Pass(0)
	c.wantOffer("both corrections are offered", "a=T38FaxVersion:3", "a=T38FaxUdpEC:t38UDPFEC", "a=T38FaxUdpEC:t38UDPRedundancy")
	c.answered(200, peerBare)
	c.want("a bare answer means version 0 and no correction", c.wantT38("opens").T38,
		sdp.T38{MaxBitRate: 14400, MaxDatagram: maxDatagramUnsaid})
}

func TestMaxDatagramMayBeOverridden(t *testing.T) {
	cfg := called()
	cfg.Policy.MaxDatagram = 400
	c := converse(t, cfg)
	c.invited(text(peerHead + "m=image 4611 udptl t38 | a=T38FaxMaxDatagram:72"))
	c.wantAnswer("T.38 is answered", 200)
	c.want("the peer's is not believed", c.wantT38("opens").T38.MaxDatagram, 400)
}

func TestWhatCannotCarryAFaxIs488(t *testing.T) {
	for why, body := range map[string]string{
		"no common codec":      "m=audio 12016 RTP/AVP 18 | a=rtpmap:18 G729/8000",
		"encrypted audio":      "m=audio 12016 RTP/SAVP 0",
		"T.38 over TCP":        "m=image 4611 tcp t38",
		"T.38 over DTLS":       "m=image 4611 UDP/TLS/UDPTL t38",
		"everything at port 0": "m=audio 0 RTP/AVP 0 | m=image 0 udptl t38",
		"no media":             "a=x",
		"IPv6 with our IPv4":   "m=audio 12016 RTP/AVP 0 | c=IN IP6 2001:db8::1",
		"T.38 over IPv6":       "m=image 4611 udptl t38 | c=IN IP6 2001:db8::1",
		"a host name":          "m=audio 12016 RTP/AVP 0 | c=IN IP4 pbx.example.com",
	} {
		c := converse(t, called())
		c.invited(text(peerHead + body))
		c.wantAnswer(why, 488)
		c.wantFail(why, 488, "can carry a fax")
	}
	c := converse(t, called())
	c.invited([]byte("<html>"))
	c.wantAnswer("no SDP", 488)
	c.wantFail("no SDP", 488, "neither a v= nor an m= line")
}

func TestAnUnreasonableReinviteLeavesTheSessionAsItIs(t *testing.T) {
	c := relayingCall(t, called())
	for _, body := range []string{"m=audio 12016 RTP/AVP 18", "m=image 4611 tcp t38"} {
		c.offered(text(peerHead + body))
		c.wantAnswer("488 keeps the session (RFC 3261 14.2)", 488)
		c.WantIdle("and the media")
	}
	c.want("state", c.m.State(), "T.38")
}

func TestTheCallIsRefused(t *testing.T) {
	c := converse(t, calling())
	c.wantOffer("INVITE", "m=audio 30000 RTP/AVP 0 8")
	c.answered(180, nil)
	c.refused(486, "Busy Here")
	c.wantFail("busy", 486, "refused with 486 Busy Here")

	c = converse(t, calling())
	c.wantOffer("INVITE")
	c.answered(200, text(peerHead+"m=audio 0 RTP/AVP 0"))
	c.wantFail("answered without media", 488, "nothing that can carry a fax")

	c = converse(t, calling())
	c.wantOffer("INVITE")
	c.answered(200, nil)
	c.wantFail("answered without SDP", 488, "without a usable description")
}

func TestTheAnswerMayStandInAProvisionalResponse(t *testing.T) {
	c := converse(t, calling())
	c.wantOffer("INVITE")
	c.answered(183, peerAudio)
	c.WantIdle("early media are not yet a call")
	c.answered(200, nil)
	c.wantAudio("the answer was in the reliable 183 (RFC 3262)")
}

func TestAnOfferBeforeTheCallIsAnsweredIsGlare(t *testing.T) {
	c := converse(t, calling())
	c.wantOffer("INVITE")
	c.offered(peerT38)
	c.wantAnswer("an UPDATE while our offer has no answer (RFC 3311)", 491)
	c.want("state", c.m.State(), "inviting")
}

func TestAnEarlyUpdateTakesThePlaceOfTheEarlyAnswer(t *testing.T) {
	for _, late := range [][]byte{nil, peerAudio} { // the 200 says nothing, or what was said first
		c := converse(t, calling())
		c.wantOffer("the INVITE", "o=- 77 1 IN IP4 192.0.2.1")
		c.answered(183, peerAudio)
		c.offered(text("nonsense"))
		c.wantAnswer("no description", 488)
		c.offered(text(peerHead + "m=video 9 RTP/AVP 96"))
		c.wantAnswer("nothing that we speak", 488)
		c.offered(nil)
		c.wantAnswer("no offer", 491)
		c.offered(peerT38)
		c.wantAnswer("an UPDATE (RFC 3311)", 200, "o=- 77 2 IN IP4 192.0.2.1", "m=image 40000 udptl t38")
		c.WantIdle("the media open with the call")
		c.answered(200, late)
		c.wantT38("T.38 opens, as the UPDATE says")
	}
}

func TestTelephoneEventsAreAnsweredWhereWeKnowThem(t *testing.T) {
	cfg := called()
	cfg.Codecs = []sdp.Codec{sdp.PCMU, sdp.TelephoneEvent}
	c := converse(t, cfg)
	c.invited(text(peerHead + "m=audio 12016 RTP/AVP 96 8 0 | a=rtpmap:96 telephone-event/8000 | a=ptime:60 | a=maxptime:30"))
	c.wantAnswer("under the offer's payload type", 200, "m=audio 30000 RTP/AVP 0 96", "a=rtpmap:96 telephone-event/8000")
	o := c.wantAudio("audio opens")
	c.want("as G.711", o.Codec.Name, "PCMU")
	c.want("with packets that the peer takes", o.Ptime, 10*time.Millisecond)
}

func TestT38WithoutAnAddressWaitsForTheFirstPacket(t *testing.T) {
	c := converse(t, called())
	c.invited(text("v=0 | o=- 5 1 IN IP4 0.0.0.0 | s=- | c=IN IP4 0.0.0.0 | t=0 0 | m=image 4611 udptl t38"))
	c.wantAnswer("T.38", 200)
	c.want("no address", c.wantT38("opens").Remote.IsValid(), false)
}

func TestEveryReasonIsToldWhyNoMediaWillDo(t *testing.T) {
	c := converse(t, called())
	c.invited(text(peerHead + "m=audio 12016 RTP/AVP 18 | m=image 4611 tcp t38"))
	c.wantAnswer("neither", 488)
	c.wantFail("both are named", 488, "neither PCMU nor PCMA; m=image 4611 tcp t38 is not spoken here")
}

func TestWhatComesOutOfTurnChangesNothing(t *testing.T) {
	for _, start := range []func() *conversation{
		func() *conversation { return converse(t, called()) },
		func() *conversation { return answeredCall(t, called()) },
		func() *conversation { return relayingCall(t, called()) },
	} {
		c := start()
		before := c.m.State()
		c.answered(200, peerT38)
		c.refused(488, "")
		c.Handle(FaxHeard{})
		c.WantIdle("nobody asked")
		c.want("state", c.m.State(), before)
	}
}

func TestEndedEndsEverything(t *testing.T) {
	c := answeredCall(t, called())
	c.Handle(Ended{})
	c.want("no timer", c.m.Deadline().IsZero(), true)
	c.Handle(ToneSent{})
	c.offered(peerT38)
	c.answered(200, peerT38)
	c.WantIdle("a re-INVITE that crossed the BYE is the dialog's to answer")
}
