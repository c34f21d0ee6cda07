package pairing

import (
	"testing"
	"time"
)

// Both sides ask for T.38 at once: each has its 491, as if there were nothing
// between them, and waits by its role.
func TestGlare(t *testing.T) {
	c := voiceCall(t)
	c.offered(A, t38A)
	c.wantOffer("A is first here", B, "m=image 40001 udptl t38")
	c.offered(B, t38B)
	c.wantAnswer("our offer is pending on B (RFC 3261 14.2)", B, 491)
	c.answered(B, 491, nil)
	c.wantAnswer("and so B has refused it", A, 491)
	c.WantState("bridged")
	c.offered(B, t38B)
	c.wantOffer("B has waited less", A, "m=image 30001 udptl t38")
	c.answered(A, 200, t38A)
	c.wantAnswer("T.38", B, 200)
	c.wantEffect("no audio any more", CloseAudio{})
	c.wantT38("T.38 opens")
}

func TestServerErrorWithRetryAfterIsGlare(t *testing.T) {
	c := voiceCall(t)
	c.offered(B, t38B)
	c.wantOffer("to A", A)
	c.Handle(Answered{Leg: A, Status: 500, RetryAfter: 3 * time.Second})
	c.wantAnswer("A was busy with an INVITE of its own (RFC 3261 14.2)", B, 491)
}

func TestOffersWhileDialling(t *testing.T) {
	c := converse(t, config())
	c.offered(A, audioA)
	c.wantOffer("B is dialled", B)
	c.offered(B, audioB)
	c.wantAnswer("our offer is pending", B, 491)
	c.offered(A, audioA)
	c.wantAnswer("its own is pending", A, 491)
}

func TestLostDialog(t *testing.T) {
	for _, status := range []int{408, 481} {
		c := voiceCall(t)
		c.offered(A, t38A)
		c.wantOffer("to B", B)
		c.answered(B, status, nil)
		c.wantAnswer("A's re-INVITE has an answer", A, 500)
		c.wantEffect("RFC 3261 12.2.1.2", CloseAudio{})
		c.wantEffect("both legs end", HangUp{Leg: A, Status: status, Reason: "the other side has lost the call"})
		c.wantEffect("both legs end", HangUp{Leg: B, Status: status, Reason: "the other side has lost the call"})
	}
}

func TestOfferThatNobodyAnswers(t *testing.T) {
	c := voiceCall(t)
	c.offered(A, t38A)
	c.wantOffer("to B", B)
	c.Pass(time.Minute)
	c.wantAnswer("A's re-INVITE has an answer", A, 500)
	c.wantEffect("", CloseAudio{})
	c.Next("A ends")
	c.Next("B ends")
	c.WantState("over")
}

func TestInviteWithoutOffer(t *testing.T) {
	c := converse(t, config())
	c.offered(A, nil)
	c.wantOffer("what every telephone speaks", B, "m=audio 40000 RTP/AVP 8 0 101")
	c.answered(B, 183, audioB)
	c.wantEffect("an offer cannot be in an unreliable 183", Answer{Leg: A, Status: 183})
	c.answered(B, 200, audioB)
	c.wantAnswer("B's answer is A's offer", A, 200, "m=audio 30000 RTP/AVP 8 101", "o=- 70 1 IN IP4 192.0.2.1")
	c.offered(B, t38B)
	c.wantAnswer("not before A has answered", B, 491)
	c.answered(A, 200, text(headA+"m=audio 12016 RTP/AVP 8"))
	c.wantAudio("with the ACK", rtpA, rtpB)
	c.WantState("bridged")
}

func TestInviteWithoutOfferAndAnswer(t *testing.T) {
	c := converse(t, config())
	c.offered(A, nil)
	c.wantOffer("", B)
	c.answered(B, 200, audioB)
	c.wantAnswer("", A, 200)
	c.answered(A, 200, nil)
	c.Next("A ends")
	c.Next("B ends")
	c.WantState("over")
}

func TestReinviteWithoutOffer(t *testing.T) {
	c := voiceCall(t)
	c.offered(A, nil)
	c.wantAnswer("what is in force", A, 200, "m=audio 30000 RTP/AVP 8 101", "o=- 70 1 IN IP4 192.0.2.1")
	c.answered(A, 200, audioA)
	c.WantIdle("and so it stays")
	c.WantState("bridged")

	c.offered(A, nil)
	c.wantAnswer("again", A, 200)
	c.answered(A, 200, text(headA+"m=audio 12016 RTP/AVP 8 | a=inactive"))
	c.wantOffer("B must hear that A is gone", B, "a=inactive")
	c.answered(B, 491, nil)
	c.WantState("backing off after glare on B")
	c.Pass(3 * time.Second)
	c.WantIdle("on leg B the Call-ID is ours: 2.1 to 4 s (RFC 3261 14.1)")
	c.Pass(50 * time.Millisecond)
	c.wantOffer("again", B, "a=inactive", "o=- 71 2 IN IP4 192.0.2.1")
	c.answered(B, 200, text(headB+"m=audio 18000 RTP/AVP 8 | a=inactive"))
	c.WantIdle("both know")
	c.WantState("bridged")
}

func TestOfferDuringTheBackOff(t *testing.T) {
	c := voiceCall(t)
	c.offered(B, nil)
	c.wantAnswer("what is in force", B, 200)
	c.answered(B, 200, text(headB+"m=audio 18000 RTP/AVP 8 101 | a=sendonly"))
	c.wantOffer("hold goes to A", A, "a=sendonly")
	c.offered(B, audioB)
	c.wantAnswer("our offer is pending on the other leg", B, 491)
	c.answered(A, 491, nil)
	c.offered(A, t38A)
	c.wantOffer("A is first", B, "m=image 40001 udptl t38")
	c.answered(B, 200, t38B)
	c.wantAnswer("T.38", A, 200)
	c.wantEffect("", CloseAudio{})
	c.wantT38("opens")
	c.Pass(time.Minute)
	c.WantIdle("nothing is told any more")
}
