package cause

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// Meaning is what the end of a call means for the fax that it was to carry.
type Meaning struct {
	// Word names it in history and metrics: "busy", "no-answer",
	// "no-such-number", "refused", "declined", "unreachable", "no-fax".
	Word string
	// Enhanced is the status of the delivery report (RFC 3463): class 5 is final.
	Enhanced string
	// Retry says whether to call again.
	Retry bool
	// Sentence says it to people.
	Sentence string
}

// Of gives the meaning of a final answer to an INVITE, 300 to 699, with the cause
// of its Reason header, 0 for none. The cause comes from where the call really
// ended and says more than the status that a gateway made of it, unless it says
// nothing itself.
func Of(status, q850 int) Meaning {
	if m, ok := causes[q850]; ok && m.Word != "" {
		return m
	}
	if m, ok := statuses[status]; ok {
		return m
	}
	switch {
	case status >= 500 && status < 600:
		return Meaning{"refused", "4.4.2", true, "the call failed"}
	case status >= 300:
		return Meaning{"refused", "5.7.1", false, "the call failed"}
	}
	return noAnswer // it ended unanswered, by BYE or CANCEL
}

// Q850 gives the cause that a status stands for (RFC 3398 8.2.6.1), 31 (normal,
// unspecified) for one that has none.
func Q850(status int) int {
	if c, ok := fromSIP[status]; ok {
		return c
	}
	return 31
}

// Status gives the final answer that a cause stands for (RFC 3398 7.2.4.1); 0 for
// one that is no refusal, or has none.
func Status(q850 int) int { return toSIP[q850] }

// Parse gives the cause of Q.850 in the value of a Reason header (RFC 3326), 0 if
// there is none. What the quoted text says is no parameter.
func Parse(reason string) int {
	for value := range outsideQuotes(reason, ',') {
		protocol, params, _ := strings.Cut(value, ";")
		if !strings.EqualFold(strings.TrimSpace(protocol), "Q.850") {
			continue
		}
		for p := range outsideQuotes(params, ';') {
			k, v, _ := strings.Cut(p, "=")
			n, err := strconv.Atoi(strings.TrimSpace(v))
			if err == nil && n > 0 && n <= 127 && strings.EqualFold(strings.TrimSpace(k), "cause") {
				return n
			}
		}
	}
	return 0
}

// outsideQuotes are the parts of s between separators that stand in no quoted string
// (RFC 3261 25.1).
func outsideQuotes(s string, separator byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		begin, quoted := 0, false
		for i := 0; i < len(s); i++ {
			switch {
			case quoted && s[i] == '\\':
				i++ // what it escapes
			case s[i] == '"':
				quoted = !quoted
			case !quoted && s[i] == separator:
				if !yield(s[begin:i]) {
					return
				}
				begin = i + 1
			}
		}
		yield(s[begin:])
	}
}

// Reason writes the value of a Reason header (RFC 3326 2): the status, 0 for none,
// the cause, and a sentence for people, "" for none.
func Reason(status, q850 int, text string) string {
	if text != "" {
		text = `;text="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", " ", "\n", " ").Replace(text) + `"`
	}
	cause := fmt.Sprintf("Q.850;cause=%d%s", q850, text)
	if status == 0 {
		return cause
	}
	return fmt.Sprintf("SIP;cause=%d%s, Q.850;cause=%d", status, text, q850)
}
