package pairing

import (
	"testing"
	"time"
)

// faxing is the configuration of a mode.
func faxing(mode FaxMode) Config {
	cfg := config()
	cfg.Fax = mode
	return cfg
}

func (c *conversation) heard(l Leg) { c.Handle(FaxHeard{Leg: l}) }

func (c *conversation) wantGateway(why string, line Leg) OpenGateway {
	c.t.Helper()
	e := c.Next(why)
	o, ok := e.(OpenGateway)
	if !ok || o.Line != line {
		c.t.Fatalf("%s: got %T %+v, want a gateway with %v as the line", why, e, e, line)
	}
	return o
}

// A fax is heard: B is asked, then A with B's terms, and the relay opens.
func TestFaxIsHeard(t *testing.T) {
	for _, mode := range []FaxMode{Relay, RelayOrGateway} {
		c := voiceCallWith(t, faxing(mode))
		c.heard(A)
		c.wantOffer("B first", B, "m=image 40001 udptl t38", "a=T38FaxUdpEC:t38UDPFEC", "a=T38MaxBitRate:14400")
		c.heard(A)
		c.WantIdle("it is heard again")
		c.answered(B, 200, t38B)
		c.wantOffer("then A, in B's terms", A, "m=image 30001 udptl t38", "a=T38FaxUdpEC:t38UDPRedundancy", "a=T38MaxBitRate:9600")
		c.answered(A, 200, t38A)
		c.wantEffect("no audio any more", CloseAudio{})
		o := c.wantT38("the relay opens")
		if o.Remote[A].String() != "198.51.100.5:4611" || o.Remote[B].String() != "203.0.113.9:4999" {
			t.Errorf("between %v", o.Remote)
		}
		c.heard(B)
		c.WantIdle("it is a fax")
	}
}

// One leg refuses T.38, in whatever words: the other one has it, and a gateway
// stands between.
func TestFaxIsHeardAndOneLegRefuses(t *testing.T) {
	for _, status := range []int{488, 415, 606, 500} {
		c := voiceCallWith(t, faxing(RelayOrGateway))
		c.heard(B)
		c.wantOffer("B first", B, "m=image 40001 udptl t38")
		c.answered(B, status, nil)
		c.wantOffer("then A", A, "m=image 30001 udptl t38")
		c.answered(A, 200, t38A)
		c.wantEffect("no audio goes through any more", CloseAudio{})
		o := c.wantGateway("B stays on audio", B)
		if o.Remote[B].String() != rtpB || o.Remote[A].String() != "198.51.100.5:4611" || o.Codec.Name != "PCMA" || o.Events != 101 || o.T38.MaxDatagram != 180 {
			t.Errorf("%+v", o)
		}

		c = voiceCallWith(t, faxing(RelayOrGateway))
		c.heard(A)
		c.wantOffer("B first", B)
		c.answered(B, 200, t38B)
		c.wantOffer("then A", A)
		c.answered(A, status, nil)
		c.wantEffect("no audio goes through any more", CloseAudio{})
		c.wantGateway("A stays on audio", A)
		c.offered(B, t38B)
		c.wantAnswer("a refresh", B, 200, "m=image 40001 udptl t38")
		c.WantIdle("A hears nothing of that")
	}
}

// B takes T.38 with port 0: its audio is offered again, and then it is as with a
// refusal.
func TestFaxIsHeardAndAnsweredWithPort0(t *testing.T) {
	c := voiceCallWith(t, faxing(RelayOrGateway))
	c.heard(A)
	c.wantOffer("B first", B)
	c.answered(B, 200, text(headB+"m=image 0 udptl t38"))
	c.wantOffer("then A", A)
	c.answered(A, 200, t38A)
	c.wantOffer("B goes back to its audio", B, "m=audio 40000 RTP/AVP 8 0 101")
	c.answered(B, 200, audioB)
	c.wantEffect("no audio goes through any more", CloseAudio{})
	c.wantGateway("B stays on audio", B)
}

// Neither leg has T.38: the fax stays in the audio, and nobody is asked twice.
func TestFaxIsHeardAndNobodyHasT38(t *testing.T) {
	c := voiceCallWith(t, faxing(RelayOrGateway))
	c.heard(A)
	c.wantOffer("B first", B)
	c.answered(B, 488, nil)
	c.wantOffer("then A", A)
	c.answered(A, 488, nil)
	c.WantIdle("it stays in the audio")
	c.heard(A)
	c.WantIdle("once is enough")
}

