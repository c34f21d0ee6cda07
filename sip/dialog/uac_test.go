package dialog_test

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"regexp"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/sip/dialog"
	. "github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

func TestRepeatedAnswerIsAcknowledgedAgain(t *testing.T) {
	s := New(t, "s")
	w, invite, ack := calling(t, s)
	if ack.line("CSeq") != "1 ACK" || !strings.HasPrefix(string(ack), "ACK sip:peer@") || ack.tag("To") != "p" {
		t.Errorf("the ACK reads\n%s", ack)
	}
	for range 3 {
		w.answer(invite, "200 OK", "p", body("answer"))
		w.wantAgain("the ACK was lost", ack)
	}
	s.Idle("the owner has the answer once")

	s.Ask("INVITE", "t38")
	re := w.want("a re-INVITE", "INVITE sip:peer@")
	s.Ask("INFO", "key")
	info := w.want("another request between", "INFO")
	if re.line("CSeq") != "2 INVITE" || info.line("CSeq") != "3 INFO" {
		t.Errorf("CSeq %s and %s", re.line("CSeq"), info.line("CSeq"))
	}
	w.answer(info, "200 OK", "")
	s.Want("answered", "answer 200")
	w.answer(re, "200 OK", "", body("t38 too"))
	again := w.want("the ACK has the INVITE's number", "ACK")
	if again.line("CSeq") != "2 ACK" {
		t.Errorf("CSeq %s", again.line("CSeq"))
	}
	s.Want("answered", `answer 200 "t38 too"`)
	w.answer(re, "200 OK", "", body("t38 too"))
	w.wantAgain("that ACK too comes with each answer", again)
	w.answer(invite, "200 OK", "p", body("answer"))
	w.wantAgain("and the first one still does", ack)
}

func TestManyProvisionalAnswers(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	s.Dial(w.uri("200"), "offer")
	invite := w.want("the call", "INVITE")
	w.answer(invite, "100 Trying", "")
	for range 30 {
		w.answer(invite, "180 Ringing", "p")
	}
	w.answer(invite, "200 OK", "p", body("answer"))
	for range 30 {
		s.Want("each is told", "answer 180")
	}
	s.Want("and the answer", "answer 200")
}

func TestCancelWaitsForAProvisionalAnswer(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	s.Dial(w.uri("200"), "offer")
	invite := w.want("the call", "INVITE")
	s.Leg.HangUp(dialog.HangUp{Headers: []dialog.Header{{Name: "Reason", Value: "SIP;cause=480"}}})
	w.silent("RFC 3261 9.1: no CANCEL yet", true)
	w.answer(invite, "100 Trying", "")
	cancel := w.want("now", "CANCEL")
	if cancel.line("Via") != invite.line("Via") || cancel.line("CSeq") != "1 CANCEL" || cancel.line("Reason") == "" || cancel.line("Contact") != "" {
		t.Errorf("the CANCEL reads\n%s", cancel)
	}
	w.wantAgain("repeated until it is answered", cancel)
	w.answer(cancel, "200 OK", "p")
	w.answer(invite, "487 Request Terminated", "p")
	ack := w.want("the ACK of the 487", "ACK")
	if ack.line("Via") != invite.line("Via") {
		t.Errorf("the ACK reads\n%s", ack)
	}
	s.Want("told", "answer 487")
	s.Want("over", "end")
	s.Gone("cancelled")
	w.answer(invite, "487 Request Terminated", "p")
	if again := w.want("a repeated refusal is acknowledged again", "ACK"); again.line("CSeq") != "1 ACK" || again.tag("To") != "p" {
		t.Errorf("the ACK reads\n%s", again)
	}
}

func TestAnswerCrossesCancel(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	s.Dial(w.uri("200"), "offer")
	invite := w.want("the call", "INVITE")
	w.answer(invite, "180 Ringing", "p")
	s.Want("it rings", "answer 180")
	s.Leg.HangUp(dialog.HangUp{})
	cancel := w.want("the CANCEL", "CANCEL")
	w.answer(invite, "200 OK", "p", body("answer"))
	w.answer(cancel, "481 Too late", "p")
	w.want("an answer is an answer", "ACK")
	bye := w.want("and hung up", "BYE sip:peer@")
	if bye.tag("To") != "p" || bye.line("CSeq") != "2 BYE" {
		t.Errorf("the BYE reads\n%s", bye)
	}
	w.answer(bye, "200 OK", "")
	s.Want("to the owner it was cancelled", "answer 487")
	s.Want("over", "end")
	s.Gone("hung up")
}

