package negotiation

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestARefreshIsAnsweredToTheOctet(t *testing.T) {
	c := converse(t, called())
	c.invited(peerAudio)
	c.wantAnswer("audio", 200)
	c.wantAudio("opens")
	said := c.SDP()
	c.offered(peerAudio)
	c.wantAnswer("the same again (RFC 4028)", 200)
	c.want("the same octets", c.SDP(), said)
	c.Handle(ToneSent{})
	c.Pass(0)
	c.wantOffer("the refresh has touched nothing", "m=image 40000 udptl t38")
	said = c.SDP()
	c.answered(200, peerT38)
	c.wantT38("T.38 opens")
	for range 2 {
		c.Pass(30 * time.Minute)
		c.offered(peerT38)
		c.wantAnswer("a refresh while the fax runs", 200)
		c.want("our description of T.38, to the octet", c.SDP(), said)
		c.WantIdle("the fax is not disturbed")
	}
	c.offered([]byte(strings.Replace(string(peerT38), "o=- 5 1 ", "o=- 5 9 ", 1)))
	c.wantAnswer("a refresh whose version has grown all the same", 200)
	c.want("the same octets", c.SDP(), said)
	c.WantIdle("the fax is not disturbed")
}

func TestARefreshWithoutAnOfferChangesNothing(t *testing.T) {
	c := relayingCall(t, called())
	said := c.SDP()
	c.offered(nil)
	c.wantAnswer("our description is the offer", 200)
	c.want("the same octets", c.SDP(), said)
	c.answered(200, peerT38)
	c.WantIdle("the answer in the ACK is the same as before")
	c.offered(nil)
	c.wantAnswer("again", 200)
	c.answered(200, nil)
	c.WantIdle("an ACK without an answer changes nothing either")
	c.want("state", c.m.State(), "T.38")
	c.offered(nil)
	c.wantAnswer("again", 200)
	c.offered(peerAudio)
	c.wantAnswer("an offer while ours has no answer", 491)
	c.answered(200, text(peerHead+"m=image 5000 udptl t38"))
	c.want("the peer has moved", c.wantT38("T.38 opens anew").Remote, "198.51.100.5:5000")
}

func TestAnInviteWithoutAnOffer(t *testing.T) {
	c := converse(t, called())
	c.invited(nil)
	c.wantAnswer("our offer is in the 200", 200, "m=audio 30000 RTP/AVP 0 8")
	c.WantIdle("no media before the ACK")
	c.answered(200, peerAudio)
	c.want("audio", c.wantAudio("opens with the ACK").Tone, CED)
	c.Handle(ToneSent{})
	c.Pass(0)
	c.wantOffer("and goes on as ever", "o=- 77 2 IN IP4 192.0.2.1", "m=image 40000 udptl t38")

	c = converse(t, called())
	c.invited(nil)
	c.wantAnswer("our offer", 200)
	c.answered(200, nil)
	c.wantFail("no answer", 488, "no answer")

	c = converse(t, called())
	c.invited(nil)
	c.wantAnswer("our offer", 200)
	c.answered(200, text(peerHead+"m=audio 0 RTP/AVP 0"))
	c.wantFail("refused", 488, "ACK")

	c = converse(t, called())
	c.invited(nil)
	c.wantAnswer("our offer", 200)
	c.Pass(offerTime)
	c.wantFail("no ACK", 408, "never answered")
}

func TestSilenceOfTheMediaIsNotForgottenDuringALateOffer(t *testing.T) {
	c := relayingCall(t, called())
	c.offered(nil)
	c.wantAnswer("our description", 200)
	c.Handle(MediaSilent{})
	c.WantIdle("one offer at a time")
	c.answered(200, peerT38)
	c.wantFail("now", 0, "nothing of it has come")
}

func TestThePeerLeavesT38WhenTheFaxIsOver(t *testing.T) {
	c := relayingCall(t, called())
	c.Pass(time.Minute)
	c.offered(peerAudio)
	c.wantAnswer("back to audio", 200, "o=- 77 3 IN IP4 192.0.2.1", "m=audio 30000 RTP/AVP 8")
	o := c.wantAudio("audio opens")
	c.want("with nothing to send", o.Resumed && o.Tone == NoTone && !o.Fax, true)
	c.Pass(time.Hour)
	c.WantIdle("T.38 is not asked for again")
	c.offered(peerT38)
	c.wantAnswer("a second fax in the same call", 200, "o=- 77 4 IN IP4 192.0.2.1", "m=image 40000 udptl t38")
	c.wantT38("T.38 opens again")
}

