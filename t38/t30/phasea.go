package t30

// Phase A: the call is there, tones are exchanged (T.30 4.3).

func (e *Engine) phaseA() {
	e.listen(NoModulation, ContentTCF)
	if e.cfg.Transmits && e.cfg.Calling {
		e.fetch(0)
	}
	if e.cfg.Calling {
		e.callingPhaseB()
		return
	}
	if e.cfg.Toned {
		e.sendDIS()
		return
	}
	e.become(toning{}, 0)
	e.transmit(TransmitTone{Tone: CED, Pause: cedPause, Duration: cedDuration})
}

// toning: the called terminal sends CED.
type toning struct{ idle }

func (toning) String() string  { return "CED" }
func (toning) sent(e *Engine)  { e.sendDIS() }
func (toning) noAnswer() Cause { return CauseNoCommand }

// callingPhaseB waits for DIS. The call was answered before the engine began,
// so that T1 runs, not T0 (T.30 5.4.3.1).
func (e *Engine) callingPhaseB() {
	e.timers.start(timerT1, e.now.Add(timeT1))
	e.become(awaitDIS{}, 0)
	if !e.cfg.Toned {
		e.sendCNG(0)
	}
}

func (e *Engine) sendCNG(pauses int) {
	tone := TransmitTone{Tone: CNG, Duration: cngDuration}
	if pauses > 0 {
		tone.Pause = cngPause
	}
	e.transmit(tone)
}
