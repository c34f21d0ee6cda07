package dialog

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Session timers (RFC 4028). Who made the last offer is of no matter to them:
// either side refreshes, with an UPDATE without a body where the peer allows
// that, and otherwise with a re-INVITE that repeats our description octet by
// octet, o= included, so that nothing about the media changes (7.4).

const (
	// leastInterval is the shortest interval that there is (RFC 4028 4).
	leastInterval = 90 * time.Second
	// mostInterval bounds what a Min-SE may raise ours to.
	mostInterval = 24 * time.Hour
	// refreshAgain is how long a refresh waits that finds another request under
	// way, which is one itself if it succeeds.
	refreshAgain = 2 * time.Second
)

// sessionTimer is what one leg knows of its session's. The leg's goroutine owns
// it.
type sessionTimer struct {
	interval time.Duration // agreed; 0: there is none
	ours     bool          // we refresh
	least    time.Duration // Min-SE that a 422 named, else 0
	allow    string        // methods that the peer names, "" if it names none
	local    Content       // our description in force
	stop     func()        // nil: nothing is waited for
}

// message is what requests and responses have in common for reading.
type message interface{ GetHeaders(string) []sip.Header }

func values(m message, names ...string) string {
	var all []string
	for _, name := range names {
		for _, h := range m.GetHeaders(name) {
			all = append(all, h.Value())
		}
	}
	return strings.Join(all, ",")
}

// sessionExpires reads the header of that name or of its compact one; 0 if there
// is none.
func sessionExpires(m message) (interval time.Duration, refresher string) {
	seconds, params, _ := strings.Cut(values(m, "Session-Expires", "x"), ";")
	n, err := strconv.ParseUint(strings.TrimSpace(seconds), 10, 31)
	if err != nil || n == 0 {
		return 0, ""
	}
	for p := range strings.SplitSeq(params, ";") {
		if name, value, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(strings.TrimSpace(name), "refresher") {
			refresher = strings.ToLower(strings.TrimSpace(value))
		}
	}
	return time.Duration(n) * time.Second, refresher
}

func minSE(m message) time.Duration {
	seconds, _, _ := strings.Cut(values(m, "Min-SE"), ";")
	n, _ := strconv.ParseUint(strings.TrimSpace(seconds), 10, 31)
	return time.Duration(n) * time.Second
}

// tooBrief says that a request asks for a shorter interval than we take, and
// knows what the answer 422 means (RFC 4028 9).
func tooBrief(req *sip.Request) bool {
	interval, _ := sessionExpires(req)
	return interval > 0 && interval < leastInterval && hasToken(values(req, "Supported", "k"), "timer")
}

// minSEHeader goes with the answer 422.
func minSEHeader() Header { return Header{"Min-SE", seconds(leastInterval)} }

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// askForTimer puts our wish into an INVITE or UPDATE of ours (RFC 4028 7.1, 7.4).
func (l *Leg) askForTimer(req *sip.Request) {
	if !hasToken(values(req, "Supported"), "timer") {
		req.AppendHeader(sip.NewHeader("Supported", "timer"))
	}
	interval := max(l.stack.opts.SessionExpires, l.timer.least)
	if l.timer.interval > 0 {
		interval = max(l.timer.interval, l.timer.least)
	}
	if l.stack.opts.SessionExpires < 0 && l.timer.interval == 0 {
		return
	}
	value := seconds(interval)
	if l.timer.interval > 0 { // the roles stay
		value += ";refresher=" + role(l.timer.ours)
	}
	req.AppendHeader(sip.NewHeader("Session-Expires", value))
	if l.timer.least > 0 {
		req.AppendHeader(sip.NewHeader("Min-SE", seconds(l.timer.least)))
	}
}

// role names us, or the peer, in a request of ours.
func role(ours bool) string {
	if ours {
		return "uac"
	}
	return "uas"
}

