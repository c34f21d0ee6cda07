package gateway

import "github.com/pagebridge/pagebridge/t38/t30"

// Side is one of the two sides of a gateway.
type Side uint8

const (
	OnLine Side = iota // the fax machine on the telephone line
	OnT38              // the peer across the network
)

func (s Side) other() Side { return 1 - s }

// Expected is the fast signal that the machine on the line may send next; the
// zero value is none: V.21 only.
type Expected struct {
	Modulation t30.Modulation
	Content    t30.Content
	Short      bool // V.17: its short training
}

// watch follows the procedure as far as it tells what comes next on the line.
type watch struct {
	selection t30.Selection // of the last DCS
	sender    Side          // of the document: who sent that DCS
	selected  bool

	expected Expected
}

// frame takes a good control frame that from has said.
func (w *watch) frame(from Side, f t30.Frame) {
	switch f.FCF {
	case t30.DCS:
		w.selected, w.sender = false, from
		w.expected = Expected{}
		if s, err := t30.ParseSelection(f.FIF); err == nil {
			w.selection, w.selected = s, true
			w.expect(t30.ContentTCF, false)
		}
	case t30.CTC:
		if m, ok := t30.ContinueRate(f.FIF); ok {
			w.selection.Modulation = m
		}
	case t30.CFR, t30.MCF, t30.PPR, t30.ERR:
		w.expect(w.content(), true)
	case t30.CTR:
		// After CTC the training is long again (T.30 Annex A).
		w.expect(w.content(), false)
	case t30.FTT, t30.RTN, t30.RTP, t30.DIS, t30.DTC, t30.DCN:
		w.expected = Expected{} // a DCS comes before anything fast
	}
}

func (w *watch) content() t30.Content {
	if w.selection.ECM {
		return t30.ContentECM
	}
	return t30.ContentImage
}

// expect arms the line for what its machine may send, if it is the sender.
func (w *watch) expect(c t30.Content, short bool) {
	w.expected = Expected{}
	if w.selected && w.sender == OnLine {
		w.expected = Expected{Modulation: w.selection.Modulation, Content: c, Short: short && w.selection.Modulation >= t30.V17_7200}
	}
}
