package t30

import (
	"errors"
	"math/bits"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Error correction as receiver (T.4 Annex A, T.30 Annex A).
type ecmReceiver struct {
	block [][]byte
	have  frameSet
	top   int // one more than the highest frame that came
	count int // frames of the block, as PPS says

	requests      int // PPRs for this block
	retransmitted int // frames of this page asked for again
	arrived       int // frames of this fast carrier, for the ladder

	confirmed bool // lastPPS was answered with MCF
	lastPPS   [3]byte
}

// maxRequests bounds the PPRs for one block. A sender trains again or gives up
// after four; with every rate tried that is 32.
const maxRequests = 40

func (r *ecmReceiver) reset() {
	r.newBlock()
	r.retransmitted, r.confirmed = 0, false
}

func (r *ecmReceiver) newBlock() {
	r.block, r.have = nil, frameSet{}
	r.top, r.count, r.requests = 0, 0, 0
}

// store keeps the data of an FCD frame: its number and up to 256 octets.
func (r *ecmReceiver) store(fif []byte) {
	r.arrived++
	if len(fif) < 2 || len(fif) > 1+256 {
		return
	}
	n := int(bits.Reverse8(fif[0]))
	if r.have.has(n) {
		return
	}
	if r.block == nil {
		r.block = make([][]byte, framesPerBlock)
	}
	r.block[n] = append([]byte(nil), fif[1:]...)
	r.have.add(n)
	r.top = max(r.top, n+1)
}

// partialPageSignal takes PPS: the frames that are missing are asked for; when
// none is, the block, and with MPS, EOM or EOP the page, is complete.
func (e *Engine) partialPageSignal(fif []byte) {
	r := &e.rx.ecm
	if len(fif) < 4 || !e.sel.ECM {
		return
	}
	command := postMessage(FCF(fif[0]))
	this := [3]byte{byte(command), fif[1], fif[2]}
	if r.confirmed && this == r.lastPPS {
		// MCF was not heard. Frames that came again are of this page, too: the
		// next one has another number, and DCS forgets this.
		r.newBlock()
		e.rx.fast = false
		e.become(e.state, timeT2)
		e.again(CauseSilence)
		return
	}
	r.lastPPS, r.confirmed = this, false
	// Some senders count only what they send again: the highest count holds,
	// and what has come in any case.
	r.count = max(r.count, int(bits.Reverse8(fif[3]))+1, r.top)
	if missing := r.missing(); missing > 0 {
		e.requestFrames(command, missing)
		return
	}
	r.confirmed = true
	e.blockReceived(command, MCF)
}

func (r *ecmReceiver) missing() int {
	n := 0
	for i := range r.count {
		if !r.have.has(i) {
			n++
		}
	}
	return n
}

// requestFrames sends PPR: a bit for each frame of 256 that is not here; those
// beyond the end of the block are 1 as well (T.30 Annex A).
func (e *Engine) requestFrames(command FCF, missing int) {
	r := &e.rx.ecm
	if r.requests++; r.requests > maxRequests {
		e.finish(CauseRetransmissions)
		return
	}
	r.retransmitted += missing
	fif := make([]byte, len(r.have))
	for i := range fif {
		fif[i] = ^r.have[i]
	}
	e.sendAnswer(command, Frame{FCF: PPR, FIF: fif})
}

// blockReceived takes the frames over into the page and answers.
func (e *Engine) blockReceived(command, answer FCF) {
	r := &e.rx.ecm
	for n := range r.count {
		if r.block != nil {
			e.writePage(r.block[n])
		}
	}
	r.newBlock()
	if command == NULL {
		e.rx.trainings = 0
		e.sendAnswer(command, Frame{FCF: answer})
		return
	}
	e.pageReceived(command, answer)
}

// pageReceived commits a page received with error correction.
func (e *Engine) pageReceived(command, answer FCF) {
	r := &e.rx.ecm
	retransmitted := r.retransmitted
	r.retransmitted = 0
	page, err := e.finishPage()
	e.rx.pending = answerTo{command: command, answer: answer}
	switch {
	case errors.Is(err, t4.ErrTooLong):
		e.finish(CauseTooLong)
		return
	case err != nil && answer == ERR:
		e.answerCommand() // the sender knows that the page is lost
		return
	case err != nil:
		e.finish(CauseUnusablePage) // every frame is right: asking again is of no use
		return
	}
	e.rx.pending.page = PageResult{
		Rate: e.sel.Modulation.Rate(), Coding: e.sel.Coding, Rows: page.Rows,
		BadRows: page.BadRows, Retransmitted: retransmitted,
	}
	e.commit(page)
}

// continueToCorrect takes CTC: the frames that are missing come at another rate
// (T.30 Annex A), with long training.
func (e *Engine) continueToCorrect(fif []byte) {
	if !e.sel.ECM {
		return
	}
	// Without the two octets of DCS the rate stays.
	if m, ok := modulationOf(bitField(fif).value(bitRate, 4)); ok && len(fif) >= 2 {
		e.sel.Modulation = m
	}
	e.noteSelection()
	e.longTrain = true
	e.rx.fast = false
	e.receivePage()
	e.respond(Frame{FCF: CTR})
}

// endOfRetransmission takes EOR: the sender gives this block up. What has come
// of the page is kept: it is damaged, which is more than nothing.
func (e *Engine) endOfRetransmission(fif []byte) {
	r := &e.rx.ecm
	if !e.sel.ECM || len(fif) < 1 {
		return
	}
	command := postMessage(FCF(fif[0]))
	if !e.rx.fast && e.rx.answer.FCF == ERR && e.rx.answered == command {
		e.become(e.state, timeT2)
		e.again(CauseSilence)
		return
	}
	r.confirmed = false
	e.blockReceived(command, ERR)
}