func TestCancelThatNobodyMinds(t *testing.T) {
	t.Parallel() // it waits for a transaction to time out
	s := New(t, "s")
	w := newWire(t, s)
	s.Dial(w.uri("200"), "offer")
	w.answer(w.want("the call", "INVITE"), "180 Ringing", "p")
	s.Want("it rings", "answer 180")
	s.Leg.HangUp(dialog.HangUp{})
	w.want("the CANCEL", "CANCEL")
	s.Want("after 64 T1 it is given up", "answer 487")
	s.Want("over", "end")
	s.Gone("given up")
}

func TestReinviteThatIsNeverAnswered(t *testing.T) {
	t.Parallel() // it waits for a transaction to time out
	s := New(t, "s")
	w, _, _ := calling(t, s)
	s.Ask("INVITE", "t38")
	re := w.want("a re-INVITE", "INVITE")
	w.answer(re, "100 Trying", "")
	cancel := w.want("is not waited for longer than a transaction", "CANCEL")
	w.answer(cancel, "200 OK", "")
	w.answer(re, "487 Request Terminated", "")
	w.want("the ACK", "ACK")
	if r := s.Want("told", "answer 408").Answer; !r.Local {
		t.Errorf("the answer reads %+v", r)
	}
	s.Ask("INVITE", "again")
	re = w.want("the call goes on", "INVITE")
	w.answer(re, "100 Trying", "")
	cancel = w.want("the next one is cancelled too", "CANCEL")
	w.answer(re, "200 OK", "", body("crossing"))
	w.answer(cancel, "200 OK", "")
	w.want("but its answer crosses that", "ACK")
	s.Want("and holds", `answer 200 "crossing"`)
	s.Ask("INVITE", "and again")
	re = w.want("the third", "INVITE")
	w.answer(re, "100 Trying", "")
	s.Want("meets a peer that does not even mind the CANCEL", "answer 408")
	s.Want("which is dead", `end "the peer answered 408`)
}

func TestForkedAnswersAreHungUp(t *testing.T) {
	s := New(t, "s")
	w, invite, _ := calling(t, s)
	w.answer(invite, "200 OK", "other", body("answer"))
	ack := w.want("the other branch is acknowledged", "ACK")
	bye := w.want("and hung up", "BYE")
	if ack.tag("To") != "other" || bye.tag("To") != "other" {
		t.Errorf("tags %q and %q", ack.tag("To"), bye.tag("To"))
	}
	w.answer(bye, "200 OK", "")
	w.answer(invite, "200 OK", "other", body("answer"))
	w.wantAgain("again, as often as it asks", ack)
	s.Idle("the owner knows one call")
	s.Ask("INFO", "key")
	info := w.want("which goes on", "INFO")
	if info.tag("To") != "p" {
		t.Errorf("tag %q", info.tag("To"))
	}
	w.answer(info, "200 OK", "")
	s.Want("answered", "answer 200")
}

func TestRouteSet(t *testing.T) {
	s := New(t, "s")
	proxy := newWire(t, s)
	near := "<sip:" + proxy.addr().String() + ";lr;near>"
	w, _, _ := func() (*wire, msg, msg) {
		w := newWire(t, s)
		s.Dial(w.uri("200"), "offer")
		invite := w.want("the call", "INVITE")
		w.answer(invite, "200 OK", "p", "Record-Route: <sip:192.0.2.1;lr>", "Record-Route: "+near, body("answer"))
		s.Want("answered", "answer 200")
		ack := proxy.want("the ACK goes to the nearest proxy", "ACK sip:peer@")
		if got := ack.lines("Route"); len(got) != 2 || got[0] != near || got[1] != "<sip:192.0.2.1;lr>" {
			t.Errorf("Route: %q", got)
		}
		return w, invite, ack
	}()
	for range 2 {
		s.Ask("INVITE", "again")
		re := proxy.want("so do re-INVITEs", "INVITE sip:peer@"+w.addr().String())
		if got := re.lines("Route"); len(got) != 2 || got[0] != near {
			t.Errorf("Route: %q", got)
		}
		proxy.answer(re, "488 No", "", "Record-Route: <sip:192.0.2.9;lr>")
		if got := proxy.want("and the ACK of a refusal", "ACK").lines("Route"); len(got) != 2 {
			t.Errorf("Route: %q", got)
		}
		s.Want("refused", "answer 488")
	}
}