// grant puts the timer into our 2xx to an INVITE or UPDATE of the peer (RFC 4028
// 9, table 2). A peer that asks for none gets none.
func (l *Leg) grant(req *sip.Request, res *sip.Response) {
	l.heardAllow(req)
	res.AppendHeader(sip.NewHeader("Supported", supported))
	interval, refresher := sessionExpires(req)
	if interval == 0 {
		l.restart(0, false)
		return
	}
	interval = min(max(interval, leastInterval), mostInterval)
	knows := hasToken(values(req, "Supported", "k"), "timer")
	if refresher != "uac" && refresher != "uas" {
		refresher = "uac"
	}
	if !knows {
		refresher = "uas" // it was a proxy that asked
	}
	res.AppendHeader(sip.NewHeader("Session-Expires", seconds(interval)+";refresher="+refresher))
	if knows {
		res.AppendHeader(sip.NewHeader("Require", "timer"))
	}
	l.restart(interval, refresher == "uas")
}

// granted reads the timer in the peer's 2xx to an INVITE or UPDATE of ours.
func (l *Leg) granted(res *sip.Response) {
	l.heardAllow(res)
	interval, refresher := sessionExpires(res)
	if interval > 0 {
		interval = min(max(interval, leastInterval), mostInterval)
	}
	l.restart(interval, refresher != "uas")
}

func (l *Leg) heardAllow(m message) {
	if allow := values(m, "Allow"); allow != "" {
		l.timer.allow = allow
	}
}

// said notes our description in force.
func (l *Leg) said(c Content) {
	if len(c.Body) > 0 {
		l.timer.local = c
	}
}

// restart begins an interval; 0 ends the timer.
func (l *Leg) restart(interval time.Duration, ours bool) {
	if l.timer.stop != nil {
		l.timer.stop()
		l.timer.stop = nil
	}
	l.timer.interval, l.timer.ours = interval, ours
	switch {
	case interval == 0 || l.phase == over:
	case ours:
		l.timer.stop = l.after(interval/2, l.refresh)
	default: // RFC 4028 10: a little before the end
		l.timer.stop = l.after(interval-min(32*time.Second, interval/3), l.expired)
	}
}

// expired: the peer has not refreshed.
func (l *Leg) expired() {
	if l.phase != up {
		return
	}
	l.leave(HangUp{Headers: []Header{{"Reason", `SIP;cause=408;text="session timer"`}}},
		End{Reason: fmt.Sprintf("the peer did not refresh the session within %v", l.timer.interval)})
}

// refresh keeps the session up.
func (l *Leg) refresh() {
	again := func(d time.Duration) { l.timer.stop = l.after(d, l.refresh) }
	switch {
	case l.phase != up:
		return
	case l.ours != nil || l.theirs != nil || l.update != nil || l.updates > 0 || len(l.unacked) > 0 || l.answerOwed():
		again(refreshAgain)
		return
	}
	answered := func(r Response) {
		switch {
		case r.Status < 300 || l.phase != up: // granted has set the next one
		case r.Status == 491:
			again(l.glareWait())
		case r.Status == 422 && l.timer.least > l.timer.interval:
			l.timer.interval = l.timer.least
			l.refresh()
		case (r.Status == 405 || r.Status == 501) && hasToken(l.timer.allow, "UPDATE"):
			l.timer.allow = "INVITE" // it says so, but it is not true
			l.refresh()
		case r.Status != 408 && r.Status != 481: // these have ended the call
			// The peer is there, which is what the timer asks. Whether it hangs up
			// for want of its refresh is for the peer to decide.
			l.log.Warn("the peer refused to refresh the session", "status", r.Status, "reason", r.Reason)
			again(l.timer.interval / 4)
		}
	}
	if hasToken(l.timer.allow, "UPDATE") || len(l.timer.local.Body) == 0 {
		l.ask(sip.UPDATE, Content{}, nil, answered)
		return
	}
	l.reinvite(&ownInvite{content: l.timer.local, answered: answered})
}

// glareWait is how long to wait after 491 (RFC 3261 14.1): the owner of the
// Call-ID 2.1 to 4 s, the other side 0 to 2 s, in units of 10 ms.
func (l *Leg) glareWait() time.Duration {
	const unit = 10 * time.Millisecond
	if l.openedBy == "" {
		return 2100*time.Millisecond + time.Duration(rand.IntN(191))*unit
	}
	return time.Duration(rand.IntN(201)) * unit
}

// raise takes the Min-SE of an answer 422; false says that it is no use to try
// again.
func (l *Leg) raise(res *sip.Response) bool {
	least := minSE(res)
	if res.StatusCode != 422 || least <= max(l.timer.least, leastInterval-1) || least > mostInterval {
		return false
	}
	l.timer.least = least
	return true
}
