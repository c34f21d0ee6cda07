package pairing

import (
	"testing"
	"time"
)

// listenedTo is a call that is answered here first.
func listenedTo(t *testing.T, cfg Config) *conversation {
	t.Helper()
	cfg.ListenFirst = 5 * time.Second
	c := converse(t, cfg)
	c.offered(A, audioA)
	c.wantAnswer("A is answered at once", A, 200, "m=audio 30000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000", "a=sendrecv")
	e := c.Next("A's audio comes here")
	if o, ok := e.(OpenAudio); !ok || !o.Alone || o.Remote[A].String() != rtpA || o.Remote[B].IsValid() || o.Codec.Name != "PCMA" || o.Events[A] != 101 {
		t.Fatalf("got %T %+v", e, e)
	}
	c.WantIdle("B is not called yet")
	return c
}

func TestListenFirst(t *testing.T) {
	c := listenedTo(t, faxing(Mailbox))
	c.offered(A, audioA)
	c.wantAnswer("a refresh", A, 200)
	c.Pass(5 * time.Second)
	c.wantOffer("no fax: B is called, in A's codec", B, "m=audio 40000 RTP/AVP 8 101", "a=ptime:20")
	c.answered(B, 180, nil)
	c.WantIdle("A hears our own ringing")
	c.answered(B, 200, audioB)
	c.wantAudio("B is there", rtpA, rtpB)
	c.WantState("bridged")
	c.WantIdle("A need not hear of that")
}

func TestListenFirstAndHearAFax(t *testing.T) {
	c := listenedTo(t, faxing(Mailbox))
	c.heard(A)
	c.wantEffect("", CloseAudio{})
	c.Next("B was never called")
	c.wantLeft("A is given away", 1, "m=audio 30000", false)

	c = listenedTo(t, faxing(Mailbox))
	c.offered(A, t38A)
	c.wantEffect("", CloseAudio{})
	c.Next("B was never called")
	c.wantLeft("A is given away with its offer", 1, "m=audio 30000", true)

	// In another mode B is called at once, and asked for T.38 when it is there.
	c = listenedTo(t, faxing(RelayOrGateway))
	c.heard(A)
	c.wantOffer("B is called", B, "m=audio 40000 RTP/AVP 8 101")
	c.offered(A, t38A)
	c.wantAnswer("too early", A, 491)
	c.answered(B, 200, audioB)
	c.wantAudio("B is there", rtpA, rtpB)
	c.wantOffer("and asked", B, "m=image 40001 udptl t38")
}

func TestListenFirstAndBDoesNotTakeTheCall(t *testing.T) {
	c := listenedTo(t, faxing(Mailbox))
	c.Pass(5 * time.Second)
	c.wantOffer("B is called", B)
	c.answered(B, 486, nil)
	c.wantEffect("", CloseAudio{})
	c.wantEffect("A was answered already", HangUp{Leg: A, Status: 486})
	c.WantState("over")

	cfg := faxing(Mailbox)
	cfg.KeepRefused, cfg.NoAnswer = true, 20*time.Second
	c = listenedTo(t, cfg)
	c.Pass(5 * time.Second)
	c.wantOffer("B is called", B)
	c.Pass(20 * time.Second)
	c.wantEffect("it has rung for long enough", HangUp{Leg: B, Reason: "no answer"})
	c.wantEffect("", CloseAudio{})
	c.wantLeft("A is given away", 1, "m=audio 30000", false)
}

// An INVITE without G.711 cannot be listened to.
func TestListenFirstNeedsG711(t *testing.T) {
	for _, body := range [][]byte{nil, text(headA + "m=audio 12016 RTP/AVP 18"), t38A} {
		cfg := faxing(Mailbox)
		cfg.ListenFirst = 5 * time.Second
		c := converse(t, cfg)
		c.offered(A, body)
		c.wantOffer("B is called at once", B)
	}
}
