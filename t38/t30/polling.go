package t30

// Polling: the called terminal has the document (T.30 Figure 5-2, DTC).

// poll asks the called terminal for its document.
func (e *Engine) poll() {
	if !e.peer.Polling {
		e.finish(CauseNothingToPoll)
		return
	}
	e.command(awaitPolled{}, e.frames(e.facilities(NSC, CIG, DTC)...))
	e.listen(NoModulation, ContentTCF)
}

// pollingAddresses are the frames between CIG and DTC, as far as the called
// terminal knows them (T.30 5.3.6.1.2).
func (e *Engine) pollingAddresses() []Frame {
	var fs []Frame
	add := func(can bool, c FCF, s string) {
		if can && s != "" {
			fs = append(fs, Frame{FCF: c, FIF: encodeIdentity(s)})
		}
	}
	add(e.peer.Password, PWD, e.cfg.Addresses.PWD)
	add(e.peer.SelectivePolling, SEP, e.cfg.Addresses.SEP)
	add(e.peer.PolledSubaddress, PSA, e.cfg.Addresses.PSA)
	return fs
}

// awaitPolled: DTC was sent, the polled terminal should answer with DCS.
type awaitPolled struct{ idle }

func (awaitPolled) String() string    { return "awaits DCS after DTC" }
func (awaitPolled) noAnswer() Cause   { return CauseNoCommand }
func (awaitPolled) expired(e *Engine) { e.again(CauseNoCommand) }

func (awaitPolled) frame(e *Engine, f Frame) {
	switch f.FCF {
	case DCS:
		e.commandToReceive(f)
	case DIS:
		e.again(CauseNoCommand) // DTC was not understood
	case TNR:
		e.transmitterNotReady()
	case FNV:
		e.finish(CauseFieldNotValid)
	}
}

// polled: the calling terminal wants our document.
func (e *Engine) polled(f Frame) {
	e.timers.stop(timerT1)
	e.outcome.Answered = true
	e.peer = ParseCapabilities(f.FIF)
	switch {
	case !e.cfg.Transmits:
		e.finish(CauseNothingToPoll)
	case e.cfg.PollingPassword != "" && e.cfg.PollingPassword != e.told.PWD:
		e.finish(CausePassword)
	case e.cfg.SelectivePolling != "" && e.told.SEP != "" && e.told.SEP != e.cfg.SelectivePolling,
		!e.tx.hasDocument(e):
		e.finish(CauseNothingToPoll)
	default:
		if e.tx.page == nil {
			e.fetch(0)
		}
		e.startTransmit()
	}
}
