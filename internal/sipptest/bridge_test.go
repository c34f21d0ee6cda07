package sipptest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestBridged are calls between two sipps, which pagebridge carries on.
func TestBridged(t *testing.T) {
	h := newHost(t)
	h.write("127.0.0.1", "")
	h.trunk(t) // the first one is where calls of unknown ports come from
	route := h.trunk(t)
	h.Edit("sip { listen", fmt.Sprintf("sip {\n default_route = \"sipp-%d\"\n listen", route), "\"] }\nmedia", "\"]\n}\nmedia")
	h.Start()
	t.Cleanup(h.Stop)
	ring := func() *talk { return callee(route).wantRequest("INVITE").respond("180 Ringing", "") }
	taken := func() *talk { return ring().respond("200 OK", audio()).wantRequest("ACK").taken() }
	over := func(k *talk) *talk { return k.wantRequest("BYE").respond("200 OK", "") }
	up := func() *talk { return call(stranger).invite(audio()).want(180).want(200, body("m=audio 9 ")).ack() }
	cancelled := callee(route).wantRequest("INVITE").respond("180 Ringing", "").wantRequest("CANCEL").respond("200 OK", "").taken()
	cancelled.send(strings.Join([]string{
		"SIP/2.0 487 Request Terminated", "[last_Via:]", "[last_From:]", "[last_To:];tag=s[pid]x[call_number]", "[last_Call-ID:]", "CSeq: 1 INVITE", "Content-Length: 0\n",
	}, "\n"), "").wantRequest("ACK")
	through := func(method, sdp string) [2]*talk {
		k, c := up(), taken().wantRequest(method)
		if method == "INVITE" {
			k.invite(sdp).want(200, body("m=audio 9 ")).ack()
			c.respond("200 OK", audio()).wantRequest("ACK")
		} else {
			k.ask(method, sdp).want(200)
			c.respond("200 OK", sdp)
		}
		return [2]*talk{k.hangUp(), over(c)}
	}
	refused := func(status string, want int, headers ...string) [2]*talk {
		return [2]*talk{call(stranger).invite(audio()).want(want).ackRefusal(), callee(route).wantRequest("INVITE").respond(status, "", headers...).wantRequest("ACK")}
	}
	for _, s := range []struct {
		name  string
		talks [2]*talk
	}{
		{"a call", [2]*talk{up().hangUp(), over(taken())}},
		{"the called side hangs up", [2]*talk{up().leaves(has("Reason: Q.850;cause=16")), taken().ask("BYE", "", "Reason: Q.850;cause=16").want(200)}},
		{"early media", [2]*talk{call(stranger).invite(audio()).want(183, body("m=audio 9 ")).want(200).ack().hangUp(),
			over(callee(route).wantRequest("INVITE").respond("183 Session Progress", audio()).respond("200 OK", audio()).wantRequest("ACK").taken())}},
		{"CANCEL", [2]*talk{call(stranger).invite(audio()).want(180).cancel().want(200).want(487).ackRefusal(), cancelled}},
		{"CANCEL crosses the answer of the called side", [2]*talk{
			call(stranger).invite(audio()).want(180).cancel().want(200).want(487).ackRefusal(),
			over(callee(route).wantRequest("INVITE").respond("180 Ringing", "").wantRequest("CANCEL").respond("200 OK", "").
				answerInvite("200 OK", audio()).wantRequest("ACK"))}},
		{"late offer", [2]*talk{call(stranger).invite("").want(200, body("m=audio 9 ")).ack(audio()).hangUp(),
			over(callee(route).wantRequest("INVITE", lacks("m=audio")).respond("200 OK", audio()).wantRequest("ACK", body("m=audio")).taken())}},
		{"re-INVITE", through("INVITE", version(audio(), 2))},
		{"re-INVITE to T.38 passes as any other", [2]*talk{up().invite(version(imageOffer(), 2)).want(200, body("m=image 9 ")).ack().hangUp(),
			over(taken().wantRequest("INVITE", body("m=image 9 ")).respond("200 OK", imageOffer()).wantRequest("ACK"))}},
		{"UPDATE", through("UPDATE", version(audio(), 2))},
		{"INFO", through("INFO", "")},
		{"PRACK where the caller requires it", [2]*talk{
			call(stranger).invite(audio(), "Require: 100rel").want(180, has("Require: *100rel"), reliable()).prack(1).want(200).want(200, body("m=audio 9 ")).ack().hangUp(),
			over(taken())}},
		{"a PRACK for nothing is answered 481", [2]*talk{
			call(stranger).invite(audio(), "Require: 100rel").want(180, reliable()).ask("PRACK", "", "RAck: 1 1 INVITE").want(481).
				prack(1).want(200).want(200, body("m=audio 9 ")).ack().hangUp(),
			over(taken())}},
		{"a refusal does not wait for PRACK", [2]*talk{
			call(stranger).invite(audio(), "Require: 100rel").want(180, reliable()).want(486).ackRefusal(),
			callee(route).wantRequest("INVITE").respond("180 Ringing", "").respond("486 Busy Here", "").wantRequest("ACK")}},
		{"early media with PRACK on both legs, answer in the 183", [2]*talk{
			call(stranger).invite(audio(), "Supported: 100rel").want(183, body("m=audio 9 "), reliable()).prack(1).want(200).want(200, lacks("m=audio")).ack().hangUp(),
			over(callee(route).wantRequest("INVITE", has("Supported: [^[:cntrl:]]*100rel")).early(7, "183 Session Progress", audio()).
				respond("200 OK", "").answerInvite("200 OK", "").wantRequest("ACK").taken())}},
		{"PRACK is not offered for a caller without it", [2]*talk{up().hangUp(), over(callee(route).wantRequest("INVITE", lacks("100rel")).
			respond("180 Ringing", "").respond("200 OK", audio()).wantRequest("ACK").taken())}},
		{"late offer in the 183, answer in PRACK", [2]*talk{
			call(stranger).invite("", "Supported: 100rel").want(183, body("m=audio 9 "), reliable()).prack(1, audio()).want(200).want(200).ack().hangUp(),
			over(callee(route).wantRequest("INVITE", lacks("m=audio")).early(1, "183 Session Progress", audio(), body("m=audio 9 ")).
				respond("200 OK", "").answerInvite("200 OK", "").wantRequest("ACK", lacks("m=audio")).taken())}},
		{"offer in PRACK becomes UPDATE", [2]*talk{
			call(stranger).invite(audio(), "Supported: 100rel").want(183, reliable()).prack(1, version(audio(), 2)).want(200, body("m=audio 9 ")).want(200).ack().hangUp(),
			over(callee(route).wantRequest("INVITE").early(1, "183 Session Progress", audio()).respond("200 OK", "").
				wantRequest("UPDATE", body("o=sipp 1 2 ")).respond("200 OK", audio()).answerInvite("200 OK", "").wantRequest("ACK").taken())}},
		{"UPDATE before the answer", [2]*talk{
			call(stranger).invite(audio(), "Supported: 100rel").want(183, reliable()).prack(1).want(200).ask("UPDATE", version(audio(), 2)).want(200, body("m=audio 9 ")).want(200).ack().hangUp(),
			over(callee(route).wantRequest("INVITE").early(1, "183 Session Progress", audio()).respond("200 OK", "").
				wantRequest("UPDATE", body("o=sipp 1 2 ")).respond("200 OK", audio()).answerInvite("200 OK", "").wantRequest("ACK").taken())}},
		{"UPDATE before the first offer is answered", [2]*talk{
			call(stranger).invite(audio()).want(180).ask("UPDATE", version(audio(), 2)).want(500, has("Retry-After: [0-9]")).want(200).ack().hangUp(),
			over(callee(route).wantRequest("INVITE").respond("180 Ringing", "").pause(time.Second).respond("200 OK", audio()).wantRequest("ACK").taken())}},
		{"no identity for a trunk that is none of the trusted", [2]*talk{
			call(stranger).invite(audio(), "P-Asserted-Identity: <tel:+15557>", "P-Preferred-Identity: <sip:8@x>").want(180).want(200).ack().hangUp(),
			over(callee(route).wantRequest("INVITE", lacks("P-Asserted-Identity"), lacks("P-Preferred"), lacks("Privacy:"), has("From: [^<]*<sip:sipp@")).
				respond("180 Ringing", "").respond("200 OK", audio()).wantRequest("ACK").taken())}},
		{"a caller who withholds the number", [2]*talk{
			call(stranger).invite(audio(), "P-Asserted-Identity: <tel:+15557>", "Privacy: id").want(180).want(200).ack().hangUp(),
			over(callee(route).wantRequest("INVITE", lacks("15557"), has("Privacy: id"), has("From: [^<]*<sip:anonymous@anonymous.invalid>")).
				respond("180 Ringing", "").respond("200 OK", audio()).wantRequest("ACK").taken())}},
		{"REFER is refused", [2]*talk{up().ask("REFER", "", "Refer-To: <sip:1@x>").want(405, has("Allow:"), lacks("Allow:[^[:cntrl:]]*REFER")).hangUp(), over(taken())}},
		{"486", refused("486 Busy Here", 486)},
		{"302 becomes 480", refused("302 Moved Temporarily", 480)},
		{"401 becomes 403", refused("401 Unauthorized", 403, `WWW-Authenticate: Digest realm="r", nonce="n"`)},
	} {
		t.Run(s.name, func(t *testing.T) {
			for _, k := range s.talks {
				k.patience = 5 * time.Second
			}
			done := make(chan error, 1)
			go func() { done <- h.talk(t, s.name+", the called side", s.talks[1]) }()
			if err := h.talk(t, s.name, s.talks[0]); err != nil {
				t.Error(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	hops := call(stranger)
	hops.cseq, hops.last = 1, "z9hG4bKp[pid]hops"
	hops.raw(replaced("Max-Forwards: 70", "Max-Forwards: 0")(hops.request("INVITE", hops.last, 1, audio()))).want(483).ackRefusal()
	if err := h.talk(t, "483 at the end of Max-Forwards", hops); err != nil {
		t.Error(err)
	}
}

// TestIdentity: trunks that believe each other (RFC 3325), with an account in From.
func TestIdentity(t *testing.T) {
	h := newHost(t)
	h.write("127.0.0.1", "")
	h.trunk(t)
	route := h.trunk(t)
	h.Edit("sip { listen", fmt.Sprintf("sip {\n default_route = \"sipp-%d\"\n listen", route), "\"] }\nmedia", "\"]\n}\nmedia",
		` fax = "t38"`, ` fax = "t38"`+"\n identity = \"asserted\"\n from_user = \"account\"\n from = \"+15551\"\n refer = \"pass\"")
	h.Start()
	t.Cleanup(h.Stop)
	done := make(chan error, 1)
	go func() {
		done <- h.talk(t, "REFER, the called side", callee(route).wantRequest("INVITE", has("Allow:[^[:cntrl:]]*REFER")).respond("200 OK", audio()).wantRequest("ACK").taken().
			wantRequest("REFER", has("Refer-To: *<sip:1@x>")).respond("202 Accepted", "").
			ask("NOTIFY", "", "Event: refer", "Subscription-State: terminated;reason=noresource").want(200).wantRequest("BYE").respond("200 OK", ""))
	}()
	if err := h.talk(t, "REFER passed", call(stranger).invite(audio()).want(200).ack().ask("REFER", "", "Refer-To: <sip:1@x>").want(202, has("Contact:")).
		wantRequest("NOTIFY", has("Event: *refer"), has("Subscription-State: *terminated")).respond("200 OK", "").hangUp()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	go func() {
		done <- h.talk(t, "identity, the called side", callee(route).wantRequest("INVITE", has("P-Asserted-Identity: <sip:.15557@127.0.0.1>"), has("Privacy: id"), has("From: [^<]*<sip:account@")).
			respond("486 Busy Here", "").wantRequest("ACK"))
	}()
	if err := h.talk(t, "identity", call(stranger).invite(audio(), "P-Asserted-Identity: <tel:+15557>", "Privacy: id").want(486).ackRefusal()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := h.talk(t, "a fax of ours", called().wantRequest("INVITE", has("P-Asserted-Identity: <sip:.15551@127.0.0.1>"), lacks("Privacy"), has("From: [^<]*<sip:account@")).
		respond("486 Busy Here", "").wantRequest("ACK")); err != nil {
		t.Error(err)
	}
}

// callee is a talk that begins with a call to sipp at a port of its own.
func callee(port int) *talk {
	k := called()
	k.port = port
	return k
}

// TestIPv6 is a house that speaks IPv6 alone.
func TestIPv6(t *testing.T) {
	h := serve(t, "[::1]", "")
	six := func(k *talk) *talk { k.ipv6 = true; return k }
	runAll(t, h, []scenario{
		{"T.38 over IPv6", six(call(fax)).established(imageOffer(), body("c=IN IP6 ::1")).hangUp()},
		{"audio, then T.38", six(call(fax)).established(audio(), body("c=IN IP6 ::1")).wantRequest("INVITE", body("m=image [1-9].*|c=IN IP6")).
			respond("200 OK", imageOffer()).wantRequest("ACK").hangUp()},
		{"called over IPv6", six(called()).answered(audio()).wantRequest("INVITE", body("m=image [1-9]")).respond("200 OK", imageOffer()).wantRequest("ACK").hangUp()},
	})
}
