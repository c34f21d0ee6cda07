package t30

// Phase D of the transmitting terminal outside ECM: the post-message command
// and its answer (T.30 5.3.6.1.6, 5.3.6.1.7).

func (e *Engine) sendPostMessage() {
	e.command(awaitConfirmation{}, e.frames(Frame{FCF: e.following()}))
	e.listen(NoModulation, ContentTCF)
}

// awaitConfirmation: MPS, EOM or EOP was sent.
type awaitConfirmation struct{ idle }

func (awaitConfirmation) String() string    { return "awaits the confirmation of a page" }
func (awaitConfirmation) noAnswer() Cause   { return CauseNoConfirmation }
func (awaitConfirmation) expired(e *Engine) { e.again(CauseNoConfirmation) }

func (awaitConfirmation) frame(e *Engine, f Frame) {
	switch f.FCF {
	case MCF:
		e.confirmed()
		e.goOn(false)
	case RTP, PIP:
		// PIP asks for an operator, who is not here: as RTP (T.30 5.3.6.1.7).
		e.confirmed()
		e.goOn(true)
	case RTN, PIN:
		e.pageRejected()
	default:
		e.invalidAnswer(f)
	}
}

// invalidAnswer: a frame that is no answer ends the call (T.30 Figure 5-2), but the
// echo of a command does not.
func (e *Engine) invalidAnswer(f Frame) {
	_, known := fcfNames[f.FCF]
	switch {
	case f.FCF == FNV:
		e.finish(CauseFieldNotValid)
	case f.Final && (!known || f.FCF == NULL):
		e.finish(CauseInvalidAnswer)
	}
}

// pageRejected: the receiver could not read the page. In the middle of a
// document it is sent again at a lower rate. At the end of a document the
// procedure ends (T.30 Figure 5-2: after EOP, DCN follows RTN); where another
// document follows, it goes on with that one.
func (e *Engine) pageRejected() {
	e.tx.rejected++
	command := e.following()
	switch {
	case command != MPS && e.tx.next.Page == nil || e.tx.rejected >= maxRejections:
		e.finish(CausePageRejected)
	case command == EOM && e.tx.next.NewDocument:
		e.tx.skipped = true
		e.stepDownCeiling()
		e.tx.advance()
		e.backToPhaseB()
	case command == EOM:
		e.stepDownCeiling()
		e.tx.lines = nil
		e.backToPhaseB()
	default:
		e.stepDown()
		e.train()
	}
}

// stepDownCeiling makes the next training begin below the rate that failed.
func (e *Engine) stepDownCeiling() {
	m := e.sel.Modulation
	e.stepDown()
	e.sel.Modulation = m
}
