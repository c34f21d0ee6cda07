package t30

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// The transmitting terminal: DCS and training, pages, post-message commands
// (T.30 Figure 5-2, boxes D, E and onwards; the document comes from
// FetchPage).

// transmitter is the document on its way out.
type transmitter struct {
	n         int      // number of page, counted from 0
	page      *t4.Page // page n as fetched; nil: not there yet
	next      PageReady
	nextKnown bool
	fetching  int  // number of the page asked for; -1: none
	broken    bool // what follows page n could not be read
	ended     bool // the document has no page n

	lines    []*t4.Page // page n as the receiver takes it, cut where it is too long
	part     int        // the one of them that is being sent
	pages    int        // of the line, confirmed so far
	rejected int        // how often this part of page n was refused
	skipped  bool       // a document was given up, the next one went on
	result   PageResult
	ceiling  int // place in the table of fallback; what is before it has failed
	ecm      ecmTransmitter
}

const maxRejections = 3

// maxFetch is how long the line can stay silent between a page and its
// post-message command before the receiver gives up (T2, at least 5 s).
const maxFetch = 4 * time.Second

func (x *transmitter) hasDocument(e *Engine) bool { return e.cfg.Transmits && !x.ended }

// fetch asks for page n unless that is under way.
func (e *Engine) fetch(n int) {
	if e.tx.fetching == n {
		return
	}
	e.tx.fetching = n
	e.do(FetchPage{N: n})
}

// fetched files the answer to FetchPage.
func (x *transmitter) fetched(ev PageReady) {
	n := x.fetching
	x.fetching = -1
	if n == x.n {
		x.page, x.ended = ev.Page, ev.Page == nil
		return
	}
	x.next, x.nextKnown = ev, true
}

// advance makes the page after this one the current one.
func (x *transmitter) advance() {
	x.n++
	x.page, x.ended = x.next.Page, x.next.Page == nil
	x.next, x.nextKnown, x.rejected = PageReady{}, false, 0
	x.lines, x.part = nil, 0
}

// line is what is being sent.
func (x *transmitter) line() *t4.Page { return x.lines[x.part] }

// cut says that more of page n follows what is being sent.
func (x *transmitter) cut() bool { return x.part+1 < len(x.lines) }

// startTransmit begins to send to the peer whose capabilities are known.
func (e *Engine) startTransmit() {
	if !e.peer.Receives {
		e.finish(CauseCannotReceive)
		return
	}
	if e.tx.page == nil && !e.tx.ended {
		e.become(awaitPage{}, timeT1)
		return
	}
	e.chooseAndTrain()
}

// awaitPage: the receiver is ready, the document is not.
type awaitPage struct{ idle }

func (awaitPage) String() string      { return "awaits its own page" }
func (awaitPage) pageReady(e *Engine) { e.chooseAndTrain() }
func (awaitPage) noAnswer() Cause     { return CauseStore }
func (awaitPage) expired(e *Engine)   { e.finish(CauseStore) }

func (e *Engine) chooseAndTrain() {
	if e.tx.ended {
		e.finish(CauseNoDocument)
		return
	}
	e.sel = choose(&e.cfg, e.peer, e.tx.page)
	e.sel.Modulation = bestModulation(&e.cfg, e.peer, e.tx.ceiling)
	if e.sel.Modulation == NoModulation {
		e.finish(CauseIncompatible)
		return
	}
	e.train()
}

// train sends DCS and TCF (T.30 5.3.6.1.3): 1.5 s of zeros.
func (e *Engine) train() {
	e.noteSelection()
	e.longTrain = true
	m := e.sel.Modulation
	e.command(awaitCFR{}, e.frames(e.commandFrames()...),
		TransmitTCF{Pause: pause, Modulation: m, Octets: m.Rate() * 3 / 16})
	e.listen(NoModulation, ContentTCF)
}

func (e *Engine) commandFrames() []Frame {
	var fs []Frame
	add := func(can bool, c FCF, s string) bool {
		if can && s != "" {
			fs = append(fs, Frame{FCF: c, FIF: encodeIdentity(s)})
			return true
		}
		return false
	}
	add(true, TSI, e.cfg.LocalID)
	e.sel.subaddress = add(e.peer.Subaddress, SUB, e.cfg.Addresses.SUB)
	e.sel.senderID = add(e.peer.Password, SID, e.cfg.Addresses.SID)
	return append(fs, Frame{FCF: DCS, FIF: e.sel.octets()})
}

// awaitCFR: DCS and TCF were sent.
type awaitCFR struct{ idle }

func (awaitCFR) String() string    { return "awaits CFR" }
func (awaitCFR) noAnswer() Cause   { return CauseNoAnswerToDCS }
func (awaitCFR) expired(e *Engine) { e.again(CauseNoAnswerToDCS) }

