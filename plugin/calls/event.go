package calls

import (
	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/t38/faxdetect"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// event is something for a call's mailbox.
type event interface{ event() }

// Of the host.
type (
	offered  struct{ sdp []byte }
	answered struct {
		status  int
		reason  string
		sdp     []byte
		headers []*faxv1.Header
	}
	progressed struct {
		status int
		sdp    []byte
	}
	ended struct {
		reason string
		q850   int
	}
)

// Of the media and of this side.
type (
	toneSent struct{ err error }
	faxEnded struct {
		outcome t30.Outcome
		err     error
	}
	faxHeard   struct{ signal faxdetect.Signal } // in audio that goes through
	relayEnded struct{ err error }               // by itself
	hangUp     struct{ reason string }
	drain      struct{} // end unless a fax may be under way
)

func (offered) event()    {}
func (answered) event()   {}
func (progressed) event() {}
func (ended) event()      {}
func (toneSent) event()   {}
func (faxEnded) event()   {}
func (faxHeard) event()   {}
func (relayEnded) event() {}
func (hangUp) event()     {}
func (drain) event()      {}
