package dialog_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/sip/dialog"
	. "github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

// prack acknowledges a reliable provisional answer.
func (w *wire) prack(m msg, branch string, cseq int, more ...string) {
	w.t.Helper()
	w.request("PRACK", branch, m.line("To"), cseq, append([]string{"RAck: " + m.line("RSeq") + " " + m.line("CSeq")}, more...)...)
}

func TestReliableRinging(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	w.request("INVITE", "one", "<sip:100@host>", 1, "Require: 100rel", body("offer"))
	w.want("trying", "SIP/2.0 100")
	call := s.Want("the call", "call")
	call.Respond(180, "")
	ringing := w.want("ringing", "SIP/2.0 180")
	if ringing.line("Require") != "100rel" || ringing.line("RSeq") == "" || ringing.line("Contact") == "" {
		t.Errorf("it is not reliable:\n%s", ringing)
	}
	for range 2 {
		w.wantAgain("repeated until its PRACK", ringing)
	}
	call.Respond(183, "early")
	call.Respond(200, "answer")
	w.silent("the next one waits", true)
	w.request("PRACK", "bad", ringing.line("To"), 2, "RAck: 1 1 INVITE")
	w.want("not what was sent", "SIP/2.0 481")
	w.prack(ringing, "p1", 3)
	w.want("the PRACK", "SIP/2.0 200")
	progress := w.want("then what waited", "SIP/2.0 183")
	a, _ := strconv.Atoi(ringing.line("RSeq"))
	if b, _ := strconv.Atoi(progress.line("RSeq")); b != a+1 {
		t.Errorf("RSeq %d after %d", b, a)
	}
	w.prack(ringing, "p2", 4)
	w.want("a PRACK for what has one", "SIP/2.0 481")
	w.prack(progress, "p3", 5)
	w.want("the PRACK", "SIP/2.0 200")
	ok := w.want("and the answer", "SIP/2.0 200")
	if ok.line("CSeq") != "1 INVITE" {
		t.Errorf("CSeq %s", ok.line("CSeq"))
	}
	w.request("ACK", "ack", ok.line("To"), 1)
	s.Want("the ACK", "ack")
}

func TestReliableOnlyWhereItMatters(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	w.request("INVITE", "one", "<sip:100@host>", 1, "Supported: 100rel", body("offer"))
	w.want("trying", "SIP/2.0 100")
	call := s.Want("the call", "call")
	call.Respond(180, "")
	if m := w.want("ringing", "SIP/2.0 180"); m.line("RSeq") != "" {
		t.Errorf("ringing is reliable unasked:\n%s", m)
	}
	call.Respond(183, "early")
	early := w.want("a description", "SIP/2.0 183")
	if early.line("RSeq") == "" {
		t.Errorf("early media is not reliable:\n%s", early)
	}
	call.Respond(486, "") // a refusal waits for no PRACK
	w.want("refused", "SIP/2.0 486")
	w.request("ACK", "one", early.line("To"), 1)
	s.Want("over", "end")
	w.silent("nothing is repeated", true)
}

func TestProvisionalNeverAcknowledged(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, n *Network) {
		s := New(t, "s", on(n))
		w := wireOn(t, n, s)
		w.request("INVITE", "one", "<sip:100@host>", 1, "Require: 100rel", body("offer"))
		w.want("trying", "SIP/2.0 100")
		s.Want("the call", "call").Respond(180, "")
		ringing := w.want("ringing", "SIP/2.0 180")
		var times []time.Duration
		var refused msg
		for begun := time.Now(); refused == "" && len(times) < 20; {
			switch m := w.read(time.Minute); m {
			case ringing:
				times = append(times, time.Since(begun)/sip.T1)
			default:
				refused = m
			}
		}
		if got := fmt.Sprint(times); got != "[1ns 3ns 7ns 15ns 31ns 63ns]" { // in units of T1: doubled each time, without bound
			t.Errorf("it is repeated after %v", got)
		}
		if !strings.HasPrefix(string(refused), "SIP/2.0 504") {
			t.Fatalf("the refusal is %q", refused)
		}
		w.request("ACK", "one", refused.line("To"), 1)
		s.Want("over, and not by the owner", `end "the peer never acknowledged our provisional answer" local false`)
		s.Gone("refused")
	})
}

