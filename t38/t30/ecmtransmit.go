package t30

import (
	"math/bits"
	"time"
)

// Error correction as transmitter (T.4 Annex A, T.30 Annex A). The octets of a
// page are cut into frames of 64 or 256, the frames into partial pages of up to
// 256, and each partial page is sent until the receiver has all of it:
//
//	page    | block 0                  | block 1        | ...
//	block   | FCD 0 | FCD 1 | ... 255  | RCP RCP RCP    then PPS
type ecmTransmitter struct {
	data      []byte
	block     int
	frames    int      // frames of this block
	requested frameSet // still to be sent
	count     int      // of requested
	requests  int      // PPRs since the block began or training was done anew
	least     int      // fewest frames that a PPR at the last training asked for

	retransmitted int // frames of this page sent more than once
	afterReady    state
	busySince     time.Time // the first RNR; zero: the receiver is ready
}

const framesPerBlock = 256

// frameSet is a set of frame numbers, in the form of the FIF of PPR: bit 0 is
// the first bit of the first octet (T.30 Annex A).
type frameSet [framesPerBlock / 8]byte

func (s *frameSet) has(n int) bool { return s[n/8]&(0x80>>(n%8)) != 0 }
func (s *frameSet) add(n int)      { s[n/8] |= 0x80 >> (n % 8) }

const (
	requestsPerTraining = 4 // PPRs before CTC or EOR (T.30 Annex A)
	rcpFrames           = 3 // at the end of a partial page (T.4 Annex A)
)

func (e *Engine) startBlocks() {
	e.tx.ecm = ecmTransmitter{data: e.tx.line().Data}
	e.startBlock()
}

func (e *Engine) startBlock() {
	x := &e.tx.ecm
	size := e.sel.frameSize()
	rest := len(x.data) - x.block*framesPerBlock*size
	x.frames = max(1, min(framesPerBlock, (rest+size-1)/size))
	x.requested, x.requests = frameSet{}, 0
	for n := range x.frames {
		x.requested.add(n)
	}
	x.count, x.least = x.frames, x.frames
	e.sendBlock()
}

// lastBlock says that nothing of the page follows this block.
func (x *ecmTransmitter) lastBlock(size int) bool {
	return (x.block+1)*framesPerBlock*size >= len(x.data)
}

// sendBlock sends the frames that are still missing, and PPS as soon as it is
// known what follows.
func (e *Engine) sendBlock() {
	e.become(sendingBlock{}, 0)
	e.transmit(TransmitPartialPage{
		Pause:         pause,
		Modulation:    e.sel.Modulation,
		ShortTraining: isV17(e.sel.Modulation) && !e.longTrain,
		Frames:        e.tx.ecm.codedFrames(e.sel.frameSize()),
	})
	e.longTrain = false
}

// codedFrames builds the FCD frames that are requested, the last one filled up
// with zeros, and RCP.
func (x *ecmTransmitter) codedFrames(size int) [][]byte {
	frames := make([][]byte, 0, x.count+rcpFrames)
	arena := make([]byte, 0, x.count*(size+4))
	for n := range x.frames {
		if !x.requested.has(n) {
			continue
		}
		begin := len(arena)
		arena = append(arena, address, controlNotFinal, byte(FCD), bits.Reverse8(uint8(n)))
		from := min(len(x.data), (x.block*framesPerBlock+n)*size)
		arena = append(arena, x.data[from:min(len(x.data), from+size)]...)
		arena = append(arena, make([]byte, begin+4+size-len(arena))...)
		frames = append(frames, arena[begin:len(arena):len(arena)])
	}
	for range rcpFrames {
		frames = append(frames, []byte{address, controlNotFinal, byte(RCP)})
	}
	return frames
}

// sendingBlock: a partial page is on its way.
type sendingBlock struct{ sendingPage }

func (sendingBlock) String() string { return "sends a partial page" }

func (sendingBlock) sent(e *Engine) {
	if !e.tx.nextKnown && e.tx.ecm.lastBlock(e.sel.frameSize()) {
		e.become(awaitNextECM{}, maxFetch)
		return
	}
	e.sendPPS()
}

// awaitNextECM: as awaitNext.
type awaitNextECM struct{ awaitNext }

func (awaitNextECM) pageReady(e *Engine) { e.sendPPS() }

// sendPPS sends the partial page signal (T.30 Annex A):
//
//	| PPS | NULL, MPS, EOM or EOP | page mod 256 | block | frames - 1 |
func (e *Engine) sendPPS() {
	x := &e.tx.ecm
	fif := []byte{
		e.blockCommand(),
		bits.Reverse8(uint8(e.tx.pages)),
		bits.Reverse8(uint8(x.block)),
		bits.Reverse8(uint8(x.frames - 1)),
	}
	e.command(awaitBlock{}, e.frames(Frame{FCF: PPS, FIF: fif}))
	e.listen(NoModulation, ContentTCF)
}

// blockCommand is the second field of PPS and EOR; X is as in an FCF.
func (e *Engine) blockCommand() byte {
	if !e.tx.ecm.lastBlock(e.sel.frameSize()) {
		return byte(NULL)
	}
	return e.withX(e.following())
}