func (awaitCFR) frame(e *Engine, f Frame) {
	switch f.FCF {
	case CFR:
		e.longTrain = false
		e.sendPage()
	case FTT:
		if !e.stepDown() {
			e.finish(CauseTraining)
			return
		}
		e.train()
	case DIS, DTC:
		// DCS was not understood (T.30 5.3.6.1.3: up to three times).
		e.again(CauseNoAnswerToDCS)
	default:
		e.invalidAnswer(f)
	}
}

// stepDown lowers the rate; false when there is none below.
func (e *Engine) stepDown() bool {
	m := stepDown(&e.cfg, e.peer, e.sel.Modulation)
	if m == NoModulation {
		return false
	}
	e.setModulation(m)
	return true
}

func (e *Engine) setModulation(m Modulation) {
	e.sel.Modulation = m
	for i, f := range fallback {
		if f.modulation == m {
			e.tx.ceiling = i
		}
	}
}

// sendPage sends page n, whose form has been agreed on, and asks for the next.
func (e *Engine) sendPage() {
	if e.tx.lines == nil {
		lines, err := lineForm(e.tx.page, e.sel)
		if err != nil {
			e.finish(CauseUnusablePage)
			return
		}
		e.tx.lines = lines
		e.tx.part = min(e.tx.part, len(lines)-1)
	}
	if !e.tx.nextKnown {
		e.fetch(e.tx.n + 1)
	}
	if e.sel.ECM {
		e.startBlocks()
		return
	}
	e.become(sendingPage{}, 0)
	e.transmit(TransmitImage{
		Pause:         pause,
		Modulation:    e.sel.Modulation,
		ShortTraining: isV17(e.sel.Modulation) && !e.longTrain,
		Octets:        lineOctets(e.tx.line(), e.sel),
	})
	e.longTrain = false
}

// sendingPage: the rows are on their way (phase C).
type sendingPage struct{ idle }

func (sendingPage) String() string  { return "sends a page" }
func (sendingPage) noAnswer() Cause { return CauseStore }

func (sendingPage) sent(e *Engine) {
	if !e.tx.nextKnown {
		e.become(awaitNext{}, maxFetch)
		return
	}
	e.sendPostMessage()
}

// awaitNext: the page has been sent, what follows it is not known yet.
type awaitNext struct{ idle }

func (awaitNext) String() string      { return "awaits its own next page" }
func (awaitNext) noAnswer() Cause     { return CauseStore }
func (awaitNext) expired(e *Engine)   { e.finish(CauseStore) }
func (awaitNext) pageReady(e *Engine) { e.sendPostMessage() }

// following says what comes after page n: nothing (EOP), a page of the same form
// (MPS), or one that needs another DCS (EOM).
func (e *Engine) following() FCF {
	next := e.tx.next
	if e.tx.cut() || e.tx.broken {
		return MPS // broken: it is not the end, the call ends once this page is confirmed
	}
	if next.Page == nil {
		if e.turnsAround() {
			return EOM
		}
		return EOP
	}
	other := choose(&e.cfg, e.peer, next.Page)
	if next.NewDocument || other.Resolution != e.sel.Resolution || other.Width != e.sel.Width {
		return EOM
	}
	return MPS
}

// turnsAround: after its own document this terminal polls.
func (e *Engine) turnsAround() bool {
	return e.cfg.Calling && e.cfg.Polls && e.cfg.Receives && e.peer.Polling
}

// confirmed: the receiver has the page, or this part of it.
func (e *Engine) confirmed() {
	x := &e.tx
	x.pages++
	x.result.Rows += x.line().Rows
	x.result.Retransmitted += x.ecm.retransmitted
	x.ecm.retransmitted = 0
	if x.cut() {
		return
	}
	e.do(ConfirmPage{N: x.n})
	x.result.N, x.result.Rate, x.result.Coding = x.n, e.sel.Modulation.Rate(), e.sel.Coding
	e.outcome.Pages = append(e.outcome.Pages, x.result)
	x.result = PageResult{}
}

// goOn follows the post-message command that the receiver has answered.
// retrain says that it wants to train again first.
func (e *Engine) goOn(retrain bool) {
	command := e.following()
	if e.tx.broken && !e.tx.cut() {
		e.finish(CauseStore)
		return
	}
	if e.tx.cut() {
		e.tx.part++
		e.tx.rejected = 0
	} else {
		e.tx.advance()
	}
	switch {
	case command == EOP:
		e.complete()
		e.finish(e.skippedCause())
	case command == EOM:
		e.backToPhaseB()
	case retrain:
		e.stepDown() // where no rate is below, the same one is trained again
		e.train()
	default:
		e.sendPage()
	}
}

func (e *Engine) skippedCause() Cause {
	if e.tx.skipped {
		return CausePageRejected
	}
	return CauseNone
}

// backToPhaseB awaits DIS again after EOM.
func (e *Engine) backToPhaseB() {
	e.timers.start(timerT1, e.now.Add(timeT1))
	e.listen(NoModulation, ContentTCF)
	e.forget()
	e.become(awaitDIS{}, 0)
}