func TestOfferInProvisional(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	w.request("INVITE", "one", "<sip:100@host>", 1, "Require: 100rel")
	w.want("trying", "SIP/2.0 100")
	call := s.Want("a call without an offer", `call INVITE ""`)
	call.Respond(183, "offer")
	m := w.want("the offer", "SIP/2.0 183")
	w.request("UPDATE", "u0", m.line("To"), 2, body("too early"))
	w.want("an UPDATE against our offer", "SIP/2.0 491")
	w.prack(m, "p", 3, body("answer"))
	w.want("the PRACK", "SIP/2.0 200")
	s.Want("with the answer", `ack "answer"`)
	w.request("UPDATE", "u1", m.line("To"), 4, body("change"))
	change := s.Want("an early UPDATE", `request UPDATE "change"`)
	call.Respond(200, "")
	w.silent("the 200 waits", true)
	change.Respond(200, "changed")
	w.want("the UPDATE", "SIP/2.0 200")
	ok := w.want("and the call", "SIP/2.0 200")
	w.request("ACK", "ack", ok.line("To"), 1)
	s.Want("the ACK", `ack ""`)
}

func TestOfferInPRACK(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	w.request("INVITE", "one", "<sip:100@host>", 1, "Supported: 100rel", body("offer"))
	w.want("trying", "SIP/2.0 100")
	call := s.Want("the call", "call")
	call.Respond(183, "answer")
	m := w.want("the answer", "SIP/2.0 183")
	w.request("UPDATE", "u0", m.line("To"), 2, body("too early"))
	if m := w.want("an UPDATE before the PRACK", "SIP/2.0 500"); m.line("Retry-After") == "" {
		t.Errorf("it does not say when:\n%s", m)
	}
	w.prack(m, "p", 3, body("second offer"))
	s.Want("an offer in the PRACK", `request PRACK "second offer"`).Respond(200, "second answer")
	if m := w.want("is answered", "SIP/2.0 200"); !strings.HasSuffix(string(m), "second answer") || m.line("CSeq") != "3 PRACK" {
		t.Errorf("the answer reads\n%s", m)
	}
	s.Leg.Request("UPDATE", dialog.SDP([]byte("ours")), nil, s.Answered)
	w.answer(w.want("our early UPDATE", "UPDATE sip:wire@"), "200 OK", "", body("theirs"))
	s.Want("is answered", `answer 200 "theirs"`)
	s.Leg.HangUp(dialog.HangUp{Status: 486})
	w.want("refused after all", "SIP/2.0 486")
	s.Want("over", "end")
}

