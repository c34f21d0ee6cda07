package t30

import (
	"errors"
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

var errNoRows = errors.New("no row of the page arrived")

// The receiving terminal: training check, pages, post-message commands (T.30
// Figure 5-2, box F and onwards; pages go to CommitPage).

// receiver is what has arrived.
type receiver struct {
	tcf       trainingCheck
	trainings int // since a page last got through

	page   *t4.Receiver // the rows of this page, decoded as they come; nil: none yet
	octets int          // outside ECM, of this page
	fast   bool         // the fast carrier of a page was here since the last answer

	ecm ecmReceiver

	received int // pages confirmed

	rejected *t4.Page // that was answered with RTN and has not come again

	repeats   int       // CRPs for the command that is due
	busySince time.Time // the first TNR; zero: the transmitter is ready

	answered FCF   // the command that was answered last; 0: none yet
	answer   Frame // and how
	ready    bool  // the page is committed, its answer has not been given
	pending  answerTo
}

// answerTo is a command whose page is being committed.
type answerTo struct {
	command FCF
	answer  FCF
	page    PageResult
}

// maxTrainings bounds how often a peer may have training checked without a
// page; every rate three times is 24.
const maxTrainings = 24

// commandToReceive takes DCS (T.30 5.3.6.1.3).
func (e *Engine) commandToReceive(f Frame) {
	if !e.cfg.Receives {
		e.finish(CauseNotReceiving)
		return
	}
	sel, err := ParseSelection(f.FIF)
	if e.rx.trainings++; e.rx.trainings > maxTrainings {
		e.finish(CauseTraining)
		return
	}
	e.sel = sel
	e.rx.tcf.start(sel.Modulation)
	e.rx.tcf.refused = err != nil || sel.Modulation.Rate() > e.cfg.MaxRate || sel.ECM && e.cfg.DisableECM
	e.rx.answered, e.rx.busySince = 0, time.Time{}
	e.forget()
	e.rx.resetPage()
	e.rx.ecm.reset()
	e.longTrain = true
	e.noteSelection()
	e.become(awaitTCF{}, timeT2)
	e.listen(sel.Modulation, ContentTCF)
}

func (r *receiver) resetPage() {
	r.page, r.octets, r.fast = nil, 0, false
}

// awaitTCF: DCS came, its training check should follow.
type awaitTCF struct{ idle }

func (awaitTCF) String() string  { return "awaits TCF" }
func (awaitTCF) noAnswer() Cause { return CauseSilence }

// expired: a TCF that does not come is a bad one.
func (awaitTCF) expired(e *Engine) { e.answerTraining() }

func (awaitTCF) carrierUp(e *Engine, m Modulation, failed bool) {
	switch {
	case m == V21:
		if e.rx.tcf.began {
			e.answerTraining() // the end of the carrier was not reported
		}
	case failed || m != e.sel.Modulation:
		e.rx.tcf.began, e.rx.tcf.refused = true, true
	default:
		e.rx.tcf.began = true
	}
}

func (awaitTCF) data(e *Engine, octets []byte) {
	e.carrierAlive()
	e.rx.tcf.began = true
	e.rx.tcf.check(octets)
}

func (awaitTCF) carrierDown(e *Engine, m Modulation) {
	if m != V21 {
		e.answerTraining()
	}
}

func (awaitTCF) frame(e *Engine, f Frame) {
	if f.FCF == DCS {
		e.commandToReceive(f)
	}
}

// answerTraining answers TCF with CFR or FTT.
func (e *Engine) answerTraining() {
	good := e.rx.tcf.good()
	e.ladderTCF(good)
	if !good {
		e.become(awaitRetraining{}, timeT2)
		e.respond(Frame{FCF: FTT})
		e.listen(NoModulation, ContentTCF)
		return
	}
	e.longTrain = false
	e.receivePage()
	e.respond(Frame{FCF: CFR})
}

// awaitRetraining: FTT was sent; another DCS should come.
type awaitRetraining struct{ idle }

func (awaitRetraining) String() string  { return "awaits DCS after FTT" }
func (awaitRetraining) noAnswer() Cause { return CauseTraining }

func (awaitRetraining) frame(e *Engine, f Frame) {
	switch f.FCF {
	case DCS:
		e.commandToReceive(f)
	case TNR:
		e.transmitterNotReady()
	}
}

// receivePage makes ready for the next page or partial page.
func (e *Engine) receivePage() {
	content := ContentImage
	if e.sel.ECM {
		content = ContentECM
	}
	e.become(awaitMessage{}, timeT2)
	e.listen(e.sel.Modulation, content)
}

// awaitMessage: a page may come, or a post-message command, or DCS again.
type awaitMessage struct{ idle }

func (awaitMessage) String() string  { return "receives" }
func (awaitMessage) noAnswer() Cause { return CauseSilence }

func (awaitMessage) carrierUp(e *Engine, m Modulation, failed bool) {
	if m == V21 {
		return
	}
	switch {
	case e.sel.ECM && e.rx.ecm.requests == 0:
		// Nothing was asked for, so this is a block from its beginning. What a
		// sender that missed MCF repeated of the one before is not of it.
		e.rx.ecm.newBlock()
	case !e.sel.ECM && !e.rx.fast:
		e.rx.resetPage()
	}
	e.rx.fast = true
	e.longTrain = false
	e.timers.stop(timerLimit) // a page takes as long as it takes, within reason
	if !e.timers.running(timerMessage) {
		e.timers.start(timerMessage, e.now.Add(maxMessage))
	}
}

func (awaitMessage) carrierDown(e *Engine, m Modulation) {
	switch {
	case m != V21:
		e.ladderMessage()
	case e.line.damaged && e.rx.fast && !e.line.sending:
		e.commandDamaged()
	}
}

// commandDamaged asks for a post-message command again (CRP, T.30 5.3.6.1.8).
func (e *Engine) commandDamaged() {
	if !e.cfg.CommandRepeat || e.rx.repeats >= maxTries {
		return
	}
	e.rx.repeats++
	e.transmit(e.frames(Frame{FCF: CRP}))
}

// transmitterNotReady takes TNR: TR asks until the transmitter is ready, as RR
// asks a receiver (T.30 5.3.6.1.8), for up to T5.
func (e *Engine) transmitterNotReady() {
	switch {
	case e.rx.busySince.IsZero():
		e.rx.busySince = e.now
	case e.now.Sub(e.rx.busySince) >= timeT5:
		e.finish(CauseTransmitterBusy)
		return
	}
	tr := e.frames(Frame{FCF: TR})
	if e.cfg.InternetAware {
		tr.Pause = time.Second // the line does not slow the question down
	}
	e.become(e.state, e.line.waiting)
	e.transmit(tr)
}

func (awaitMessage) data(e *Engine, octets []byte) {
	if e.sel.ECM || e.line.carrier == V21 {
		return
	}
	e.carrierAlive()
	e.rx.fast = true
	e.rx.octets += len(octets)
	e.writePage(octets)
}

// dataLost: the row in which the hole is may look whole.
func (awaitMessage) dataLost(e *Engine) {
	if !e.sel.ECM && e.rx.page != nil {
		e.rx.page.Lost()
	}
}

// writePage decodes a piece of the page; what is wrong with it is said when the
// page is finished.
func (e *Engine) writePage(octets []byte) {
	if e.rx.page == nil {
		e.rx.page = newPage(e.sel)
	}
	_, _ = e.rx.page.Write(octets)
}

// finishPage gives the page; one without rows is an error.
func (e *Engine) finishPage() (*t4.Page, error) {
	if e.rx.page == nil {
		return nil, errNoRows
	}
	page, err := e.rx.page.Finish()
	e.rx.resetPage()
	if err == nil && page.Rows == 0 {
		err = errNoRows
	}
	return page, err
}

func (awaitMessage) codedData(e *Engine, fif []byte, good bool) {
	if !e.sel.ECM {
		return
	}
	e.rx.fast = true
	if good {
		e.rx.ecm.store(fif)
	}
}

func (awaitMessage) frame(e *Engine, f Frame) { e.postMessageCommand(f) }

// postMessageCommand is what may come after CFR and after any answer.
func (e *Engine) postMessageCommand(f Frame) {
	e.timers.stop(timerMessage)
	switch c := postMessage(f.FCF); c {
	case DCS:
		e.commandToReceive(f)
	case TNR:
		e.transmitterNotReady()
	case MPS, EOM, EOP:
		e.endOfPage(c)
	case PPS:
		e.partialPageSignal(f.FIF)
	case CTC:
		e.continueToCorrect(f.FIF)
	case EOR:
		e.endOfRetransmission(f.FIF)
	case RR:
		e.receiveReady()
	}
}

// endOfPage takes MPS, EOM or EOP outside ECM.
func (e *Engine) endOfPage(c FCF) {
	if !e.rx.fast && e.rx.answered != 0 {
		e.answerAgain(c)
		return
	}
	if e.sel.ECM {
		return // PPS ends a page in ECM
	}
	page, err := e.finishPage()
	if errors.Is(err, t4.ErrTooLong) {
		e.finish(CauseTooLong)
		return
	}
	if err != nil {
		e.rx.pending = answerTo{command: c, answer: RTN}
		e.answerCommand()
		return
	}
	answer := e.quality(page.BadRows, page.Rows)
	e.rx.pending = answerTo{command: c, answer: answer, page: PageResult{
		Rate: e.sel.Modulation.Rate(), Coding: e.sel.Coding, Rows: page.Rows, BadRows: page.BadRows,
	}}
	if answer == RTN {
		e.rx.rejected = page
		e.answerCommand()
		return
	}
	e.commit(page)
}

// quality is the policy of copy quality: MCF, RTP or RTN by the share of bad
// rows (T.30 leaves it to the receiver; TSB-85 has 4.9 % accepted and 15.1 %
// refused).
func (e *Engine) quality(bad, rows int) FCF {
	switch {
	case bad*100 > rows*e.cfg.RejectPercent:
		return RTN
	case bad*100 > rows*e.cfg.RetrainPercent:
		return RTP
	}
	return MCF
}

// answerCommand gives the answer that is due and goes where the command leads.
func (e *Engine) answerCommand() {
	p := e.rx.pending
	e.rx.ready = false
	if p.answer == MCF || p.answer == RTP {
		p.page.N, p.page.Received = e.rx.received, true
		e.rx.received++
		e.outcome.Pages = append(e.outcome.Pages, p.page)
		e.rx.trainings = 0
	}
	e.sendAnswer(p.command, Frame{FCF: p.answer})
}

// sendAnswer answers a post-message command and goes where it leads.
func (e *Engine) sendAnswer(command FCF, answer Frame) {
	e.rx.answered, e.rx.answer = command, answer
	e.rx.fast, e.rx.repeats, e.rx.busySince = false, 0, time.Time{}
	if answer.FCF == RTN || answer.FCF == RTP {
		e.longTrain = true
	}
	switch {
	case command == EOM && answer.FCF != PPR:
		e.become(awaitPhaseB{}, timeT2)
		e.listen(NoModulation, ContentTCF)
	case command == EOP && answer.FCF != PPR:
		if answer.FCF == MCF || answer.FCF == RTP {
			e.complete()
		}
		e.become(awaitDCN{}, timeT2)
		e.listen(NoModulation, ContentTCF)
	default:
		e.receivePage()
	}
	e.respond(answer)
}

// answerAgain: the peer did not hear the answer.
func (e *Engine) answerAgain(c FCF) {
	if c == e.rx.answered {
		e.become(e.state, timeT2)
		e.again(CauseSilence)
	}
}

// awaitDCN: the answer to EOP was given.
type awaitDCN struct{ awaitMessage }

func (awaitDCN) String() string { return "awaits DCN" }

// awaitPhaseB: the answer to EOM was given. T2 later this terminal begins
// phase B again (T.30 Figure 5-2); the peer may be faster.
type awaitPhaseB struct{ awaitMessage }

func (awaitPhaseB) String() string { return "awaits phase B" }

func (awaitPhaseB) expired(e *Engine) {
	if e.receivedDIS {
		e.poll() // the polling terminal asks for more
		return
	}
	e.sendDIS()
}

func (awaitPhaseB) frame(e *Engine, f Frame) {
	switch f.FCF {
	case DTC, DIS:
		e.firstCommand(f)
	default:
		e.postMessageCommand(f)
	}
}