func TestThePeerTakesTheMediaAway(t *testing.T) {
	c := relayingCall(t, called())
	c.offered(text(peerHead + "m=image 0 udptl t38"))
	c.wantAnswer("Asterisk does after a failed fax, and sends BYE when it is answered", 200, "m=image 0 udptl t38")
	c.want("no media", c.Next("closed"), CloseMedia{})
	c.offered(text("v=0 | o=- 5 2 IN IP4 198.51.100.5 | s=Asterisk | t=0 0"))
	c.wantAnswer("no media line at all (Asterisk issue 824)", 200)
	c.WantIdle("nothing is left to close")

	c = answeredCall(t, called())
	c.offered(text(peerHead + "m=audio 0 RTP/AVP 0"))
	c.wantAnswer("before T.38", 200, "m=audio 0 RTP/AVP 0")
	c.want("no media", c.Next("closed"), CloseMedia{})
	c.Pass(time.Minute)
	c.wantFail("the wait for T.38 has an end", 0, "has not asked for T.38")
}

func TestHold(t *testing.T) {
	c := dialledCall(t, calling())
	for _, how := range []string{"m=audio 12016 RTP/AVP 8 | a=sendonly", "m=audio 12016 RTP/AVP 8 | a=inactive", "c=IN IP4 0.0.0.0 | m=audio 12016 RTP/AVP 8"} {
		c.offered(text(peerHead + how))
		c.wantAnswer("hold is answered", 200)
		c.want("held", c.wantAudio("audio changes").Hold, true)
		c.Pass(9 * time.Second)
		c.WantIdle("T.38 is not asked for while the peer holds")
		c.offered(peerAudio)
		c.wantAnswer("resume", 200, "a=sendrecv")
		c.want("resumed", c.wantAudio("audio changes").Hold, false)
	}
	c.Pass(8 * time.Second)
	c.wantOffer("the wait began again", "m=image 40000 udptl t38")

	c = answeredCall(t, called())
	c.offered(text(peerHead + "m=audio 12016 RTP/AVP 8 | a=sendonly"))
	c.wantAnswer("direction is mirrored (RFC 3264 6.1)", 200, "a=recvonly")
}

func TestMovedAudioKeepsTheWait(t *testing.T) {
	c := dialledCall(t, calling())
	c.Pass(5 * time.Second)
	c.offered(text(peerHead + "m=audio 12020 RTP/AVP 0 | a=ptime:30"))
	c.wantAnswer("moved", 200, "m=audio 30000 RTP/AVP 0")
	o := c.wantAudio("audio changes")
	c.want("new address, codec and packet time", []any{o.Remote, o.Codec.Name, o.Ptime, o.Tone}, []any{"198.51.100.5:12020", "PCMU", "30ms", CNG})
	c.Pass(3 * time.Second)
	c.wantOffer("8 s after the answer, as before", "m=image 40000 udptl t38")
}

func TestVersionsGrowByOneWithEachChangeOnly(t *testing.T) {
	c := reinvited(t, withFallback())
	c.want("the offer of T.38", versionIn(t, c.SDP()), 2)
	c.refused(488, "")
	c.wantAudio("fax over audio")
	c.offered(peerAudio)
	c.wantAnswer("refresh", 200)
	c.want("the refused offer left version 1 in force", versionIn(t, c.SDP()), 1)
	c.offered(text(peerHead + "m=audio 12016 RTP/AVP 0"))
	c.wantAnswer("another codec", 200, "m=audio 30000 RTP/AVP 0")
	c.wantAudio("audio changes")
	c.want("a new description", versionIn(t, c.SDP()), 3)
	c.offered(text(peerHead + "m=audio 12020 RTP/AVP 0"))
	c.wantAnswer("the peer has moved, we have not", 200)
	c.wantAudio("audio changes")
	c.want("the same description", versionIn(t, c.SDP()), 3)
}

func TestIPv6(t *testing.T) {
	cfg := called()
	cfg.Local = netip.MustParseAddr("2001:db8::1")
	c := converse(t, cfg)
	c.invited(text("v=0 | o=- 5 1 IN IP6 2001:db8::5 | s=- | c=IN IP6 2001:db8::5 | t=0 0 | m=audio 12016 RTP/AVP 0"))
	c.wantAnswer("audio", 200, "o=- 77 1 IN IP6 2001:db8::1", "c=IN IP6 2001:db8::1")
	c.want("where to send", c.wantAudio("opens").Remote, "[2001:db8::5]:12016")
}

func TestARepeatedAnswerIsAnsweredForWhatItIs(t *testing.T) {
	c := reinvited(t, withFallback())
	c.answered(200, peerAudio) // the audio as it was, in answer to T.38
	c.wantAudio("fax over audio")
	c.offered(peerAudio)
	c.wantAnswer("the same as that answer, but our offer of T.38 is no answer to it", 200, "m=audio 30000 RTP/AVP 8")

	cfg := calling()
	cfg.Policy.FirstOffer = OfferAudioAndT38
	c = converse(t, cfg)
	c.wantOffer("two lines")
	c.answered(200, peerAudio)
	c.wantAudio("the peer answers one")
	c.offered(peerAudio)
	c.wantAnswer("one line again", 200)
	c.want("one line in the answer", strings.Count(c.SDP(), "m="), 1)
}
