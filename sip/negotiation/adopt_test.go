package negotiation

import "testing"

// What others have said on the leg that is taken over.
var (
	ourHead  = "v=0 | o=- 77 3 IN IP4 192.0.2.1 | s=- | c=IN IP4 192.0.2.1 | t=0 0 | "
	ourAudio = text(ourHead + "m=audio 30000 RTP/AVP 0 | a=sendrecv")
	ourT38   = text(ourHead + "m=image 40000 udptl t38 | a=T38FaxVersion:0 | a=T38FaxUdpEC:t38UDPRedundancy")
)

func TestAdoptAudio(t *testing.T) {
	c := converse(t, called())
	c.m.Adopt(c.Now(), Session{Local: ourAudio, Remote: peerAudio, Version: 5})
	audio := c.wantAudio("the fax begins with its tone")
	c.want("the called terminal's", audio.Tone, CED)
	c.want("in the codec that was answered, though the peer likes PCMA better", audio.Codec.Name, "PCMU")
	c.Handle(ToneSent{})
	c.Pass(0)
	c.wantOffer("T.38 is asked for, under the next version", "o=- 77 6 IN IP4 192.0.2.1", "m=image 40000 udptl t38")
	c.answered(200, peerT38)
	c.wantT38("T.38 opens")
}

func TestAdoptT38(t *testing.T) {
	c := converse(t, called())
	c.m.Adopt(c.Now(), Session{Local: ourT38, Remote: peerT38, Version: 3})
	c.want("no tone was sent", c.wantT38("T.38 opens").Toned, false)
	c.offered(peerT38)
	c.wantAnswer("a refresh", 200, "o=- 77 3 IN IP4 192.0.2.1")
	c.WantIdle("changes nothing")
}

func TestAdoptNothing(t *testing.T) {
	for _, s := range []Session{{}, {Local: ourAudio, Remote: text(peerHead + "m=audio 0 RTP/AVP 0")}} {
		c := converse(t, called())
		c.m.Adopt(c.Now(), s)
		c.wantFail("there is nothing to go on with", 0, "the call has no")
	}
}
