package sipptest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/sip/dns/dnstest"
)

// TestTrunkByDomain: a trunk that is only a domain is reached as its DNS wants it
// (RFC 3263): by TCP, at the first of its servers that is there; and calls of these
// servers are its own.
func TestTrunkByDomain(t *testing.T) {
	names := dnstest.Start(t)
	gone, there := hosttest.FreePort(t), hosttest.FreePort(t)
	names.NAPTR("trunk.example.net", dnstest.RDATA(20, 1, "s", "SIP+D2U", "", "_sip._udp.trunk.example.net"))
	names.NAPTR("trunk.example.net", dnstest.RDATA(10, 1, "s", "SIP+D2T", "", "_sip._tcp.trunk.example.net"))
	names.SRV("_sip._tcp.trunk.example.net", 1, 0, uint16(gone), "one.example.net")
	names.SRV("_sip._tcp.trunk.example.net", 2, 0, uint16(there), "two.example.net")
	names.A("one.example.net", "127.0.0.1")
	names.A("two.example.net", "127.0.0.1")

	h := newHost(t)
	h.write("127.0.0.1", `trunk "domain" {
  server = "trunk.example.net"
  options_ping = "0s"
}
alias "far" {
  number = "+4930123"
  trunk = "domain"
}
`)
	h.Edit("] }\nmedia", fmt.Sprintf("]\n dns = %q\n}\nmedia", names.Addr))
	h.Edit("sip { listen", "sip {\n listen")
	h.Start()
	t.Cleanup(h.Stop)
	k := called()
	k.tcp, k.port = true, there
	k.wantRequest("INVITE", has("INVITE sip:[+]4930123@trunk.example.net;transport=tcp SIP/2.0")).respond("486 Busy Here", "").wantRequest("ACK")
	k.begin = func() { h.mailTo(t, "far") }
	if err := h.talk(t, "the second server of the domain", k); err != nil {
		t.Errorf("%v\nDNS was asked for %q", err, names.Asked())
	}
	for _, want := range []string{"35 trunk.example.net.", "SRV _sip._tcp.trunk.example.net.", "A one.example.net."} {
		if asked := names.Asked(); !slices.Contains(asked, want) {
			t.Errorf("%q was not asked for: %q", want, asked)
		}
	}
	h.Wait("the line was busy", 0, 0)
}
