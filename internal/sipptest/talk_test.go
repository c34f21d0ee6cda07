package sipptest

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// talk is one conversation as sipp is to have it.
type talk struct {
	to       string // the number that sipp calls
	called   bool   // pagebridge calls sipp
	port     int    // of sipp, when the call is not made by a mail
	server   int    // that sipp calls; 0: pagebridge
	routed   bool   // a proxy with Record-Route is between
	ipv6     bool
	own      string // sipp's address, if not 127.0.0.1
	tcp      bool
	begin    func()   // makes pagebridge call, when sipp listens for TCP
	flags    []string // for sipp's command line
	patience time.Duration

	xml     strings.Builder
	cseq    int
	branch  int
	last    string // branch of the last INVITE
	vars    int
	contact string // parameters of sipp's Contact
	opened  bool   // the first INVITE was sent or received
	inHand  bool   // the call is answered: To has its tag
	noTag   bool   // sipp's answers have none
	ownTag  bool   // the call's To tag is in $peertag
}

// Numbers of the configuration.
const (
	fax      = "+15551230000"
	stranger = "+15559999999"
)

// call is a talk that sipp begins.
func call(to string) *talk { return &talk{to: to, patience: 20 * time.Second} }

// called is a talk that begins with a call to sipp.
func called() *talk { return &talk{called: true, patience: 30 * time.Second} }

// line adds to the scenario.
func (t *talk) line(format string, args ...any) { fmt.Fprintf(&t.xml, format+"\n", args...) }

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return strings.NewReplacer("&#xA;", "\n", "&#xD;", "", "&#x9;", "\t").Replace(b.String())
}

// check is something that a message must, or must not, have.
type check struct {
	pattern string // POSIX extended regular expression
	in      string // "msg" or "body"
	not     bool
	keep    string // name of the variable that gets what matched
}

// has is for the whole message, body for its body.
func has(pattern string) check   { return check{pattern: pattern, in: "msg"} }
func lacks(pattern string) check { return check{pattern: pattern, in: "msg", not: true} }
func body(pattern string) check  { return check{pattern: pattern, in: "body"} }
func nobody(pattern string) check {
	return check{pattern: pattern, in: "body", not: true}
}

func (t *talk) checks(list []check) {
	if len(list) == 0 {
		return
	}
	t.line("<action>")
	for _, c := range list {
		name := c.keep
		if name == "" {
			t.vars++
			name = fmt.Sprintf("v%d", t.vars)
		}
		checkIt := "check_it"
		if c.not {
			checkIt = "check_it_inverse"
		}
		t.line(`<ereg regexp="%s" search_in="%s" %s="true" assign_to="%s"/>`, strings.ReplaceAll(escape(c.pattern), "&#34;", "&quot;"), c.in, checkIt, name)
	}
	t.line("</action>")
}

// want waits for an answer.
func (t *talk) want(status int, list ...check) *talk {
	if status > 100 {
		t.line(`<recv response="100" optional="true"></recv>`)
	}
	rrs := ""
	if t.routed {
		rrs = `rrs="true" `
	}
	t.line(`<recv response="%d" %stimeout="%d">`, status, rrs, t.patience.Milliseconds())
	t.checks(list)
	t.line("</recv>")
	return t
}

// challenged waits for a 401, and answers the challenge with the next INVITE.
func (t *talk) challenged(user, password, sdp string, list ...check) *talk {
	t.line(`<recv response="100" optional="true"></recv>`)
	t.line(`<recv response="401" auth="true" timeout="%d">`, t.patience.Milliseconds())
	t.checks(list)
	t.line("</recv>")
	t.ackRefusal()
	t.cseq++
	t.last = t.nextBranch()
	again := t.request("INVITE", t.last, t.cseq, sdp, fmt.Sprintf("[authentication username=%s password=%s]", user, password))
	return t.raw(strings.Replace(again, "[peer_tag_param]", "", 1)) // the 401 opened no dialog
}

// pause waits; sipp fails if something comes meanwhile that is no repetition.
func (t *talk) pause(d time.Duration) *talk {
	t.line(`<pause milliseconds="%d"/>`, d.Milliseconds())
	return t
}

// raw sends a message written out. Lines end with CR LF as sipp sends them.
func (t *talk) raw(message string) *talk { return t.send(message, `retrans="500"`) }

