package negotiation

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// offering: our re-INVITE has no final response.
type offering struct {
	want  kind      // t38, or audio after T.38 came to nothing
	why   string    // for audio: what T.38 came to
	until time.Time // no response by then is taken for none ever
}

const (
	// offerTime is more than the 32 s after which the transaction itself reports
	// that nothing came (RFC 3261 17.1.1.2, timer B).
	offerTime = 40 * time.Second
	// maxGlares is how often in a row an offer is put off.
	maxGlares = 6
	// maxRetryAfter is the longest wait that a 500 may ask for (RFC 3261 14.2:
	// 0 to 10 s).
	maxRetryAfter = 10 * time.Second
)

// offer sends a re-INVITE for one kind of media.
func (m *Machine) offer(now time.Time, want kind, why string) state {
	var lines []*sdp.Media
	if want == t38 {
		lines = m.session.place(m.imageLine().Media(), sdp.IsT38)
	} else {
		lines = m.session.place(m.audioLine(m.cfg.Codecs).Media(), sdp.IsAudio)
	}
	m.session.pending = m.session.said.Say(m.cfg.Local, lines...)
	m.emit(Offer{SDP: m.session.pending})
	return offering{want: want, why: why, until: now.Add(offerTime)}
}

func (s offering) String() string {
	if s.want == t38 {
		return "offering T.38"
	}
	return "offering audio"
}

func (s offering) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		m.busy()
	case Answered:
		return s.answered(m, now, ev)
	}
	return s
}

func (s offering) answered(m *Machine, now time.Time, ev Answered) state {
	switch {
	case ev.Status < 200:
		return s
	case ev.Status < 300:
		m.glares = 0
		return s.accepted(m, now, ev)
	}
	m.session.pending = nil
	switch {
	case ev.Status == statusTimeout || ev.Status == statusGone:
		// The dialog is gone (RFC 3261 12.2.1.2).
		return m.fail(ev.Status, refusal(s.what(), ev))
	case m.glares >= maxGlares:
	case ev.Status == statusRequestPending:
		return s.putOff(m, now, m.backOff())
	case ev.Status == statusServerError && ev.RetryAfter > 0 && ev.RetryAfter <= maxRetryAfter:
		return s.putOff(m, now, ev.RetryAfter)
	}
	m.glares = 0
	return s.refused(m, now, ev.Status, refusal(s.what(), ev))
}

// accepted looks at what a 200 says, which may still be a refusal.
func (s offering) accepted(m *Machine, now time.Time, ev Answered) state {
	d, err := sdp.Parse(ev.SDP)
	if err != nil {
		m.session.pending = nil
		return s.refused(m, now, ev.Status, s.what()+" was answered without a usable description: "+err.Error())
	}
	c := m.choose(d)
	m.session.agree(m.session.pending, d)
	switch {
	case s.want == t38 && c.kind == t38, s.want == audio && c.kind == t38:
		return m.enter(now, c, s)
	case s.want == audio && c.kind == audio:
		return m.fax(m.agreedAudio(c), s.why)
	case c.kind == audio:
		// Audio in answer to T.38 alone: a refusal, and where to send audio.
		m.openMedia(m.audioKept(c))
	default:
		m.open = nil // nothing is left of the audio either
	}
	return s.refused(m, now, statusNotAcceptable, s.what()+" was answered, but with its port 0 or without it")
}

// audioKept is the audio that a peer describes while it declines T.38, with the
// tone that is being sent.
func (m *Machine) audioKept(c choice) OpenAudio {
	o := m.agreedAudio(c)
	if open, ok := m.open.(OpenAudio); ok {
		o.Tone = open.Tone
	}
	return o
}

func (s offering) refused(m *Machine, now time.Time, status int, why string) state {
	if s.want == audio {
		return m.fail(status, s.why+"; "+why)
	}
	return m.withoutT38(now, status, why)
}

func (s offering) what() string {
	if s.want == t38 {
		return "T.38"
	}
	return "the return to audio"
}

// backOff is how long to wait after 491 (RFC 3261 14.1): the owner of the
// Call-ID 2.1 to 4 s, the other side 0 to 2 s, both in units of 10 ms.
func (m *Machine) backOff() time.Duration {
	const unit = 10 * time.Millisecond
	if m.cfg.Calling {
		return 2100*time.Millisecond + time.Duration(m.cfg.Rand(191))*unit
	}
	return time.Duration(m.cfg.Rand(201)) * unit
}

func (s offering) putOff(m *Machine, now time.Time, wait time.Duration) state {
	m.glares++
	return backingOff{want: s.want, why: s.why, until: now.Add(wait)}
}

func (s offering) deadline(*Machine) time.Time { return s.until }

func (s offering) expired(m *Machine, now time.Time) state {
	return m.fail(statusTimeout, s.what()+" was offered and never answered")
}