func TestStrictRouterOnTheWay(t *testing.T) {
	s := New(t, "s")
	w := newWire(t, s)
	w.request("INVITE", "one", "<sip:100@host>", 1, "Record-Route: <sip:strict@%ME%>, <sip:192.0.2.1;lr>", body("offer"))
	w.want("trying", "SIP/2.0 100")
	s.Want("the call", "call").Respond(200, "answer")
	ok := w.want("answered", "SIP/2.0 200")
	if got := ok.lines("Record-Route"); len(got) != 2 {
		t.Errorf("Record-Route: %q", got)
	}
	w.request("ACK", "ack", ok.line("To"), 1)
	s.Want("acknowledged", "ack")
	s.Leg.HangUp(dialog.HangUp{})
	bye := w.want("RFC 3261 12.2.1.1: it wants its own URI", "BYE sip:strict@"+w.addr().String())
	if got := bye.lines("Route"); len(got) != 2 || got[0] != "<sip:192.0.2.1;lr>" || got[1] != "<sip:wire@"+w.addr().String()+">" {
		t.Errorf("Route: %q", got)
	}
	w.answer(bye, "200 OK", "")
}

func TestDeadPeerEndsTheCall(t *testing.T) {
	t.Parallel() // it waits for a transaction to time out
	for _, status := range []string{"481 Gone", "408 Timeout", "no answer"} {
		s := New(t, "s")
		w, _, _ := calling(t, s)
		s.Ask("INVITE", "t38")
		re := w.want("a re-INVITE", "INVITE")
		if status != "no answer" {
			w.answer(re, status, "")
			w.want("the refusal is acknowledged", "ACK")
		}
		s.Want("told", "answer 4")
		s.Want("the peer has no such call (RFC 3261 12.2.1.2)", `end "the peer answered 4`)
		w.want("BYE for good measure", "BYE")
	}
}

// digestOf checks the answer to a challenge with nothing but the formula of RFC
// 3261 22.4.
func digestOf(t *testing.T, m msg, header, method string, newHash func() hash.Hash) {
	t.Helper()
	field := func(name string) string {
		f := regexp.MustCompile(`[ ,]` + name + `="?([^",]*)`).FindStringSubmatch(m.line(header))
		if f == nil {
			t.Fatalf("no %s in %s: %s\n%s", name, header, m.line(header), m)
		}
		return f[1]
	}
	h := func(s string) string {
		x := newHash()
		x.Write([]byte(s))
		return hex.EncodeToString(x.Sum(nil))
	}
	uri := strings.Fields(string(m))[1]
	if field("uri") != uri {
		t.Errorf("uri %s, want %s", field("uri"), uri)
	}
	want := h(strings.Join([]string{h("user:realm:secret"), "abc", field("nc"), field("cnonce"), "auth", h(method + ":" + uri)}, ":"))
	if field("response") != want || field("username") != "user" {
		t.Errorf("the answer is %s, want response %s", m.line(header), want)
	}
}

