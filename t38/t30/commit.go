package t30

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// A page is stored durably before it is confirmed. That may take longer than
// the peer waits: in ECM it is then told RNR (T.30 Annex A), otherwise it repeats
// its command and is answered when the page is safe.

const (
	notReadyAfter = time.Second      // ECM: RNR after this; the peer waits T4
	maxCommit     = 12 * time.Second // the peer sends its command three times, T4 apart
)

func (e *Engine) commit(page *t4.Page) {
	wait := maxCommit
	if e.sel.ECM {
		wait = notReadyAfter
	}
	e.rx.ready, e.rx.rejected = false, nil
	e.forget()
	e.become(committing{}, wait)
	e.do(CommitPage{Page: page})
}

// committing: the page is on its way to the store, the peer awaits its answer.
type committing struct{ idle }

func (committing) String() string  { return "stores a page" }
func (committing) noAnswer() Cause { return CauseStore }

// committed: while the peer says something the answer waits for its end.
func (committing) committed(e *Engine) {
	if e.line.carrier == V21 {
		e.rx.ready = true
		return
	}
	e.answerCommand()
}

func (committing) carrierDown(e *Engine, _ Modulation) {
	if e.rx.ready {
		e.answerCommand()
	}
}

func (committing) frame(e *Engine, f Frame) {
	if e.rx.ready {
		e.answerCommand()
	}
}

func (committing) expired(e *Engine) {
	if !e.sel.ECM {
		e.finish(CauseStore)
		return
	}
	e.timers.start(timerT5, e.now.Add(timeT5))
	e.sendNotReady()
}

func (e *Engine) sendNotReady() {
	e.become(notReady{}, timeT2)
	e.respond(Frame{FCF: RNR})
}

// notReady: RNR was sent; the peer asks with RR.
type notReady struct{ idle }

func (notReady) String() string      { return "stores a page, has said RNR" }
func (notReady) noAnswer() Cause     { return CauseSilence }
func (notReady) committed(e *Engine) { e.rx.ready = true }

func (notReady) frame(e *Engine, f Frame) {
	switch f.FCF {
	case RR, PPS, EOR: // a repeated command has not heard RNR
		if !e.rx.ready {
			e.sendNotReady()
			return
		}
		e.timers.stop(timerT5)
		e.answerCommand()
	}
}

// receiveReady: RR after the answer was given: it was not heard.
func (e *Engine) receiveReady() {
	if e.rx.answered != 0 && !e.rx.fast {
		e.become(e.state, timeT2)
		e.again(CauseSilence)
	}
}
