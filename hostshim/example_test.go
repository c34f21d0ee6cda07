package hostshim_test

import (
	"context"
	"log"
	"os"

	"github.com/pagebridge/pagebridge/hostshim"
)

// server is a SIP server; what stands for its own work is left out.
type server struct{}

func (server) Respond(call string, r hostshim.Response) error { return nil } // answer the open INVITE
func (server) Reinvite(call string, sdp []byte) error         { return nil } // send a re-INVITE
func (server) Dial(call string, d hostshim.Dial) error        { return nil } // send an INVITE
func (server) HangUp(call string, h hostshim.HangUp) error    { return nil } // BYE, CANCEL or a refusal

func Example() {
	config, err := os.ReadFile("pagebridge.hcl")
	if err != nil {
		log.Fatal(err)
	}
	shim, err := hostshim.Launch(context.Background(), hostshim.Options{
		Command: []string{"pagebridge-plugin"}, Config: config, Filename: "pagebridge.hcl",
	}, server{})
	if err != nil {
		log.Fatal(err) // it says what is wrong and what to do
	}
	defer shim.Close()

	// An INVITE has come in:
	decision, err := shim.Incoming(context.Background(), hostshim.IncomingCall{
		Call: "a84b4c76e66710", From: "+15557654321", To: "+15551230000", SDP: []byte("v=0 …"),
	})
	switch {
	case err != nil:
		// 503: the plugin is being restarted
	case decision.Taken:
		// its commands do the rest
	default:
		// no fax number: route the call as usual
	}
}