// Without a gateway a leg that has agreed alone goes back to audio.
func TestFaxIsHeardWithoutGateway(t *testing.T) {
	c := voiceCallWith(t, faxing(Relay))
	c.heard(A)
	c.wantOffer("B first", B)
	c.answered(B, 200, t38B)
	c.wantOffer("then A", A)
	c.answered(A, 488, nil)
	c.wantOffer("B goes back to its audio", B, "m=audio 40000 RTP/AVP 8 0 101")
	c.answered(B, 200, audioB)
	c.WantIdle("the audio was open all the time")
	c.heard(A)
	c.WantIdle("once is enough")
}

// With a gateway by configuration one leg is enough.
func TestFaxIsHeardWithGatewayOnly(t *testing.T) {
	c := voiceCallWith(t, faxing(Gateway))
	c.heard(A)
	c.wantOffer("B first", B)
	c.answered(B, 200, t38B)
	c.wantEffect("no audio goes through any more", CloseAudio{})
	c.wantGateway("A stays on audio", A)
}

func TestFaxThatStaysInTheAudio(t *testing.T) {
	c := voiceCallWith(t, faxing(AudioOnly))
	c.heard(A)
	c.WantIdle("nobody is asked")
	c.offered(B, t38B)
	c.wantAnswer("and nobody is heard", B, 488)
	c.WantIdle("A hears nothing of that")
}

// T.38 of one leg that the other refuses makes a gateway, not a refusal.
func TestRefusedT38MakesAGateway(t *testing.T) {
	for _, answer := range []struct {
		status int
		body   []byte
	}{{488, nil}, {415, nil}, {606, nil}, {501, nil}} {
		c := voiceCallWith(t, faxing(RelayOrGateway))
		c.offered(A, t38A)
		c.wantOffer("T.38 goes to B", B)
		c.answered(B, answer.status, answer.body)
		c.wantAnswer("A has T.38", A, 200, "m=image 30001 udptl t38", "a=T38FaxUdpEC:t38UDPRedundancy")
		c.wantEffect("no audio goes through any more", CloseAudio{})
		c.wantGateway("B stays on audio", B)
		c.offered(A, audioA)
		c.wantOffer("A goes back to audio", B, "m=audio 40000 RTP/AVP 8 0 101")
		c.answered(B, 200, audioB)
		c.wantAnswer("", A, 200, "m=audio 30000 RTP/AVP 8 101")
		c.wantAudio("audio goes through again", rtpA, rtpB)
		c.wantEffect("no gateway any more", CloseGateway{})
	}
}

// B answers T.38 with port 0, or goes on with audio.
func TestT38AnsweredWithoutMakesAGateway(t *testing.T) {
	for _, body := range [][]byte{text(headB + "m=image 0 udptl t38"), audioB} {
		c := voiceCallWith(t, faxing(RelayOrGateway))
		c.offered(A, t38A)
		c.wantOffer("T.38 goes to B", B)
		c.answered(B, 200, body)
		c.wantAnswer("A has T.38", A, 200, "m=image 30001 udptl t38")
		c.wantOffer("B goes back to its audio", B, "m=audio 40000 RTP/AVP 8 0 101")
		c.answered(B, 200, audioB)
		c.wantEffect("no audio goes through any more", CloseAudio{})
		c.wantGateway("B stays on audio", B)
	}
}

// A leg known to have no T.38 is not asked.
func TestLegWithoutT38(t *testing.T) {
	cfg := faxing(RelayOrGateway)
	cfg.Legs[B].NoT38 = true
	c := voiceCallWith(t, cfg)
	c.offered(A, t38A)
	c.wantAnswer("at once", A, 200, "m=image 30001 udptl t38")
	c.wantEffect("no audio goes through any more", CloseAudio{})
	c.wantGateway("B stays on audio", B)
	c.offered(A, t38A)
	c.wantAnswer("a refresh", A, 200)
	c.WantIdle("nothing new")

	c = voiceCallWith(t, cfg)
	c.heard(B)
	c.wantOffer("A alone", A, "m=image 30001 udptl t38")
	c.answered(A, 200, t38A)
	c.wantEffect("no audio goes through any more", CloseAudio{})
	c.wantGateway("B stays on audio", B)

	cfg.Fax = Relay
	c = voiceCallWith(t, cfg)
	c.offered(A, t38A)
	c.wantAnswer("there is no relay", A, 488)
	c.WantIdle("B is not asked")
}

