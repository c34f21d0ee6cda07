package gateway

import (
	"log/slog"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// Result is what a gateway has carried.
type Result struct {
	Line audio.Received // RTP that came
	T38  t38.LegStats   // UDPTL that came, and went
	Fax
	// NextNumber is of the next UDPTL packet: for whoever takes the leg over
	// (t38.Options.FirstNumber).
	NextNumber uint16
}

// Fax is what the two machines have said to each other, as far as a gateway follows
// it.
type Fax struct {
	Modulation t30.Modulation // of the last DCS or CTC; NoModulation: there was none
	ECM        bool
	Trained    int // trainings that were confirmed (CFR)
	Failed     int // and that were not (FTT)
	Pages      int // confirmed, by MCF or RTP
	Repeated   int // page ends that were answered PPR or RTN
	// BadFrames are HDLC frames of a side whose FCS was wrong, and went on as such.
	BadFrames [2]int
	// Held is how often the machine on the line was given flags because an answer
	// was late.
	Held int
	// Left is set when a side said DCN: By is which.
	Left bool
	By   Side

	page bool // the last command ends a page
}

// Confirmed tells whether the two machines have got past the training.
func (f Fax) Confirmed() bool { return f.Trained > 0 || f.Pages > 0 || f.Repeated > 0 }

// frame takes a good frame of the procedure; w is the watch that has seen it.
func (f *Fax) frame(from Side, frame t30.Frame, w *watch) {
	switch frame.FCF {
	case t30.DCS, t30.CTC:
		f.Modulation, f.ECM, f.page = w.selection.Modulation, w.selection.ECM, false
	case t30.CFR:
		f.Trained++
	case t30.FTT:
		f.Failed++
	case t30.MPS, t30.EOM, t30.EOP, t30.PRIMPS, t30.PRIEOM, t30.PRIEOP, t30.PPS, t30.EOR:
		f.page = t30.EndsPage(frame)
	case t30.MCF, t30.RTP, t30.PIP:
		if f.page {
			f.Pages++
		}
		f.page = false // its repetition is of the same page
	case t30.PPR, t30.RTN, t30.PIN:
		f.Repeated++
	case t30.DCN:
		f.Left, f.By = true, from
	}
}

// LogValue implements slog.LogValuer.
func (r Result) LogValue() slog.Value {
	ended := ""
	if r.Left {
		ended = r.By.String()
	}
	return slog.GroupValue(
		slog.Int("pages", r.Pages), slog.Int("rate", r.Modulation.Rate()), slog.Bool("ecm", r.ECM),
		slog.Int("trained", r.Trained), slog.Int("failed", r.Failed), slog.Int("repeated", r.Repeated), slog.Int("held", r.Held),
		slog.Int("bad_frames_line", r.BadFrames[OnLine]), slog.Int("bad_frames_t38", r.BadFrames[OnT38]), slog.String("dcn", ended),
		slog.Int("rtp_packets", r.Line.Packets), slog.Int("rtp_lost", r.Line.Lost),
		slog.Int("t38_packets", r.T38.Datagrams), slog.Int("t38_repaired", r.T38.Repaired), slog.Int("t38_lost", r.T38.Lost), slog.Int("t38_sent", r.T38.Sent),
	)
}

// String names the side.
func (s Side) String() string {
	if s == OnLine {
		return "line"
	}
	return "T.38"
}
