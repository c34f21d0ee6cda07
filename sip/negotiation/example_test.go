package negotiation_test

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/sip/negotiation"
)

// A called fax machine: it answers audio, sends CED, and asks for T.38.
func Example() {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	m := negotiation.New(negotiation.Config{
		Local: netip.MustParseAddr("192.0.2.1"), RTPPort: 30000, UDPTLPort: 40000,
	}, now)

	m.Handle(now, negotiation.Offered{Initial: true, SDP: []byte(
		"v=0\r\no=- 1 1 IN IP4 198.51.100.5\r\ns=-\r\nc=IN IP4 198.51.100.5\r\nt=0 0\r\nm=audio 12016 RTP/AVP 0\r\n")})
	perform(m)

	now = now.Add(3 * time.Second)
	m.Handle(now, negotiation.ToneSent{})
	m.Advance(now)
	perform(m)

	m.Handle(now, negotiation.Answered{Status: 200, SDP: []byte(
		"v=0\r\no=- 1 2 IN IP4 198.51.100.5\r\ns=-\r\nc=IN IP4 198.51.100.5\r\nt=0 0\r\nm=image 4500 udptl t38\r\n")})
	perform(m)

	// Output:
	// answer 200 with m=audio 30000 RTP/AVP 0
	// send CED to 198.51.100.5:12016 as PCMU
	// offer m=image 40000 udptl t38
	// relay to 198.51.100.5:4500
}

// perform takes what the machine wants to be done.
func perform(m *negotiation.Machine) {
	for e, ok := m.Next(); ok; e, ok = m.Next() {
		switch e := e.(type) {
		case negotiation.Answer:
			fmt.Println("answer", e.Status, "with", mediaLine(e.SDP))
		case negotiation.Offer:
			fmt.Println("offer", mediaLine(e.SDP))
		case negotiation.OpenAudio:
			fmt.Println("send CED to", e.Remote, "as", e.Codec.Name)
		case negotiation.OpenT38:
			fmt.Println("relay to", e.Remote)
		case negotiation.Fail:
			fmt.Println("hang up:", e.Sentence)
		}
	}
}

func mediaLine(sdp []byte) string {
	_, line, _ := strings.Cut(string(sdp), "m=")
	line, _, _ = strings.Cut(line, "\r\n")
	return "m=" + line
}
