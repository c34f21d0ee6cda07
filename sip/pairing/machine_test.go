package pairing

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

func TestVoiceCall(t *testing.T) {
	c := converse(t, config())
	c.offered(A, audioA)
	c.wantOffer("all that A says but its addresses", B, "o=- 71 1 IN IP4 192.0.2.1", "m=audio 40000 RTP/AVP 8 0 101",
		"a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:20", "a=sendrecv", "!c=IN IP4 198.51.100.5")
	c.answered(B, 100, nil)
	c.WantIdle("100 is of the next hop")
	c.answered(B, 180, nil)
	c.wantAnswer("B rings", A, 180)
	c.answered(B, 183, audioB)
	c.wantAnswer("early media", A, 183, "o=- 70 1 IN IP4 192.0.2.1", "m=audio 30000 RTP/AVP 8 101")
	c.wantAudio("early media is relayed", rtpA, rtpB)
	early := c.SDP()
	c.answered(B, 200, audioB)
	c.wantAnswer("answered", A, 200)
	if c.SDP() != early {
		t.Errorf("the 200 differs from the 183 (RFC 3261 13.2.1):\n%s\n%s", c.SDP(), early)
	}
	c.WantIdle("the audio is open")
	c.Handle(Ended{Leg: B, Reason: "BYE"})
	c.wantEffect("what is in flight first", CloseAudio{})
	c.wantEffect("then the other leg", HangUp{Leg: A, Status: 480, Reason: "BYE"})
	c.WantState("over")
}

// A reliable 18x holds the answer, and then the 200 may hold none.
func TestAnswerIn183Only(t *testing.T) {
	c := converse(t, config())
	c.offered(A, audioA)
	c.wantOffer("B is dialled", B)
	c.answered(B, 183, audioB)
	c.wantAnswer("early media", A, 183)
	c.wantAudio("it opens", rtpA, rtpB)
	c.answered(B, 200, nil)
	c.wantAnswer("the answer of the 183", A, 200, "m=audio 30000 RTP/AVP 8 101")
	c.WantState("bridged")
}

func TestRefusedCall(t *testing.T) {
	for _, s := range []struct{ status, want int }{{486, 486}, {603, 603}, {302, 480}, {503, 503}} {
		c := converse(t, config())
		c.offered(A, audioA)
		c.wantOffer("B is dialled", B)
		c.answered(B, s.status, nil)
		c.wantAnswer("A hears of it", A, s.want)
		c.WantIdle("and nothing else happens")
		c.WantState("over")
	}
}

func TestRefusedCallIsKept(t *testing.T) {
	cfg := config()
	cfg.KeepRefused, cfg.NoAnswer = true, 20*time.Second
	c := converse(t, cfg)
	c.offered(A, audioA)
	c.wantOffer("B is dialled", B)
	c.answered(B, 486, nil)
	c.wantEffect("the call is given back", Refused{Status: 486, Offer: audioA})

	c = converse(t, cfg)
	c.offered(A, audioA)
	c.wantOffer("B is dialled", B)
	c.answered(B, 180, nil)
	c.wantAnswer("it rings", A, 180)
	c.Pass(20 * time.Second)
	c.wantEffect("B's leg ends", HangUp{Leg: B, Reason: "no answer"})
	c.wantEffect("the call is given back", Refused{Status: 480, Reason: "no answer", Offer: audioA})
}

func TestCancel(t *testing.T) {
	c := converse(t, config())
	c.offered(A, audioA)
	c.wantOffer("B is dialled", B)
	c.Handle(Ended{Leg: A, Reason: "CANCEL"})
	c.wantEffect("B's INVITE is cancelled", HangUp{Leg: B, Status: 480, Reason: "CANCEL"})
	c.answered(B, 200, audioB)
	c.WantIdle("that answer crossed it")
}

