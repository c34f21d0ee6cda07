package sipptest

import (
	"strings"
	"testing"
)

// TestCallersFromAnywhere: calls from addresses that are no trunk's are taken if they
// prove to be one's, or come from a shared address for one's domain; others are not.
func TestCallersFromAnywhere(t *testing.T) {
	h := newHost(t)
	h.write("127.0.0.1", `trunk "roams" {
  server = "192.0.2.3"
  options_ping = "0s"
  inbound_username = "road"
  inbound_password = "secret"
}
trunk "acme" {
  server = "127.0.0.9"
  options_ping = "0s"
  inbound_domains = ["acme.example"]
}
trunk "globex" {
  server = "127.0.0.9"
  options_ping = "0s"
  inbound_domains = ["globex.example"]
}
`)
	h.Edit("] }\nmedia", "]\n digest = [\"MD5\", \"SHA-256\"]\n}\nmedia") // sipp sees the first alone
	h.Edit("sip { listen", "sip {\n listen")
	h.Start()
	t.Cleanup(h.Stop)
	from := func(address string) *talk { k := call(fax); k.own = address; return k }
	to := func(k *talk, domain string) *talk {
		k.cseq++
		k.last = k.nextBranch()
		return k.raw(strings.Replace(k.request("INVITE", k.last, k.cseq, imageOffer()), "@[remote_ip]:[remote_port] SIP/2.0", "@"+domain+" SIP/2.0", 1))
	}
	t.Run("talks", func(t *testing.T) {
		for _, s := range []scenario{
			{"the password", from("127.0.0.7").invite(imageOffer()).challenged("road", "secret", imageOffer(), has(`algorithm=SHA-256`), has(`algorithm=MD5`)).
				want(200, body("m=image [1-9]")).ack().hangUp()},
			{"the password, over TCP", func() *talk { k := from("127.0.0.8"); k.tcp = true; return k }().invite(imageOffer()).
				challenged("road", "secret", imageOffer()).want(200, body("m=image [1-9]")).ack().hangUp()},
			{"a wrong password", from("127.0.0.6").invite(imageOffer()).challenged("road", "guess", imageOffer()).want(401, lacks("stale=true")).ackRefusal()},
			{"another name", from("127.0.0.5").invite(imageOffer()).challenged("rode", "secret", imageOffer()).want(401).ackRefusal()},
			{"a domain of the address", to(from("127.0.0.9"), "globex.example").want(200, body("m=image [1-9]")).ack().hangUp()},
			{"a domain of another address", to(from("127.0.0.4"), "globex.example").want(401).ackRefusal()},
			{"no domain of the address", to(from("127.0.0.9"), "initech.example").want(401).ackRefusal()},
		} {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				if err := h.talk(t, s.name, s.talk); err != nil {
					t.Error(err)
				}
			})
		}
	})
	for _, want := range []string{"trunk=roams", "trunk=globex", "a call of a stranger is refused"} {
		h.Wait(want, 0, 0)
	}
	if strings.Contains(h.Log(), "secret") {
		t.Error("the log has the password")
	}
}
