package t30

import "time"

// The timers of T.30 5.4.3. T0 (the called terminal does not answer) belongs to
// whoever placed the call, T6 to T8 to the duplex procedures of Annex C, and T3
// (an operator is asked for) to terminals that have one.
const (
	timeT1 = 35 * time.Second        // both terminals try to identify each other, 35 s +- 5 s
	timeT2 = 6500 * time.Millisecond // a command does not come, 6 s +- 1 s
	timeT4 = 3 * time.Second         // a response does not come, 3 s +- 15 %, without operator
	timeT5 = 60 * time.Second        // the receiver is not ready, 60 s +- 5 s
)

const t1Tolerance = 5 * time.Second

// Times that T.30 gives without a name, or leaves to the terminal.
const (
	pause = 75 * time.Millisecond // silence before a signal, 75 ms +- 20 ms (T.30)

	// hangUp is how long the call stays up after DCN, so that it arrives.
	hangUp = time.Second
	// maxWait ends a wait that carriers without a frame keep putting off.
	maxWait = 30 * time.Second
	// maxSilence is how long a carrier may bring nothing: it is gone then, and
	// the news of its end was lost. NSF, CSI and DIS take 3 s together.
	maxSilence = 6 * time.Second
	// maxMessage is the longest that one page may take to arrive.
	maxMessage = 30 * time.Minute

	cngDuration = 500 * time.Millisecond // on, 3 s off (T.30 4.3.3.5)
	cngPause    = 3 * time.Second
	cedPause    = 200 * time.Millisecond  // 0.2 s after the line is taken, at the earliest (T.30 4.3.3.2)
	cedDuration = 3000 * time.Millisecond // 2.6 to 4 s
)

type timer int

const (
	timerT1      timer = iota
	timerWait          // T2 or T4, or what else the state waits for
	timerLimit         // the wait with all that puts it off
	timerT5            // the store takes too long, as a receiver that has said RNR
	timerCarrier       // the peer's carrier brings nothing
	timerMessage       // a page takes too long
	numTimers
)

type timers [numTimers]time.Time

func (t *timers) start(which timer, at time.Time) { t[which] = at }
func (t *timers) stop(which timer)                { t[which] = time.Time{} }
func (t *timers) running(which timer) bool        { return !t[which].IsZero() }

func (t *timers) earliest() (timer, time.Time) {
	which, at := timer(0), time.Time{}
	for i, when := range t {
		if !when.IsZero() && (at.IsZero() || when.Before(at)) {
			which, at = timer(i), when
		}
	}
	return which, at
}

// expired gives each timer its effect.
func (e *Engine) expired(t timer) {
	switch t {
	case timerT1:
		e.state.unidentified(e)
	case timerWait, timerLimit:
		e.timers.stop(timerWait)
		e.timers.stop(timerLimit)
		e.line.deferred = false
		e.state.expired(e)
	case timerT5:
		e.finish(CauseStore)
	case timerCarrier:
		e.carrierDown()
	case timerMessage:
		e.finish(CauseTooLong)
	}
}

// startWait starts the wait of the state, unless the peer's signal puts it off.
func (e *Engine) startWait() {
	if e.line.waiting == 0 {
		return
	}
	if !e.timers.running(timerLimit) {
		e.timers.start(timerLimit, e.now.Add(max(maxWait, e.line.waiting)))
	}
	if e.line.carrier != NoModulation {
		e.line.deferred = true
		return
	}
	e.timers.start(timerWait, e.now.Add(e.line.waiting))
}