// Between G.729 and T.38 there is no gateway.
func TestNoGatewayToOtherCodecs(t *testing.T) {
	c := converse(t, faxing(RelayOrGateway))
	g729 := text(headA + "m=audio 12016 RTP/AVP 18")
	c.offered(A, g729)
	c.wantOffer("B is dialled", B)
	c.answered(B, 200, text(headB+"m=audio 18000 RTP/AVP 18"))
	c.wantAnswer("", A, 200)
	c.Next("audio opens")
	c.offered(A, t38A)
	c.wantOffer("T.38 goes to B", B)
	c.answered(B, 488, nil)
	c.wantAnswer("A hears of it", A, 488)
	c.WantIdle("all is as it was")
}

// The other leg asks for T.38 while it is asked for: it waits for the answer.
func TestFaxHeardMeetsAnOffer(t *testing.T) {
	c := voiceCallWith(t, faxing(RelayOrGateway))
	c.heard(A)
	c.wantOffer("B first", B)
	c.offered(A, t38A)
	c.WantIdle("A waits for B")
	c.answered(B, 200, t38B)
	c.wantAnswer("and has B's terms", A, 200, "m=image 30001 udptl t38", "a=T38MaxBitRate:9600")
	c.wantEffect("no audio any more", CloseAudio{})
	c.wantT38("the relay opens")
}

// The asked leg asks itself at the same moment (RFC 3261 14.1): both have 491,
// and its second try comes first.
func TestFaxHeardMeetsGlare(t *testing.T) {
	c := voiceCallWith(t, faxing(RelayOrGateway))
	c.heard(A)
	c.wantOffer("B first", B)
	c.offered(B, t38B)
	c.wantAnswer("our offer is pending", B, 491)
	c.answered(B, 491, nil)
	c.WantState("backing off before B is asked for T.38")
	c.Pass(time.Second)
	c.offered(B, t38B)
	c.wantOffer("B's own offer goes to A", A, "m=image 30001 udptl t38")
	c.answered(A, 200, t38A)
	c.wantAnswer("", B, 200)
	c.wantEffect("no audio any more", CloseAudio{})
	c.wantT38("the relay opens")

	c = voiceCallWith(t, faxing(RelayOrGateway))
	c.heard(A)
	c.wantOffer("B first", B)
	c.answered(B, 491, nil)
	c.Pass(4 * time.Second)
	c.wantOffer("again", B, "m=image 40001 udptl t38")
	c.answered(B, 481, nil)
	c.wantEffect("the dialog is gone", CloseAudio{})
	c.Next("A ends")
	c.Next("B ends")
	c.WantState("over")
}

func TestFaxHeardAndNobodyAnswers(t *testing.T) {
	c := voiceCallWith(t, faxing(RelayOrGateway))
	c.heard(A)
	c.wantOffer("B first", B)
	c.Pass(time.Minute)
	c.wantEffect("", CloseAudio{})
	c.Next("A ends")
	c.Next("B ends")
	c.WantState("over")
}

// A fax for the mailbox: the telephone is hung up, A is given away.
func TestFaxForTheMailbox(t *testing.T) {
	const why = "it is a fax, and goes to a mailbox"
	c := voiceCallWith(t, faxing(Mailbox))
	c.heard(A)
	c.wantEffect("", CloseAudio{})
	c.wantEffect("the telephone", HangUp{Leg: B, Status: 480, Reason: why})
	c.wantLeft("A stays", 1, "m=audio 30000", false)

	c = voiceCallWith(t, faxing(Mailbox))
	c.offered(A, t38A)
	c.wantEffect("", CloseAudio{})
	c.wantEffect("the telephone", HangUp{Leg: B, Status: 480, Reason: why})
	c.wantLeft("A stays, and waits for an answer", 1, "m=audio 30000", true)

	c = voiceCallWith(t, faxing(Mailbox))
	c.offered(B, t38B)
	c.wantAnswer("B is not needed", B, 488)
	c.wantEffect("", CloseAudio{})
	c.wantEffect("B ends", HangUp{Leg: B, Status: 480, Reason: why})
	c.wantLeft("A stays", 1, "m=audio 30000", false)
}