// B asks for T.38: A answers, then B is answered. Terms pass through; error
// correction and datagram size are each leg's own.
func TestT38(t *testing.T) {
	c := voiceCall(t)
	c.offered(B, t38B)
	c.wantOffer("B's terms, our redundancy on leg A", A, "m=image 30001 udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:9600",
		"a=T38FaxUdpEC:t38UDPRedundancy", "a=T38FaxMaxDatagram:1400", "a=T38FaxFillBitRemoval:0", "a=X-Vendor:blue", "o=- 70 2 IN IP4 192.0.2.1")
	c.answered(A, 100, nil)
	c.WantIdle("B waits")
	c.answered(A, 200, t38A)
	c.wantAnswer("A's terms, FEC as B wants it", B, 200, "m=image 40001 udptl t38", "a=T38MaxBitRate:9600",
		"a=T38FaxUdpEC:t38UDPFEC", "a=T38FaxMaxDatagram:849", "o=- 71 2 IN IP4 192.0.2.1")
	c.wantEffect("no audio any more", CloseAudio{})
	o := c.wantT38("the relay opens")
	if o.Remote[A].String() != "198.51.100.5:4611" || o.Remote[B].String() != "203.0.113.9:4999" {
		t.Errorf("between %v", o.Remote)
	}
	if o.T38[A].UDPEC != sdp.Redundancy || o.T38[B].UDPEC != sdp.FEC || o.T38[A].MaxDatagram != 180 || o.T38[B].MaxDatagram != 300 {
		t.Errorf("%+v", o.T38)
	}
	c.offered(B, audioB)
	c.wantOffer("the fax is over, and B goes back to audio", A, "m=audio 30000 RTP/AVP 8 101", "o=- 70 3 IN IP4 192.0.2.1")
	c.Handle(Ended{Leg: B, Reason: "BYE"})
	c.wantEffect("the last packets first", CloseT38{})
	c.wantEffect("then A", HangUp{Leg: A, Status: 480, Reason: "BYE"})
}

func TestT38Refused(t *testing.T) {
	for _, status := range []int{488, 415, 606, 501, 500, 301} {
		c := voiceCall(t)
		c.offered(B, t38B)
		c.wantOffer("T.38 goes to A", A)
		c.answered(A, status, nil)
		c.wantAnswer("its refusal goes to B, in words that all understand", B, 488)
		c.WantState("bridged")
		c.offered(B, audioB)
		c.wantAnswer("the session is as it was", B, 200, "m=audio 40000 RTP/AVP 8 0 101", "o=- 71 1 IN IP4 192.0.2.1")
		c.WantIdle("A hears nothing of that")
	}
}

// T.38 is answered with port 0: what A says goes to B.
func TestT38AnsweredWithPort0(t *testing.T) {
	c := voiceCall(t)
	c.offered(B, t38B)
	c.wantOffer("T.38 goes to A", A)
	c.answered(A, 200, text(headA+"m=image 0 udptl t38"))
	c.wantAnswer("as A says", B, 200, "m=image 0 udptl t38")
	c.wantEffect("neither audio nor T.38 is agreed", CloseAudio{})
	c.WantIdle("nothing opens")
}

func TestRefreshDisturbsNobody(t *testing.T) {
	c := voiceCall(t)
	for range 3 {
		c.offered(A, audioA)
		c.wantAnswer("a refresh of A", A, 200, "o=- 70 1 IN IP4 192.0.2.1")
		c.offered(B, audioB)
		c.wantAnswer("a refresh of B", B, 200, "o=- 71 1 IN IP4 192.0.2.1")
	}
	c = faxCall(t)
	c.offered(A, text(string(t38A)))
	c.wantAnswer("a refresh in T.38", A, 200, "m=image 30001 udptl t38", "o=- 70 2 IN IP4 192.0.2.1")
	c.offered(B, text(string(t38B)))
	c.wantAnswer("a refresh in T.38", B, 200, "m=image 40001 udptl t38")
	c.WantIdle("nobody else hears of it")
}

// A peer that moves is followed, and the other side need not know.
func TestMovedPeer(t *testing.T) {
	c := voiceCall(t)
	c.offered(A, text("v=0 | o=alice 5 2 IN IP4 198.51.100.6 | s=- | c=IN IP4 198.51.100.6 | t=0 0 | "+
		"m=audio 12100 RTP/AVP 8 0 101 | a=rtpmap:8 PCMA/8000 | a=rtpmap:101 telephone-event/8000 | a=fmtp:101 0-15 | a=ptime:20"))
	c.wantAnswer("at once", A, 200, "m=audio 30000 RTP/AVP 8 101")
	c.wantAudio("to the new address", "198.51.100.6:12100", rtpB)
	c.WantIdle("B hears nothing")
}

