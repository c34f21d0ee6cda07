package t30

import "time"

// Ladder records what the two terminals said to each other, with times, cheap
// enough to be always on: it keeps octets and decodes them when it is printed.
// It is bounded: beyond its limit only the number of what was left out is kept.
// Like the Engine it belongs to one goroutine. A nil Ladder records nothing.
type Ladder struct {
	entries []ladderEntry
	arena   []byte
	dropped int
}

// Direction is the side from which something came.
type Direction uint8

const (
	Sent     Direction = iota // by this terminal
	Received                  // from the peer
	Noted                     // by neither: what happened here
)

// Kind says what the octets of an entry of the ladder are.
type Kind uint8

const (
	KindFrame          Kind = iota // a control frame, from its address on
	KindBadFrame                   // such a frame with a wrong FCS
	KindTone                       // one octet: Tone
	KindTraining                   // one octet: Modulation
	KindTrainingFailed             // one octet: Modulation
	KindTCF                        // four octets: count, the most significant first
	KindTCFGood                    // none
	KindTCFBad                     // none
	KindImage                      // four octets: count of octets of a page
	KindPartialPage                // four octets: count of FCD frames
	KindText                       // text of a driver, such as the name of an indicator
)

type ladderEntry struct {
	at        time.Time
	offset    uint32
	size      uint16
	cut       bool // the octets were longer
	direction Direction
	kind      Kind
}

const (
	maxLadderEntries = 4096
	maxLadderOctets  = 96 // of one entry: NSF may be long, nobody reads on
)

// Add records something. Drivers may add what they know below the frames, with
// KindText; octets are copied.
func (l *Ladder) Add(at time.Time, d Direction, k Kind, octets []byte) { l.note(at, d, k, octets) }

func (l *Ladder) note(at time.Time, d Direction, k Kind, octets []byte) {
	if l == nil {
		return
	}
	if len(l.entries) >= maxLadderEntries {
		l.dropped++
		return
	}
	n := min(len(octets), maxLadderOctets)
	l.entries = append(l.entries, ladderEntry{
		at: at, offset: uint32(len(l.arena)), size: uint16(n), cut: n < len(octets), direction: d, kind: k,
	})
	l.arena = append(l.arena, octets[:n]...)
}

func (l *Ladder) count(at time.Time, d Direction, k Kind, n int) {
	l.note(at, d, k, []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// ladderTransmit records what is sent.
func (e *Engine) ladderTransmit(a Action) {
	l := e.cfg.Ladder
	if l == nil {
		return
	}
	switch a := a.(type) {
	case TransmitTone:
		l.note(e.now.Add(a.Pause), Sent, KindTone, []byte{byte(a.Tone)})
	case TransmitFrames:
		for _, f := range a.Frames {
			l.note(e.now, Sent, KindFrame, f)
		}
	case TransmitTCF:
		l.note(e.now, Sent, KindTraining, []byte{byte(a.Modulation)})
		l.count(e.now, Sent, KindTCF, a.Octets)
	case TransmitImage:
		l.note(e.now, Sent, KindTraining, []byte{byte(a.Modulation)})
		l.count(e.now, Sent, KindImage, len(a.Octets))
	case TransmitPartialPage:
		l.note(e.now, Sent, KindTraining, []byte{byte(a.Modulation)})
		l.count(e.now, Sent, KindPartialPage, len(a.Frames)-rcpFrames)
	}
}

func (e *Engine) ladderTCF(good bool) {
	k := KindTCFBad
	if good {
		k = KindTCFGood
	}
	e.cfg.Ladder.note(e.now, Received, k, nil)
}

// ladderMessage records, at the end of a fast carrier, what it brought.
func (e *Engine) ladderMessage() {
	if e.sel.ECM {
		e.cfg.Ladder.count(e.now, Received, KindPartialPage, e.rx.ecm.arrived)
		e.rx.ecm.arrived = 0
		return
	}
	e.cfg.Ladder.count(e.now, Received, KindImage, e.rx.octets)
}
