package b2bua_test

import (
	"testing"

	"github.com/pagebridge/pagebridge/sip/b2bua"
	"github.com/pagebridge/pagebridge/sip/dialog"
	. "github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

// BenchmarkCall is one call through the B2BUA, from INVITE to BYE, both ends of
// it in this process too: three stacks work for it.
func BenchmarkCall(b *testing.B) {
	caller, called := New(b, "a"), New(b, "b")
	m := New(b, "b2bua", func(o *dialog.Options) {
		o.MaxLegs = 100000
		o.Incoming = func(l *dialog.Leg, invite *dialog.Request) dialog.Events {
			go b2bua.Bridge(l, invite, to{peer: called, transport: "udp"}, Logger(b), nil)
			return nobody{}
		}
	})
	for b.Loop() {
		caller.Dial(m.URI("100", "udp"), "offer")
		called.Want("called", "call").Respond(200, "answer")
		caller.Want("answered", "answer 200")
		called.Want("acknowledged", "ack")
		caller.Leg.HangUp(dialog.HangUp{})
		caller.Want("hung up", "end")
		called.Want("hung up", "end")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}
