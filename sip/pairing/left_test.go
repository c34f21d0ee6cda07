package pairing

import (
	"strings"
	"testing"
	"time"
)

func (c *conversation) wantLeft(why string, version uint64, local string, offer bool) {
	c.t.Helper()
	e := c.Next(why)
	l, ok := e.(Left)
	if !ok || l.Leg != A || l.Version != version || !strings.Contains(string(l.Local), local) || (len(l.Offer) > 0) != offer {
		c.t.Fatalf("%s: got %T %+v, want leg A with version %d and %q", why, e, e, version, local)
	}
	c.WantIdle("nothing follows")
	c.WantState("over")
}

func (c *conversation) gone() { c.Handle(Ended{Leg: B, Reason: "BYE", Keep: true}) }

func TestLegIsLeft(t *testing.T) {
	c := voiceCall(t)
	c.gone()
	c.wantEffect("nothing is relayed any more", CloseAudio{})
	c.wantLeft("A stays", 1, "m=audio 30000", false)

	c = faxCall(t)
	c.gone()
	c.wantEffect("nothing is relayed any more", CloseT38{})
	c.wantLeft("A stays, in T.38", 2, "m=image 30001", false)
}

func TestLegIsLeftWithItsOffer(t *testing.T) {
	c := voiceCall(t)
	c.offered(A, t38A)
	c.wantOffer("T.38 goes to B", B)
	c.gone()
	c.wantEffect("", CloseAudio{})
	c.wantLeft("whoever takes A answers its offer", 1, "m=audio 30000", true)
}

func TestLegIsLeftWhenItHasAnswered(t *testing.T) {
	c := voiceCall(t)
	c.offered(B, t38B)
	c.wantOffer("T.38 goes to A", A)
	c.gone()
	c.wantEffect("", CloseAudio{})
	c.WantIdle("our offer is pending on A")
	c.offered(A, audioA)
	c.wantAnswer("and so nothing of its own is taken", A, 491)
	c.answered(A, 200, t38A)
	c.wantLeft("A stays, in T.38", 2, "m=image 30001", false)

	c = voiceCall(t)
	c.offered(B, t38B)
	c.wantOffer("T.38 goes to A", A)
	c.gone()
	c.wantEffect("", CloseAudio{})
	c.answered(A, 488, nil)
	c.wantLeft("A stays as it was", 2, "m=audio 30000", false)
}

func TestLegIsLeftAlone(t *testing.T) {
	c := voiceCall(t)
	c.offered(B, t38B)
	c.wantOffer("T.38 goes to A", A)
	c.gone()
	c.wantEffect("", CloseAudio{})
	c.Handle(Ended{Leg: A, Reason: "BYE"})
	c.WantIdle("both are gone")
	c.WantState("over")

	c = voiceCall(t)
	c.offered(B, t38B)
	c.wantOffer("T.38 goes to A", A)
	c.gone()
	c.wantEffect("", CloseAudio{})
	c.Pass(time.Minute)
	c.wantEffect("A never answers", HangUp{Leg: A, Status: 408, Reason: "an offer was never answered"})
}
