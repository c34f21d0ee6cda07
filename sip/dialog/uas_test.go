package dialog_test

import (
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/sip/dialog"
	. "github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

func TestRepeatedInviteIsOneCall(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	for range 3 {
		w.request("INVITE", "one", "<sip:100@host>", 1, body("offer"))
	}
	w.want("trying", "SIP/2.0 100")
	call := s.Want("one call", "call")
	call.Respond(180, "")
	ringing := w.want("ringing", "SIP/2.0 180")
	w.request("INVITE", "one", "<sip:100@host>", 1, body("offer"))
	w.wantAgain("the last answer for each repetition", ringing)
	s.Idle("and no second call")

	// By another way it is the same request (RFC 3261 8.2.2.2).
	w.request("INVITE", "two", "<sip:100@host>", 1, body("offer"))
	w.want("merged", "SIP/2.0 482")
	call.Respond(486, "")
	refused := w.want("the refusal", "SIP/2.0 486")
	w.wantAgain("is repeated until its ACK", refused)
	w.request("ACK", "one", refused.line("To"), 1)
	w.silent("and no longer", true)
	s.Want("over", "end")
}

func TestAnswerIsRepeatedUntilACK(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	w.request("INVITE", "one", "<sip:100@host>", 1, body("offer"))
	w.want("trying", "SIP/2.0 100")
	s.Want("the call", "call").Respond(200, "answer")
	ok := w.want("the answer", "SIP/2.0 200")
	for range 3 {
		w.wantAgain("again, the ACK was lost", ok)
	}
	s.Idle("no ACK yet")
	w.request("ACK", "ack", ok.line("To"), 1, body("late answer"))
	s.Want("the ACK", `ack "late answer"`)
	w.request("ACK", "ack", ok.line("To"), 1)
	w.silent("and no longer", true)
	s.Idle("a repeated ACK is none")
}

func TestAnswerNeverAcknowledged(t *testing.T) {
	t.Parallel() // it waits for a transaction to time out
	s := New(t, "s")
	w := newWire(t, s)
	w.request("INVITE", "one", "<sip:100@host>", 1, body("offer"))
	w.want("trying", "SIP/2.0 100")
	s.Want("the call", "call").Respond(200, "answer")
	w.want("the answer", "SIP/2.0 200")
	bye := w.want("no ACK within 64 T1 is a BYE", "BYE")
	w.answer(bye, "200 OK", "")
	s.Want("over", `end "the peer never acknowledged our answer"`)
	s.Gone("hung up")
}

func TestCancelOfThePeer(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	w.request("CANCEL", "none", "<sip:100@host>", 1)
	w.want("nothing to cancel", "SIP/2.0 481")
	w.request("INVITE", "one", "<sip:100@host>", 1, body("offer"))
	w.want("trying", "SIP/2.0 100")
	call := s.Want("the call", "call")
	w.request("CANCEL", "one", "<sip:100@host>", 1, `Reason: Q.850 ; cause=18 ;text="x"`)
	if m := w.want("the CANCEL is answered", "SIP/2.0 200"); m.line("CSeq") != "1 CANCEL" {
		t.Errorf("CSeq of the answer: %s", m.line("CSeq"))
	}
	over := w.want("and the INVITE", "SIP/2.0 487")
	w.request("ACK", "one", over.line("To"), 1)
	if e := s.Want("over", `end "CANCEL"`).End; e.Q850 != 18 {
		t.Errorf("cause %d", e.Q850)
	}
	call.Respond(200, "too late")
	w.silent("an answer now is none", true)
}

func TestCancelTooLate(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	w.request("INVITE", "one", "<sip:100@host>", 1, body("offer"))
	w.want("trying", "SIP/2.0 100")
	s.Want("the call", "call").Respond(200, "answer")
	ok := w.want("the answer", "SIP/2.0 200")
	w.request("CANCEL", "one", "<sip:100@host>", 1)
	w.want("crosses the CANCEL, which changes nothing", "SIP/2.0 200")
	w.request("ACK", "ack", ok.line("To"), 1)
	s.Want("the call goes on", "ack")
	w.request("BYE", "bye", ok.line("To"), 2)
	w.want("until BYE", "SIP/2.0 200")
	s.Want("over", `end "BYE"`)
}

func TestByeBeforeTheAnswer(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	w.request("INVITE", "one", "<sip:100@host>", 1, body("offer"))
	w.want("trying", "SIP/2.0 100")
	s.Want("the call", "call").Respond(180, "")
	to := w.want("ringing", "SIP/2.0 180").line("To")
	w.request("BYE", "bye", to, 2) // RFC 3261 15: the caller may
	w.want("the BYE is answered", "SIP/2.0 200")
	w.want("and the INVITE", "SIP/2.0 487")
	s.Want("over", `end "BYE"`)
}

func TestGlareOnTheWire(t *testing.T) {
	s := New(t, "s")
	w, to := called(t, s)
	s.Ask("INVITE", "ours")
	ours := w.want("our re-INVITE", "INVITE")
	w.request("INVITE", "theirs", to, 2, body("theirs"))
	w.want("trying or refused", "SIP/2.0 491")
	w.request("UPDATE", "update", to, 3, body("theirs"))
	w.want("an UPDATE with an offer too", "SIP/2.0 491")
	w.request("UPDATE", "update2", to, 4)
	w.want("one without refreshes the session, and is none of glare's", "SIP/2.0 200")
	w.answer(ours, "491 Request Pending", "")
	w.want("the ACK of the refusal", "ACK")
	s.Want("told", "answer 491")

	w.request("INVITE", "a", to, 5, body("first"))
	open := s.Want("an offer is open", `request INVITE "first"`)
	w.request("INVITE", "b", to, 6, body("second"))
	if m := w.want("a second one", "SIP/2.0 500"); m.line("Retry-After") == "" {
		t.Errorf("no Retry-After in\n%s", m)
	}
	w.request("INVITE", "a", to, 5, body("first"))
	s.Idle("a repetition is no second one")
	open.Respond(200, "answer")
	w.want("answered", "SIP/2.0 200")

	// The ACK got lost, the peer goes on: that shows that it has our answer.
	w.request("INVITE", "c", to, 7, body("third"))
	s.Want("the next offer", `request INVITE "third"`).Respond(200, "answer 3")
	third := w.want("answered", "SIP/2.0 200")
	if third.line("CSeq") != "7 INVITE" {
		t.Errorf("answered %s", third.line("CSeq"))
	}
	w.request("ACK", "ack5", to, 5)
	s.Want("late", "ack")
	w.request("ACK", "ack7", to, 7)
	s.Want("in time", "ack")
}

func TestOrderOfCSeq(t *testing.T) {
	s := New(t, "s")
	w, to := called(t, s)
	w.request("INFO", "i1", to, 5)
	s.Want("gaps are allowed", "request INFO").Respond(200, "")
	w.want("answered", "SIP/2.0 200")
	w.request("INFO", "i2", to, 4)
	w.want("steps back are not", "SIP/2.0 500")
	w.request("INVITE", "i3", to, 5, body("offer"))
	w.want("nor is the same again", "SIP/2.0 500")
}

func TestTargetRefresh(t *testing.T) {
	s := New(t, "s")
	w, to := called(t, s)
	moved := newWire(t, s)
	w.send("INVITE sip:100@host SIP/2.0", "Via: SIP/2.0/UDP %ME%;branch=z9hG4bKmoved;rport", "Max-Forwards: 70",
		"From: <sip:wire@%ME%>;tag=w", "To: "+to, "Call-ID: call-1", "CSeq: 2 INVITE",
		"Contact: <sip:moved@"+moved.addr().String()+">", body("offer"))
	s.Want("a re-INVITE with a new Contact", "request INVITE").Respond(200, "answer")
	w.want("answered where it came from", "SIP/2.0 200")
	w.request("ACK", "ackmoved", to, 2)
	s.Want("acknowledged", "ack")
	s.Leg.HangUp(dialog.HangUp{})
	bye := moved.want("the BYE goes to the new target", "BYE sip:moved@")
	moved.answer(bye, "200 OK", "")
	s.Gone("over")
}

func TestAnswersOutsideCalls(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	via, from := "Via: SIP/2.0/UDP %ME%;branch=z9hG4bKx;rport", "From: <sip:w@%ME%>;tag=w"
	head := func(method, branch string) []string {
		return []string{method + " sip:100@host SIP/2.0", strings.Replace(via, "bKx", "bK"+branch, 1), from, "To: <sip:100@host>", "Call-ID: c", "CSeq: 9 " + method, "Contact: <sip:w@%ME%>"}
	}
	for _, c := range []struct {
		why, want string
		lines     []string
	}{
		{"OPTIONS", "SIP/2.0 200", head("OPTIONS", "a")},
		{"a BYE to no call", "SIP/2.0 481", head("BYE", "b")},
		{"REGISTER", "SIP/2.0 405", head("REGISTER", "c")},
		{"a method from the future", "SIP/2.0 501", head("FLY", "d")},
		{"an extension that is required", "SIP/2.0 420", append(head("INVITE", "e"), "Require: outer-space, timer, 100rel")},
		{"a BYE with a tag to no call", "SIP/2.0 481", append(head("BYE", "f")[:3], "To: <sip:100@host>;tag=none", "Call-ID: c", "CSeq: 9 BYE")},
		{"an INVITE with a tag to no call", "SIP/2.0 481", append(head("INVITE", "g")[:3], "To: <sip:100@host>;tag=none", "Call-ID: c", "CSeq: 9 INVITE", "Contact: <sip:w@%ME%>")},
		{"an INVITE without From tag", "SIP/2.0 400", append(head("INVITE", "h")[:2], "From: <sip:w@%ME%>", "To: <sip:100@host>", "Call-ID: c", "CSeq: 9 INVITE", "Contact: <sip:w@%ME%>")},
		{"an INVITE without Contact", "SIP/2.0 400", head("INVITE", "i")[:6]},
		{"a CSeq of another method", "SIP/2.0 400", append(head("INVITE", "j")[:5], "CSeq: 9 BYE", "Contact: <sip:w@%ME%>")},
		{"no CSeq", "SIP/2.0 400", head("INVITE", "k")[:5]},
		{"a scheme that is not SIP", "SIP/2.0 416", append([]string{"INVITE http://example.com/ SIP/2.0"}, head("INVITE", "l")[1:]...)},
		{"a Contact that is every address", "SIP/2.0 400", append(head("INVITE", "n")[:6], "Contact: *")},
		{"a body that is no session", "SIP/2.0 415", append(head("INVITE", "o"), "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi")},
		{"a body that is compressed", "SIP/2.0 415", append(head("INVITE", "p"), "Content-Encoding: gzip\r\n"+body("x"))},
		{"version 3", "SIP/2.0 505", append([]string{"INVITE sip:100@host SIP/3.0"}, head("INVITE", "m")[1:]...)},
	} {
		w.send(c.lines...)
		m := w.want(c.why, "SIP/")
		if !strings.HasPrefix(string(m), c.want) {
			t.Errorf("%s is answered\n%s\nwant %s", c.why, m, c.want)
		}
		switch m[8:11] {
		case "200", "405", "501":
			if m.line("Allow") == "" || strings.Contains(m.line("Allow"), "REFER") {
				t.Errorf("%s: Allow: %s", c.why, m.line("Allow"))
			}
		case "415":
			if m.line("Accept") != "application/sdp" && m.line("Accept-Encoding") != "identity" {
				t.Errorf("%s: it does not say what is accepted", c.why)
			}
		case "420":
			if m.line("Unsupported") != "outer-space" {
				t.Errorf("Unsupported: %s", m.line("Unsupported"))
			}
		}
	}
	if m := w.last; m.tag("To") == "" {
		t.Errorf("no To tag in\n%s", m)
	}
	for _, nothing := range []string{
		"", "\r\n\r\n", "nonsense", "INVITE", "INVITE sip:a@b SIP/2.0", "SIP/2.0 200 OK", "SIP/2.0 999 What",
		"ACK sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP %ME%;branch=z9hG4bKq\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 ACK",
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP %ME%;branch=z9hG4bKq\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE",
		"BYE sip:a@b SIP/2.0\r\nVia: nonsense\r\nTo: <", "\x00\x01\x02", strings.Repeat("x", 60000),
	} {
		w.send(nothing + "\r\n\r\n")
	}
	w.silent("nothing to answer", false)
	s.Idle("and nobody was disturbed")
	w.send(head("OPTIONS", "end")...)
	w.want("it still lives", "SIP/2.0 200")
}

func TestInsideCalls(t *testing.T) {
	s := New(t, "s")
	w, to := called(t, s)
	w.request("OPTIONS", "o", to, 2)
	w.want("OPTIONS", "SIP/2.0 200")
	w.request("REFER", "r", to, 3, "Refer-To: <sip:x@y>")
	w.want("REFER is not spoken", "SIP/2.0 405")
	w.request("INVITE", "q", to, 4, "Require: timer, future", body("offer"))
	w.want("nor are extensions", "SIP/2.0 420")
	w.request("INVITE", "t", strings.Replace(to, "tag=", "tag=x", 1), 5, body("offer"))
	w.want("another tag is another call", "SIP/2.0 481")
	s.Idle("nothing of it is the owner's")
	w.request("BYE", "bye", to, 9)
	ok := w.want("BYE", "SIP/2.0 200")
	w.request("BYE", "bye", to, 9)
	w.wantAgain("repeated, its answer was lost", ok)
	s.Want("over", `end "BYE"`)
	w.request("BYE", "bye2", to, 10)
	w.want("a second one finds no call", "SIP/2.0 481")
}

func TestAnswerGoesToThePortInVia(t *testing.T) {
	s := New(t, "s")
	w, other := newWire(t, s), newWire(t, s)
	w.send("OPTIONS sip:100@host SIP/2.0", "Via: SIP/2.0/UDP "+other.addr().String()+";branch=z9hG4bKv", "From: <sip:w@%ME%>;tag=w",
		"To: <sip:100@host>", "Call-ID: c", "CSeq: 9 OPTIONS")
	other.want("without rport (RFC 3261 18.2.2)", "SIP/2.0 200")
	w.send("OPTIONS sip:100@host SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.7:9;branch=z9hG4bKw;rport", "From: <sip:w@%ME%>;tag=w",
		"To: <sip:100@host>", "Call-ID: c", "CSeq: 9 OPTIONS")
	if m := w.want("with rport (RFC 3581)", "SIP/2.0 200"); !strings.Contains(m.line("Via"), "received=127.0.0.1") {
		t.Errorf("Via: %s", m.line("Via"))
	}
}