func (e *Engine) withX(c FCF) byte {
	if e.receivedDIS {
		return byte(c) | xBit
	}
	return byte(c)
}

// awaitBlock: PPS was sent.
type awaitBlock struct{ idle }

func (awaitBlock) String() string    { return "awaits the confirmation of a partial page" }
func (awaitBlock) noAnswer() Cause   { return CauseNoConfirmation }
func (awaitBlock) expired(e *Engine) { e.again(CauseNoConfirmation) }

func (s awaitBlock) frame(e *Engine, f Frame) {
	if f.FCF != RNR {
		e.tx.ecm.busySince = time.Time{}
	}
	switch f.FCF {
	case MCF, RTP, PIP:
		e.blockConfirmed(f.FCF != MCF)
	case PPR:
		e.framesRequested(f.FIF)
	case RNR:
		e.receiverNotReady(awaitBlock{})
	case RTN, PIN:
		e.pageRejected()
	default:
		e.invalidAnswer(f)
	}
}

func (e *Engine) blockConfirmed(retrain bool) {
	if !e.tx.ecm.lastBlock(e.sel.frameSize()) {
		e.tx.ecm.block++
		e.startBlock()
		return
	}
	e.confirmed()
	e.goOn(retrain)
}

// framesRequested sends again what PPR asks for; after the fourth it trains
// again (CTC), or ends the attempt (EOR) when that is of no use any more.
func (e *Engine) framesRequested(fif []byte) {
	x := &e.tx.ecm
	var asked frameSet
	count := 0
	for n := range x.frames {
		// An FIF cut short says nothing about the rest: send it.
		if n/8 >= len(fif) || fif[n/8]&(0x80>>(n%8)) != 0 {
			asked.add(n)
			count++
		}
	}
	if count > 0 { // none at all is not a request: then all that was asked for last
		x.requested, x.count = asked, count
	}
	x.requests++
	x.retransmitted += x.count
	if x.requests < requestsPerTraining {
		e.sendBlock()
		return
	}
	e.continueOrGiveUp()
}

// continueOrGiveUp stays at the rate as long as each four requests leave fewer
// frames than the four before, and steps down when they do not.
func (e *Engine) continueOrGiveUp() {
	x := &e.tx.ecm
	progress := x.count < x.least && x.count < x.frames/2
	x.least = min(x.least, x.count)
	if !progress && !e.stepDown() {
		e.command(awaitERR{}, e.frames(Frame{FCF: EOR, FIF: []byte{e.blockCommand()}}))
		e.listen(NoModulation, ContentTCF)
		return
	}
	// The receiver reads bits 11 to 14 of these two octets of DCS (T.30 Annex A).
	rate := newBitField()
	rate.setValue(bitRate, 4, rateBits(e.sel.Modulation))
	e.command(awaitCTR{}, e.frames(Frame{FCF: CTC, FIF: rate[:2]}))
	e.listen(NoModulation, ContentTCF)
}

// awaitCTR: CTC was sent.
type awaitCTR struct{ idle }

func (awaitCTR) String() string    { return "awaits CTR" }
func (awaitCTR) noAnswer() Cause   { return CauseNoConfirmation }
func (awaitCTR) expired(e *Engine) { e.again(CauseNoConfirmation) }

func (awaitCTR) frame(e *Engine, f Frame) {
	switch f.FCF {
	case CTR:
		e.noteSelection()
		e.tx.ecm.requests = 0
		e.longTrain = true
		e.sendBlock()
	default:
		e.invalidAnswer(f)
	}
}

// awaitERR: EOR was sent; the page is lost.
type awaitERR struct{ idle }

func (awaitERR) String() string    { return "awaits ERR" }
func (awaitERR) noAnswer() Cause   { return CauseRetransmissions }
func (awaitERR) expired(e *Engine) { e.again(CauseRetransmissions) }

func (awaitERR) frame(e *Engine, f Frame) {
	switch f.FCF {
	case ERR:
		e.finish(CauseRetransmissions)
	case RNR:
		e.receiverNotReady(awaitERR{})
	default:
		e.invalidAnswer(f)
	}
}

// receiverNotReady asks with RR until the receiver is ready, for up to T5
// (T.30 Annex A).
func (e *Engine) receiverNotReady(then state) {
	x := &e.tx.ecm
	switch {
	case x.busySince.IsZero():
		x.busySince = e.now
	case e.now.Sub(x.busySince) >= timeT5:
		e.finish(CauseReceiverBusy)
		return
	}
	x.afterReady = then
	rr := e.frames(Frame{FCF: RR})
	if e.outcome.InternetAware {
		rr.Pause = time.Second // the line no longer slows the question down
	}
	e.command(awaitReady{}, rr)
}

// awaitReady: RR was sent; the answer is RNR again or that of the command before.
type awaitReady struct{ idle }

func (awaitReady) String() string    { return "awaits a receiver that is not ready" }
func (awaitReady) noAnswer() Cause   { return CauseNoConfirmation }
func (awaitReady) expired(e *Engine) { e.again(CauseNoConfirmation) }

func (awaitReady) frame(e *Engine, f Frame) {
	if f.FCF != RNR {
		e.tx.ecm.busySince = time.Time{}
	}
	e.tx.ecm.afterReady.frame(e, f)
}
