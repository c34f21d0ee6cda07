package t30

import "time"

// transmit sends one action after the other.
func (e *Engine) transmit(actions ...Action) {
	e.timers.stop(timerWait)
	e.timers.stop(timerLimit)
	e.line.queue = append(e.line.queue, actions...)
	if !e.line.sending {
		e.transmitNext()
	}
}

func (e *Engine) transmitNext() {
	a := e.line.queue[0]
	e.line.queue = e.line.queue[1:]
	e.line.sending = true
	e.ladderTransmit(a)
	e.do(a)
}

// transmitDone goes on with what waits to be sent; when nothing does, the wait
// of the state begins, and what the peer said meanwhile is heard.
func (e *Engine) transmitDone() {
	if !e.line.sending {
		return
	}
	e.line.sending = false
	if len(e.line.queue) > 0 {
		e.line.held = e.line.held[:0]
		e.transmitNext()
		return
	}
	e.state.sent(e)
	if e.ended || e.line.sending {
		e.line.held = e.line.held[:0]
		return
	}
	e.startWait()
	held := e.line.held
	e.line.held = nil
	for _, h := range held {
		if e.ended || e.line.sending {
			return
		}
		if e.now.Sub(h.at) <= promptAnswer {
			e.frameHeard(h.octets)
		}
	}
}

// promptAnswer is how long before TransmitDone the answer to what has been sent
// can begin: a driver knows a little late that all has left. What began earlier
// answers something earlier, and must not confirm a page that came after it.
const promptAnswer = 500 * time.Millisecond

// cut stops what is being sent, for a signal that is more urgent.
func (e *Engine) cut() {
	e.line.queue = nil
	e.line.held = nil
	if e.line.sending {
		e.line.sending = false
		e.do(TransmitNothing{})
	}
}

// frames makes the V.21 signal of some frames; the last is the final one.
func (e *Engine) frames(fs ...Frame) TransmitFrames {
	octets := make([][]byte, len(fs))
	for i, f := range fs {
		f.X = e.receivedDIS
		f.Final = i == len(fs)-1
		octets[i] = f.Octets()
	}
	return TransmitFrames{Pause: pause, Frames: octets}
}

// command sends a signal that wants an answer and enters the state that waits
// for it.
func (e *Engine) command(s state, actions ...Action) {
	e.repeat = repeat{actions: actions, tries: 1}
	e.transmit(actions...)
	e.become(s, timeT4)
}

// forget: there is nothing to say again.
func (e *Engine) forget() { e.repeat = repeat{} }

// again sends the last command or response once more, or gives the call up for
// that cause after three times (T.30 5.4.2).
func (e *Engine) again(cause Cause) {
	if e.repeat.tries >= maxTries {
		e.finish(cause)
		return
	}
	e.repeat.tries++
	e.transmit(e.repeat.actions...)
}

// respond sends the answer to a command.
func (e *Engine) respond(f Frame) {
	a := e.frames(f)
	e.repeat = repeat{actions: []Action{a}, tries: 1}
	e.transmit(a)
}

func (e *Engine) toneHeard(t Tone) {
	e.cfg.Ladder.note(e.now, Received, KindTone, []byte{byte(t)})
	e.state.tone(e, t)
}

// carrierUp puts off the wait: the peer is saying something.
func (e *Engine) carrierUp(m Modulation, failed bool) {
	if m == NoModulation {
		return
	}
	if m != V21 {
		kind := KindTraining
		if failed {
			kind = KindTrainingFailed
		}
		e.cfg.Ladder.note(e.now, Received, kind, []byte{byte(m)})
	}
	if e.line.carrier != m {
		e.line.since = e.now
	}
	e.line.carrier = m
	if e.timers.running(timerWait) {
		e.timers.stop(timerWait)
		e.line.deferred = true
	}
	e.carrierAlive()
	e.state.carrierUp(e, m, failed)
}

// carrierAlive notes that the peer's carrier brings something.
func (e *Engine) carrierAlive() {
	if e.line.carrier != NoModulation {
		e.timers.start(timerCarrier, e.now.Add(maxSilence))
	}
}

// carrierDown ends the peer's signal; a wait that it put off begins again.
func (e *Engine) carrierDown() {
	m := e.line.carrier
	e.line.carrier = NoModulation
	e.timers.stop(timerCarrier)
	if m == NoModulation {
		return
	}
	if e.line.deferred && !e.line.sending {
		e.line.deferred = false
		e.startWait()
	}
	e.state.carrierDown(e, m)
}

// frameReceived sorts frames into those of a page and those of the procedure.
func (e *Engine) frameReceived(ev FrameReceived) {
	e.carrierAlive()
	if len(ev.Octets) >= 3 && ev.Octets[0] == address {
		switch FCF(ev.Octets[2] &^ xBit) {
		case FCD:
			e.state.codedData(e, ev.Octets[3:], ev.FCSOK)
			return
		case RCP:
			return // the carrier's end says the same (T.4 Annex A)
		}
	}
	e.line.damaged = !ev.FCSOK
	if !ev.FCSOK {
		e.cfg.Ladder.note(e.now, Received, KindBadFrame, ev.Octets)
		return
	}
	e.cfg.Ladder.note(e.now, Received, KindFrame, ev.Octets)
	if e.line.sending {
		e.hold(ev.Octets)
		return
	}
	e.frameHeard(ev.Octets)
}

// hold keeps a frame that came while this terminal was sending. T.30 is half
// duplex: such a frame is stale, but for the answer that a fast peer gives
// before our own driver knows that all has left, for DCN, and for what makes
// further sending pointless.
func (e *Engine) hold(octets []byte) {
	f, err := ParseFrame(octets)
	switch {
	case err != nil:
	case f.FCF == DCN:
		e.cut()
		e.lost(CauseDCN)
	case e.identify(f):
	case e.state.urgent(f.FCF):
		e.cut()
		e.frameHeard(octets)
	case len(e.line.queue) == 0 && len(e.line.held) < 8 && len(octets) <= maxFrame:
		if f.FCF == DIS || f.FCF == DTC {
			return // said again before DCS was heard
		}
		at := e.now
		if e.line.carrier == V21 {
			at = e.line.since
		}
		e.line.held = append(e.line.held, heldFrame{octets: append([]byte(nil), octets...), at: at})
	}
}

// frameHeard is a good frame of the procedure: what every state treats in the
// same way is treated here, before the state is asked.
func (e *Engine) frameHeard(octets []byte) {
	f, err := ParseFrame(octets)
	if err != nil {
		return // not a frame of T.30: as if nothing had been heard
	}
	switch f.FCF {
	case DCN:
		e.lost(CauseDCN)
	case CRP:
		// The last command or response is repeated whole (T.30 5.3.6.1.8).
		if len(e.repeat.actions) > 0 {
			e.again(e.state.noAnswer())
		}
	default:
		if !e.identify(f) {
			e.state.frame(e, f)
		}
	}
}

// identify keeps what the optional frames before the final one say; false for a
// frame that is none of them.
func (e *Engine) identify(f Frame) bool {
	switch f.FCF {
	case CSI, TSI, CIG:
		e.outcome.RemoteID = decodeIdentity(f.FIF)
	case NSF, NSC, NSS, SUB, SID, SEP, PSA, PWD, TSA, CSA, CIA, ISP, IRA:
		e.told.note(f)
	default:
		return false
	}
	return true
}