func TestDigest(t *testing.T) {
	for _, c := range []struct {
		challenge string
		hash      func() hash.Hash
	}{
		{`Digest realm="realm", nonce="abc", qop="auth", algorithm=MD5`, md5.New},
		{`Digest realm="realm", nonce="abc", qop="auth-int, auth", algorithm=SHA-256`, sha256.New},
		{`Digest realm="realm", nonce="abc", qop="auth"`, md5.New},
	} {
		s := New(t, "s")
		w := newWire(t, s)
		s.Dial(w.uri("200"), "offer", func(c *dialog.Call) { c.Credentials = dialog.Credentials{Username: "user", Password: "secret"} })
		first := w.want("the call", "INVITE")
		w.answer(first, "407 Who are you", "x", `Proxy-Authenticate: Digest realm="r", nonce="n", algorithm=ROT13`, "Proxy-Authenticate: "+c.challenge)
		w.want("the refusal is acknowledged", "ACK")
		second := w.want("again with an answer", "INVITE")
		if second.line("CSeq") != "2 INVITE" || second.line("Call-ID") != first.line("Call-ID") || second.line("Via") == first.line("Via") || second.tag("To") != "" {
			t.Errorf("the second INVITE reads\n%s", second)
		}
		digestOf(t, second, "Proxy-Authorization", "INVITE", c.hash)
		w.answer(second, "200 OK", "p", body("answer"))
		s.Want("answered", "answer 200")
		ack := w.want("the ACK", "ACK")
		if ack.line("CSeq") != "2 ACK" || ack.line("Proxy-Authorization") != second.line("Proxy-Authorization") {
			t.Errorf("the ACK reads\n%s", ack)
		}
		s.Leg.HangUp(dialog.HangUp{})
		bye := w.want("BYE", "BYE")
		w.answer(bye, "401 Who are you", "", "WWW-Authenticate: "+c.challenge)
		bye = w.want("again", "BYE")
		digestOf(t, bye, "Authorization", "BYE", c.hash)
		if bye.line("CSeq") != "4 BYE" {
			t.Errorf("CSeq %s", bye.line("CSeq"))
		}
		w.answer(bye, "200 OK", "")
		s.Want("over", "end")
		s.Gone("hung up")
	}
}

func TestDigestRefused(t *testing.T) {
	const challenge = `WWW-Authenticate: Digest realm="realm", nonce="abc", qop="auth"`
	s := New(t, "s")
	w := newWire(t, s)
	with := func(c *dialog.Call) { c.Credentials = dialog.Credentials{Username: "user", Password: "wrong"} }
	s.Dial(w.uri("200"), "offer", with)
	w.answer(w.want("the call", "INVITE"), "401 Who are you", "x", challenge)
	w.want("ACK", "ACK")
	w.answer(w.want("again", "INVITE"), "401 No", "x", challenge)
	w.want("ACK", "ACK")
	s.Want("no third time", "answer 401")
	s.Want("over", "end")

	s.Dial(w.uri("200"), "offer", with)
	w.answer(w.want("the call", "INVITE"), "401 Who are you", "x", challenge)
	w.want("ACK", "ACK")
	w.answer(w.want("again", "INVITE"), "401 Old", "x", challenge+", stale=true")
	w.want("ACK", "ACK")
	w.answer(w.want("a stale nonce is another matter", "INVITE"), "486 Busy", "x")
	s.Want("busy", "answer 486")
	s.Want("over", "end")

	s.Dial(w.uri("200"), "offer")
	w.want("ACK of the last call", "ACK")
	w.answer(w.want("the call", "INVITE"), "401 Who are you", "x", challenge)
	s.Want("we are nobody", "answer 401")
}

func TestAskOutsideCalls(t *testing.T) {
	t.Parallel() // it waits for a transaction to time out
	s := New(t, "s")
	w := newWire(t, s)
	answers := make(chan string, 1)
	ask := func() {
		q := dialog.Question{Method: "REGISTER", URI: w.uri(""), CallID: "reg", CSeq: 7, Contact: true,
			Credentials: dialog.Credentials{Username: "user", Password: "secret"}}
		q.To.User, q.To.Host, q.From.User = "user", "example.com", "user"
		r, err := s.Stack.Ask(t.Context(), q)
		if err != nil {
			answers <- err.Error()
			return
		}
		answers <- r.Header("Contact")
	}
	go ask()
	first := w.want("REGISTER", "REGISTER")
	if first.line("CSeq") != "7 REGISTER" || first.line("Call-ID") != "reg" || !strings.HasPrefix(first.line("To"), "<sip:user@example.com>") || !strings.HasPrefix(first.line("Contact"), "<sip:user@127.0.0.1:") {
		t.Errorf("the REGISTER reads\n%s", first)
	}
	w.answer(first, "401 Who", "x", `WWW-Authenticate: Digest realm="realm", nonce="abc", qop="auth"`)
	second := w.want("again", "REGISTER")
	digestOf(t, second, "Authorization", "REGISTER", md5.New)
	w.answer(second, "200 OK", "x", "Expires: 60")
	if got := <-answers; !strings.HasPrefix(got, "<sip:peer@") {
		t.Errorf("the answer is %s", got)
	}
	go ask()
	w.want("nobody answers", "REGISTER")
	if got := <-answers; !strings.Contains(got, "timed out") {
		t.Errorf("the answer is %s", got)
	}
}
