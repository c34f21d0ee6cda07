package t30

// Phase E: the end of the call.

// complete notes that the document is through: how the call ends does not
// matter any more.
func (e *Engine) complete() { e.outcome.complete = true }

// finish ends the call from this side: DCN, and then the line is dropped.
func (e *Engine) finish(c Cause) {
	if _, already := e.state.(disconnecting); already || e.ended {
		return
	}
	e.decide(c)
	e.cut()
	e.timers = timers{}
	e.become(disconnecting{}, 0)
	e.listen(NoModulation, ContentTCF)
	e.transmit(e.frames(Frame{FCF: DCN}))
}

// disconnecting: DCN is on its way.
type disconnecting struct{ idle }

func (disconnecting) String() string    { return "disconnects" }
func (disconnecting) noAnswer() Cause   { return CauseNone }
func (disconnecting) expired(e *Engine) { e.disconnect() }

func (disconnecting) sent(e *Engine) {
	wait := hangUp
	if e.outcome.InternetAware {
		wait = hangUp / 10
	}
	e.line.carrier = NoModulation // what the peer still says does not keep us
	e.become(disconnecting{}, wait)
}

// end ends the call without DCN, which nobody would hear or needs to.
func (e *Engine) end(c Cause) {
	e.decide(c)
	e.disconnect()
}

// lost is the end of the call by the peer: success when all was done.
func (e *Engine) lost(c Cause) {
	if e.outcome.complete {
		c = e.skippedCause()
	}
	e.end(c)
}

// decide settles the outcome; the first decision holds.
func (e *Engine) decide(c Cause) {
	if e.outcome.Success || e.outcome.Cause != CauseNone {
		return
	}
	if c == CauseNone || e.outcome.complete && !e.tx.skipped {
		e.outcome.Success = true
		return
	}
	e.outcome.Cause, e.outcome.Retry = c, c.Retry()
	e.outcome.During = e.state.String()
	switch e.state.(type) {
	case awaitConfirmation, awaitBlock, awaitReady, awaitERR:
		e.outcome.Unanswered = true
	}
	e.outcome.Cut = e.cutPage()
}

func (e *Engine) disconnect() {
	if e.ended {
		return
	}
	e.cut()
	e.ended = true
	e.timers = timers{}
	e.rx = receiver{}
	e.tx = transmitter{fetching: -1}
	e.do(Disconnect{})
}