func TestPRACK(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	s.Dial(w.uri("200"), "offer")
	invite := w.want("the call", "INVITE")
	if !strings.Contains(strings.Join(invite.lines("Supported"), ","), "100rel") {
		t.Errorf("the INVITE does not support 100rel:\n%s", invite)
	}
	w.answer(invite, "180 Ringing", "p", "Require: 100rel", "RSeq: 9")
	p := w.want("PRACK", "PRACK sip:peer@")
	if p.line("RAck") != "9 1 INVITE" || p.line("CSeq") != "2 PRACK" || p.tag("To") != "p" {
		t.Errorf("the PRACK reads\n%s", p)
	}
	w.answer(p, "200 OK", "")
	s.Want("ringing", "answer 180")
	w.answer(invite, "183 Progress", "p", "Require: 100rel", "RSeq: 11", body("lost one"))
	w.answer(invite, "180 Ringing", "p", "Require: 100rel", "RSeq: 9")
	w.silent("out of order, and repeated", true)
	s.Idle("out of order")
	s.Ask("UPDATE", "x")
	s.Want("nothing is agreed yet", "answer 481")
	w.request2(invite, "UPDATE", 1, body("theirs"))
	w.want("our offer is open", "SIP/2.0 491")
	w.answer(invite, "183 Progress", "p", "Require: 100rel", "RSeq: 10", body("answer"))
	p = w.want("PRACK", "PRACK")
	if p.line("RAck") != "10 1 INVITE" {
		t.Errorf("RAck %s", p.line("RAck"))
	}
	w.answer(p, "200 OK", "")
	s.Want("the answer", `answer 183 "answer"`)

	w.request2(invite, "BYE", 2)
	w.want("no BYE from there yet", "SIP/2.0 481")
	w.request2(invite, "UPDATE", 3, body("theirs"))
	s.Want("an early UPDATE", `request UPDATE "theirs"`).Respond(200, "agreed")
	w.want("answered", "SIP/2.0 200")
	s.Ask("UPDATE", "ours")
	u := w.want("and ours", "UPDATE sip:peer@")
	if u.tag("To") != "p" {
		t.Errorf("the UPDATE reads\n%s", u)
	}
	w.answer(u, "200 OK", "", body("agreed"))
	s.Want("answered", `answer 200 "agreed"`)
	w.answer(invite, "200 OK", "p")
	w.want("the ACK", "ACK")
	s.Want("the call is up", "answer 200")
	w.request2(invite, "UPDATE", 2, body("old"))
	w.want("the CSeq goes on", "SIP/2.0 500")
	s.Leg.HangUp(dialog.HangUp{})
	w.answer(w.want("over", "BYE"), "200 OK", "")
	s.Want("over", "end")
	s.Gone("over")
}

// request2 is a request of the called wire inside the call.
func (w *wire) request2(invite msg, method string, cseq int, more ...string) {
	w.t.Helper()
	w.send(append([]string{
		method + " sip:x@host SIP/2.0",
		"Via: SIP/2.0/UDP %ME%;branch=z9hG4bK" + method + strconv.Itoa(cseq) + ";rport",
		"From: " + invite.line("To") + ";tag=p", "To: " + invite.line("From"),
		"Call-ID: " + invite.line("Call-ID"), "CSeq: " + strconv.Itoa(cseq) + " " + method, "Contact: <sip:peer@%ME%>",
	}, more...)...)
}

func TestPRACKAnswersLateOffer(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	s.Dial(w.uri("200"), "")
	invite := w.want("the call", "INVITE")
	w.answer(invite, "183 Progress", "p", "Require: 100rel", "RSeq: 1", body("offer"))
	s.Want("an offer", `answer 183 "offer"`)
	w.silent("the PRACK waits for the answer", true)
	s.Leg.Ack(dialog.SDP([]byte("answer")))
	p := w.want("PRACK", "PRACK")
	if !strings.HasSuffix(string(p), "answer") {
		t.Errorf("the PRACK reads\n%s", p)
	}
	w.answer(p, "200 OK", "")
	w.answer(invite, "200 OK", "p", body("offer"))
	if ack := w.want("the ACK", "ACK"); strings.Contains(string(ack), "answer") {
		t.Errorf("the ACK reads\n%s", ack)
	}
	s.Want("up", "answer 200")
}

func TestPRACKOfEachBranch(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	s.Dial(w.uri("200"), "offer")
	invite := w.want("the call", "INVITE")
	for i, tag := range []string{"p", "q"} {
		w.answer(invite, "180 Ringing", tag, "Require: 100rel", "RSeq: 7")
		p := w.want("PRACK", "PRACK")
		if p.tag("To") != tag || p.line("CSeq") != strconv.Itoa(i+2)+" PRACK" {
			t.Errorf("the PRACK reads\n%s", p)
		}
		w.answer(p, "200 OK", "")
		s.Want("ringing", "answer 180")
	}
	s.Leg.HangUp(dialog.HangUp{})
	w.answer(w.want("cancelled", "CANCEL"), "200 OK", "")
	w.answer(invite, "487 Terminated", "q")
	s.Want("over", "answer 487")
	s.Want("over", "end")
}