func TestHold(t *testing.T) {
	c := voiceCall(t)
	c.offered(A, text(headA+"m=audio 12016 RTP/AVP 8 101 | a=rtpmap:101 telephone-event/8000 | a=sendonly"))
	c.wantOffer("hold goes to B", B, "a=sendonly", "!a=sendrecv", "o=- 71 2 IN IP4 192.0.2.1")
	c.answered(B, 200, text(headB+"m=audio 18000 RTP/AVP 8 101 | a=recvonly"))
	c.wantAnswer("and B's word to A", A, 200, "a=recvonly", "o=- 70 2 IN IP4 192.0.2.1")
	c.WantIdle("the addresses are the same")
	c.offered(A, text("v=0 | o=alice 5 3 IN IP4 198.51.100.5 | s=- | c=IN IP4 0.0.0.0 | t=0 0 | m=audio 12016 RTP/AVP 8"))
	c.wantOffer("the old hold, in words of today", B, "a=sendonly", "c=IN IP4 192.0.2.1")
	c.answered(B, 200, text(headB+"m=audio 18000 RTP/AVP 8 | a=recvonly"))
	c.wantAnswer("B agrees", A, 200, "a=recvonly")
	c.wantAudio("nothing goes to A", "invalid AddrPort", rtpB)
}

func TestCodecChange(t *testing.T) {
	c := voiceCall(t)
	c.offered(B, text(headB+"m=audio 18000 RTP/AVP 9 | a=rtpmap:9 G722/8000"))
	c.wantOffer("another codec", A, "m=audio 30000 RTP/AVP 9", "a=rtpmap:9 G722/8000")
	c.answered(A, 488, nil)
	c.wantAnswer("A does not speak it", B, 488)
	c.offered(B, text(headB+"m=audio 18000 RTP/AVP 0"))
	c.wantOffer("another", A, "m=audio 30000 RTP/AVP 0", "o=- 70 3 IN IP4 192.0.2.1")
	c.answered(A, 200, text(headA+"m=audio 12016 RTP/AVP 0"))
	c.wantAnswer("agreed", B, 200, "m=audio 40000 RTP/AVP 0", "o=- 71 2 IN IP4 192.0.2.1")
}

// Encrypted audio passes through with its keys; what says where packets go, and
// lines that cannot pass through, do not.
func TestWhatPassesThrough(t *testing.T) {
	c := converse(t, config())
	c.offered(A, text(headA+"m=audio 12016 RTP/SAVP 8 | c=IN IP4 198.51.100.7 | a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc | "+
		"a=rtcp:12017 IN IP4 198.51.100.5 | a=candidate:1 1 UDP 1 198.51.100.5 12016 typ host | a=ice-ufrag:x | "+
		"m=video 12018 RTP/AVP 99 | a=rtpmap:99 H264/90000 | m=image 4611 udptl t38 | a=T38FaxVersion:7"))
	c.wantOffer("", B, "m=audio 40000 RTP/SAVP 8", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc", "m=video 0 RTP/AVP 99",
		"m=image 40001 udptl t38", "a=T38FaxVersion:3", "!a=ice-ufrag:x", "!a=rtcp:12017 IN IP4 198.51.100.5", "!c=IN IP4 198.51.100.7")
	c.answered(B, 200, text(headB+"m=audio 18000 RTP/SAVP 8 | a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:def"))
	c.wantAnswer("an answer has the lines of its offer", A, 200, "m=audio 30000 RTP/SAVP 8", "m=video 0 RTP/AVP 99", "m=image 0 udptl t38")
	c.wantAudio("audio opens", "198.51.100.7:12016", rtpB)
}

func TestNothingThatCanPass(t *testing.T) {
	for _, body := range [][]byte{[]byte("garbage"), text(headA + "m=video 12018 RTP/AVP 99"), text(headA + "m=audio 0 RTP/AVP 0")} {
		c := converse(t, config())
		c.offered(A, body)
		c.wantAnswer("nobody is dialled for that", A, 488)
		c.WantState("over")
	}
}
