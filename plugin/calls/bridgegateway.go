package calls

import (
	"errors"
	"time"

	"github.com/pagebridge/pagebridge/sip/pairing"
)

// withGateway is false while there is none behind the negotiation.
const withGateway = false

// faxGateway is a running gateway.
type faxGateway struct{}

func (b *bridge) openGateway(pairing.OpenGateway) {
	b.giveUp(time.Now(), errors.New("there is no gateway yet"))
}

func (b *bridge) closeGateway() {}
