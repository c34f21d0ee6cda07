package t30

// Phase B, the side of DIS and DTC: who is there and what can he do
// (T.30 5.3.6.1.1, 5.3.6.1.2).

// awaitDIS: the calling terminal waits to be told what the called one can do.
// After EOM both are here again.
type awaitDIS struct{ idle }

func (awaitDIS) String() string    { return "awaits DIS" }
func (awaitDIS) urgent(c FCF) bool { return c == DIS } // CNG is of no use any more
func (awaitDIS) noAnswer() Cause   { return CauseNoDIS }

func (awaitDIS) sent(e *Engine) {
	if !e.outcome.Answered && e.line.carrier == NoModulation {
		e.sendCNG(1)
	}
}

// tone: T1 begins again when the called terminal shows itself, once.
func (awaitDIS) tone(e *Engine, t Tone) {
	if t == CED {
		e.answered()
	}
}

func (awaitDIS) carrierUp(e *Engine, m Modulation, _ bool) {
	if m == V21 {
		e.answered()
	}
}

func (e *Engine) answered() {
	e.cut()
	if !e.outcome.Answered {
		e.outcome.Answered = true
		e.timers.start(timerT1, e.now.Add(timeT1))
	}
}

func (awaitDIS) unidentified(e *Engine) { e.end(CauseNoDIS) }

func (awaitDIS) frame(e *Engine, f Frame) {
	if f.FCF != DIS {
		return // not yet a fax machine's DIS: T1 bounds the wait
	}
	e.outcome.Answered = true
	e.receivedDIS = true
	e.peer = ParseCapabilities(f.FIF)
	e.timers.stop(timerT1)
	switch {
	case e.tx.hasDocument(e):
		e.startTransmit()
	case e.cfg.Receives:
		e.poll()
	default:
		e.finish(CauseNoDocument)
	}
}

// sendDIS begins phase B as the called terminal.
func (e *Engine) sendDIS() {
	e.lateCommand = false
	e.timers.start(timerT1, e.now.Add(timeT1))
	e.command(awaitCommand{}, e.frames(e.facilities(NSF, CSI, DIS)...))
	e.listen(NoModulation, ContentTCF)
}

// facilities are the frames that go with DIS or DTC, in their order.
func (e *Engine) facilities(nonStandard, identity, capabilities FCF) []Frame {
	var fs []Frame
	if len(e.cfg.NonStandard) > 0 {
		fs = append(fs, Frame{FCF: nonStandard, FIF: e.cfg.NonStandard})
	}
	if e.cfg.LocalID != "" {
		fs = append(fs, Frame{FCF: identity, FIF: encodeIdentity(e.cfg.LocalID)})
	}
	if capabilities == DTC {
		fs = append(fs, e.pollingAddresses()...)
	}
	return append(fs, Frame{FCF: capabilities, FIF: capabilitiesOf(&e.cfg).octets()})
}

// awaitCommand: the called terminal has sent DIS and waits for DCS or DTC.
type awaitCommand struct{ idle }

func (awaitCommand) String() string { return "awaits a command" }

// urgent: where packets take longer than T4, the command comes while DIS is said
// again.
func (awaitCommand) urgent(c FCF) bool { return c == DCS || c == DTC }

func (awaitCommand) noAnswer() Cause { return CauseNoCommand }

// expired: DIS is repeated every T4 until T1 has run out (T.30 5.4.3.1),
// unless the configuration limits how often.
func (awaitCommand) expired(e *Engine) {
	if e.cfg.MaxDIS > 0 && e.repeat.tries >= e.cfg.MaxDIS {
		e.finish(CauseNoCommand)
		return
	}
	e.repeat.tries++
	e.transmit(e.repeat.actions...)
}

func (awaitCommand) unidentified(e *Engine) {
	if e.line.carrier != NoModulation && !e.lateCommand {
		// Something is coming: T1 may be 40 s.
		e.lateCommand = true
		e.timers.start(timerT1, e.now.Add(t1Tolerance))
		return
	}
	e.finish(CauseNoCommand)
}

func (awaitCommand) frame(e *Engine, f Frame) { e.firstCommand(f) }

// firstCommand is what decides the direction: DCS makes this terminal the
// receiver, DTC the transmitter. DIS in the place of DTC is taken as one
// (T.30 Figure 5-2, it comes from manual receivers), unless it is the echo of our own.
func (e *Engine) firstCommand(f Frame) {
	switch f.FCF {
	case DCS:
		e.timers.stop(timerT1)
		e.outcome.Answered = true
		e.commandToReceive(f)
	case DIS:
		if string(f.FIF) == string(capabilitiesOf(&e.cfg).octets()) {
			return
		}
		e.receivedDIS = true
		e.polled(f)
	case DTC:
		e.polled(f)
	case TNR:
		e.transmitterNotReady()
	}
}