func (t *talk) send(message, attributes string) *talk {
	t.line("<send %s><![CDATA[\n%s\n]]></send>", attributes, message)
	return t
}

// self is sipp's own address as it stands in URIs.
const self = "[local_ip]:[local_port]"

// nextBranch gives a branch of its own.
func (t *talk) nextBranch() string {
	t.branch++
	return fmt.Sprintf("z9hG4bKp[pid]n[call_number]b%d", t.branch)
}

// request writes a request of sipp's inside or outside the call. edit changes
// it before it goes.
func (t *talk) request(method, branch string, cseq int, sdp string, headers ...string) string {
	from, to := "<sip:sipp@"+self+">;tag=s[pid]x[call_number]", "<sip:"+t.to+"@[remote_ip]:[remote_port]>[peer_tag_param]"
	target := "sip:" + t.to + "@[remote_ip]:[remote_port]"
	if t.ownTag {
		to = strings.Replace(to, "[peer_tag_param]", "[$peertag]", 1)
	}
	if t.called {
		from, to, target = "[$localside];tag=s[pid]x[call_number]", "[$remoteside]", "[$target]"
		if t.noTag {
			from = "[$localside]"
		}
	}
	if t.routed && (method == "ACK" || cseq > 1) {
		target = "[next_url]"
		headers = append([]string{"[routes]"}, headers...)
	}
	lines := []string{
		method + " " + target + " SIP/2.0",
		"Via: SIP/2.0/[transport] " + self + ";branch=" + branch + ";rport",
		"Max-Forwards: 70",
		"From: " + from, "To: " + to,
		"Call-ID: [call_id]",
		fmt.Sprintf("CSeq: %d %s", cseq, method),
		"Contact: <sip:sipp@" + self + ";transport=[transport]>" + t.contact,
	}
	return strings.Join(append(append(lines, headers...), withBody(sdp)), "\n")
}

func withBody(sdp string) string {
	if sdp == "" {
		return "Content-Length: 0\n"
	}
	return "Content-Type: application/sdp\nContent-Length: [len]\n\n" + sdp
}

// invite sends an INVITE or re-INVITE.
func (t *talk) invite(sdp string, headers ...string) *talk {
	t.cseq++
	t.last = t.nextBranch()
	return t.raw(t.request("INVITE", t.last, t.cseq, sdp, headers...))
}

// ask sends another request.
func (t *talk) ask(method, sdp string, headers ...string) *talk {
	t.cseq++
	return t.raw(t.request(method, t.nextBranch(), t.cseq, sdp, headers...))
}

// ack acknowledges a 2xx.
func (t *talk) ack(sdp ...string) *talk {
	return t.send(t.request("ACK", t.nextBranch(), t.cseq, strings.Join(sdp, "")), "")
}

// ackRefusal acknowledges another final answer (RFC 3261 17.1.1.3).
func (t *talk) ackRefusal() *talk {
	return t.send(t.request("ACK", t.last, t.cseq, ""), "")
}

// cancel cancels the last INVITE.
func (t *talk) cancel() *talk {
	m := t.request("CANCEL", t.last, t.cseq, "")
	return t.raw(strings.Replace(m, "[peer_tag_param]", "", 1))
}

// hangUp says BYE.
func (t *talk) hangUp() *talk { return t.ask("BYE", "").want(200) }

// wantRequest waits for a request.
func (t *talk) wantRequest(method string, list ...check) *talk {
	t.line(`<recv request="%s" timeout="%d">`, method, t.patience.Milliseconds())
	if t.called && !t.opened && method == "INVITE" {
		t.opened = true
		list = append(list,
			check{pattern: "<[^>]*>;tag=[^;[:space:]]*", in: `hdr" header="From:`, keep: "remoteside"},
			check{pattern: "<[^>]*>", in: `hdr" header="To:`, keep: "localside"},
			check{pattern: "sip:[^>]*", in: `hdr" header="Contact:`, keep: "target"},
			check{pattern: "SIP/2.0/.*", in: `hdr" header="Via:`, keep: "via"},
		)
	}
	t.checks(list)
	t.line("</recv>")
	return t
}

