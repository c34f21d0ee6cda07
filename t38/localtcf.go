package t38

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
)

// localTCF plays the peer's training check on this side, where
// T38FaxRateManagement is localTCF (T.38 8.1): the peer sends none, each end
// judges its own line, and a terminal's line is perfect.
type localTCF struct {
	modulation t30.Modulation
	up         bool      // the engine has been told of the carrier
	muted      bool      // the peer's own training is kept from the engine
	due        time.Time // zero: nothing is played
}

// Silence before a training, and how long TCF lasts (T.30 5.3.1 and 5.3.6.2).
const (
	tcfPause = 75 * time.Millisecond
	tcfTime  = 1500 * time.Millisecond
)

// listen plays a check when the engine listens for one.
func (l *localTCF) listen(now time.Time, a t30.Listen) {
	*l = localTCF{}
	if a.Fast != t30.NoModulation && a.Content == t30.ContentTCF {
		*l = localTCF{modulation: a.Fast, due: now.Add(tcfPause)}
	}
}

// step tells the engine what happens when due has come.
func (l *localTCF) step(tell func(heard)) {
	if !l.up {
		d, _ := modemOf(l.modulation)
		l.up = true
		l.due = l.due.Add(d.longTime + tcfTime)
		tell(heard{kind: carrierUp, modulation: l.modulation})
		return
	}
	l.due = time.Time{}
	for left := l.modulation.Rate() / 8 * int(tcfTime/time.Millisecond) / 1000; left > 0; left -= len(zeros) {
		tell(heard{kind: dataHeard, octets: zeros[:min(left, len(zeros))]})
	}
	tell(heard{kind: carrierDown})
}

// replaces reports whether the event belongs to a training of the peer that
// the check played here stands for.
func (l *localTCF) replaces(h heard) bool {
	if h.kind == carrierUp {
		l.muted = !l.due.IsZero() && h.modulation != t30.V21
	}
	muted := l.muted
	if h.kind == carrierDown {
		l.muted = false
	}
	return muted
}
