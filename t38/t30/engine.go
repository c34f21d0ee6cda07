package t30

import (
	"maps"
	"time"
)

// Engine is one terminal on one call. It is not safe for concurrent use: one
// goroutine owns it. New, Handle and Advance may add actions; take them all
// with Next before the next call.
type Engine struct {
	cfg Config // set by New, not changed

	now     time.Time // of the event being handled
	timers  timers
	actions []Action // not yet taken by Next
	state   state
	ended   bool // Disconnect was given

	line   line   // what is on the line
	repeat repeat // the command or response to say again

	peer        Capabilities // from DIS or DTC
	receivedDIS bool         // sets X in what is sent (T.30 5.3.6.1)
	told        Addresses    // what the peer's frames say
	sel         Selection    // from the DCS sent or received
	lateCommand bool         // T1 has been stretched to its tolerance
	longTrain   bool         // V.17: the next fast signal needs long training

	tx      transmitter
	rx      receiver
	outcome Outcome
}

// line is what is being sent and what is being received.
type line struct {
	queue   []Action // Transmit actions that wait for the one under way
	sending bool
	held    []heldFrame // responses that came before TransmitDone

	damaged bool // the last frame of the peer's signal

	carrier  Modulation // of the peer; NoModulation: silence
	since    time.Time  // when that carrier came up
	waiting  time.Duration
	deferred bool // the wait begins again when the peer falls silent
}

type heldFrame struct {
	octets []byte
	at     time.Time // when it began to come
}

// repeat is the last signal that may have to be sent again (T.30 5.4.2: each
// command three times).
type repeat struct {
	actions []Action
	tries   int
}

const maxTries = 3

// New makes the terminal and starts phase A at now: the calling terminal
// begins its CNG, the called terminal its CED or, when Config.Toned says that
// the tone has been sent already, its DIS.
func New(cfg Config, now time.Time) *Engine {
	e := &Engine{cfg: cfg.withDefaults(), now: now}
	e.tx.fetching = -1
	e.phaseA()
	return e
}

// Handle tells the engine that ev happened at now.
func (e *Engine) Handle(now time.Time, ev Event) {
	if e.ended {
		return
	}
	e.now = now
	switch ev := ev.(type) {
	case ToneHeard:
		e.toneHeard(ev.Tone)
	case CarrierUp:
		e.carrierUp(ev.Modulation, false)
	case TrainingFailed:
		e.carrierUp(ev.Modulation, true)
	case CarrierDown:
		e.carrierDown()
	case FrameReceived:
		e.frameReceived(ev)
	case DataReceived:
		e.state.data(e, ev.Octets)
	case DataLost:
		e.state.dataLost(e)
	case TransmitDone:
		e.transmitDone()
	case PageReady:
		e.pageReady(ev)
	case PageUnavailable:
		e.pageUnavailable()
	case PageCommitted:
		e.state.committed(e)
	case CallEnded:
		e.lost(CauseCallEnded)
	}
}

// Deadline is the time at which Advance wants to be called, zero for never.
func (e *Engine) Deadline() time.Time {
	if e.ended {
		return time.Time{}
	}
	_, at := e.timers.earliest()
	return at
}

// Advance lets every timer that has run out by now take effect.
func (e *Engine) Advance(now time.Time) {
	for !e.ended {
		t, at := e.timers.earliest()
		if at.IsZero() || at.After(now) {
			return
		}
		e.now = now
		e.timers.stop(t)
		e.expired(t)
	}
}

// Next takes the next action, false when there is none.
func (e *Engine) Next() (Action, bool) {
	if len(e.actions) == 0 {
		return nil, false
	}
	a := e.actions[0]
	e.actions[0] = nil
	if e.actions = e.actions[1:]; len(e.actions) == 0 {
		e.actions = nil
	}
	return a, true
}

// Outcome is how the call went so far; complete after Disconnect.
func (e *Engine) Outcome() Outcome {
	o := e.outcome
	o.Pages = append([]PageResult(nil), o.Pages...)
	o.Told = e.told
	o.Told.Internet = maps.Clone(e.told.Internet)
	return o
}

func (e *Engine) do(a Action) { e.actions = append(e.actions, a) }

// pageReady is the answer to FetchPage. While a page is being sent it is the
// one after it: what follows a page decides between MPS, EOM and EOP.
func (e *Engine) pageReady(ev PageReady) {
	if e.tx.fetching < 0 {
		return
	}
	e.tx.fetched(ev)
	e.state.pageReady(e)
}

// pageUnavailable ends the call, but a page that is being sent is brought to its
// end first.
func (e *Engine) pageUnavailable() {
	next := e.tx.fetching == e.tx.n+1 && e.tx.page != nil
	e.tx.fetching = -1
	if !next {
		e.finish(CauseStore)
		return
	}
	e.tx.broken, e.tx.nextKnown = true, true
	e.state.pageReady(e)
}

// listen tells the driver what may come, when that has changed.
func (e *Engine) listen(m Modulation, c Content) {
	short := isV17(m) && !e.longTrain && c != ContentTCF
	e.do(Listen{Fast: m, Content: c, ShortTraining: short})
}

// become enters a state. Its wait begins when what is being sent has left.
func (e *Engine) become(s state, wait time.Duration) {
	e.state = s
	e.line.waiting = wait
	e.line.deferred = false
	e.timers.stop(timerWait)
	e.timers.stop(timerLimit)
	if !e.line.sending {
		e.startWait()
	}
}

// withDefaults fills in what the zero values of Config stand for.
func (c Config) withDefaults() Config {
	if c.MaxRate <= 0 || c.MaxRate > 14400 {
		c.MaxRate = 14400
	}
	if c.MaxRate < 2400 {
		c.MaxRate = 2400
	}
	if c.Modems == 0 {
		c.Modems = ModemV27ter | ModemV29 | ModemV17
	}
	if c.Codings == 0 {
		c.Codings = CodingMH | CodingMR | CodingMMR
	}
	c.Codings |= CodingMH // every terminal has it (T.4)
	if c.RetrainPercent <= 0 {
		c.RetrainPercent = 5
	}
	if c.RejectPercent <= 0 {
		c.RejectPercent = 15
	}
	return c
}