// respond answers the request that came last.
func (t *talk) respond(status string, sdp string, headers ...string) *talk {
	tag := ";tag=s[pid]x[call_number]"
	if !t.called || t.inHand || t.noTag {
		tag = ""
	}
	lines := []string{
		"SIP/2.0 " + status, "[last_Via:]", "[last_From:]", "[last_To:]" + tag, "[last_Call-ID:]", "[last_CSeq:]",
		"Contact: <sip:sipp@" + self + ";transport=[transport]>" + t.contact,
	}
	message := strings.Join(append(append(lines, headers...), withBody(sdp)), "\n")
	retransmit := ""
	return t.send(message, retransmit)
}

// reliable remembers the RSeq of the answer that is wanted with it, for prack.
func reliable() check { return check{pattern: "[0-9]+", in: `hdr" header="RSeq:`, keep: "rseq"} }

// prack acknowledges a reliable provisional answer to INVITE number invite.
func (t *talk) prack(invite int, sdp ...string) *talk {
	return t.ask("PRACK", strings.Join(sdp, ""), fmt.Sprintf("RAck: [$rseq] %d INVITE", invite))
}

// answerInvite answers the INVITE that opened a called talk when other requests
// have come since.
func (t *talk) answerInvite(status, sdp string, headers ...string) *talk {
	t.inHand = true
	return t.answerAs("s[pid]x[call_number]", status, sdp, headers...)
}

// answerAs is answerInvite by another branch of a fork, which has its own tag.
func (t *talk) answerAs(tag, status, sdp string, headers ...string) *talk {
	return t.send(strings.Join(append(append([]string{
		"SIP/2.0 " + status, "Via: [$via]", "From: [$remoteside]", "To: [$localside];tag=" + tag, "[last_Call-ID:]", "CSeq: 1 INVITE",
		"Contact: <sip:sipp@" + self + ";transport=[transport]>" + t.contact,
	}, headers...), withBody(sdp)), "\n"), "")
}

// early says a reliable provisional answer with RSeq n, and waits for its PRACK.
func (t *talk) early(n int, status, sdp string, list ...check) *talk {
	return t.answerInvite(status, sdp, "Require: 100rel", fmt.Sprint("RSeq: ", n)).
		wantRequest("PRACK", append(list, has(fmt.Sprintf("RAck: *%d 1 INVITE", n)))...)
}

// answered is the begin of a called talk: INVITE, 200, ACK.
func (t *talk) answered(sdp string, headers ...string) *talk {
	t.wantRequest("INVITE").respond("200 OK", sdp, headers...).wantRequest("ACK")
	t.inHand = true
	return t
}

// taken notes that the call is answered.
func (t *talk) taken() *talk { t.inHand = true; return t }

// untagged answers without a To tag.
func (t *talk) untagged() *talk { t.noTag = true; return t }

// keep remembers the To tag of the answer that is wanted with it: others come
// that have their own.
func (t *talk) keep() check {
	t.ownTag = true
	return check{pattern: ";tag=[^;[:space:]]*", in: `hdr" header="To:`, keep: "peertag"}
}

// established is the begin of a calling talk: INVITE, 200, ACK.
func (t *talk) established(sdp string, list ...check) *talk {
	return t.invite(sdp).want(200, list...).ack()
}

// leaves waits for the BYE.
func (t *talk) leaves(list ...check) *talk {
	t.inHand = true
	return t.wantRequest("BYE", list...).respond("200 OK", "")
}

// document is the scenario as sipp reads it.
func (t *talk) document(name string) string {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n")
	fmt.Fprintf(&b, "<scenario name=\"%s\">\n%s", escape(name), t.xml.String())
	var names []string
	for i := 1; i <= t.vars; i++ {
		if n := fmt.Sprintf("v%d", i); strings.Contains(t.xml.String(), `"`+n+`"`) {
			names = append(names, n)
		}
	}
	if strings.Contains(t.xml.String(), `assign_to="target"`) {
		names = append(names, "remoteside", "localside", "target", "via")
	}
	if strings.Contains(t.xml.String(), `assign_to="peertag"`) {
		names = append(names, "peertag")
	}
	if strings.Contains(t.xml.String(), `assign_to="rseq"`) {
		names = append(names, "rseq")
	}
	if names != nil {
		fmt.Fprintf(&b, "<Reference variables=\"%s\"/>\n", strings.Join(names, ","))
	}
	b.WriteString("</scenario>\n")
	return b.String()
}
