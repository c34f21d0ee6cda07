package t30_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

var fcfs = []t30.FCF{
	t30.DIS, t30.CSI, t30.NSF, t30.DTC, t30.CIG, t30.PWD, t30.NSC, t30.SEP, t30.PSA, t30.DCS, t30.TSI,
	t30.SUB, t30.SID, t30.CTC, t30.CFR, t30.FTT, t30.CTR, t30.EOM, t30.MPS, t30.EOR, t30.EOP, t30.RR,
	t30.PRIEOM, t30.PRIMPS, t30.PRIEOP, t30.PPS, t30.MCF, t30.RTN, t30.RTP, t30.PIN, t30.PIP, t30.RNR,
	t30.ERR, t30.PPR, t30.FNV, t30.CRP, t30.DCN, t30.FCD, t30.RCP, t30.NULL,
}

// plain are FIFs that lead somewhere.
var plain = map[t30.FCF][][]byte{
	t30.DIS: {{0x00, 0x50, 0x00}, {0x00, 0xF6, 0xF9, 0xC4}, {0x20, 0xCE, 0x79, 0x22}},
	t30.DTC: {{0x00, 0x50, 0x00}, {0x00, 0x76, 0xF9, 0xC4}},
	t30.DCS: {{0x00, 0x50, 0x00}, {0x00, 0x46, 0x1F, 0x22}, {0x00, 0x60, 0x1F, 0x30}},
	t30.PPS: {{0x74, 0, 0, 0x80}, {0x72, 0, 0, 0}, {0, 0, 0, 0xFF}, {0x7C, 0x80, 0, 0}},
	t30.EOR: {{0x74}, {0x72}, {0}, {0x71}},
	t30.CTC: {{0, 0x40}},
	t30.PPR: {make([]byte, 32), {0xFF, 0xFF}, {0x80}},
}

// world drives an engine with whatever comes.
type world struct {
	t        *testing.T
	e        *t30.Engine
	now      time.Time
	sending  bool
	fetching int
	commits  int
	gone     bool
	actions  int
}

func (w *world) settle() {
	for {
		a, ok := w.e.Next()
		if !ok {
			break
		}
		if w.gone {
			w.t.Fatalf("%T after Disconnect", a)
		}
		w.actions++
		switch a := a.(type) {
		case t30.Disconnect:
			w.gone = true
		case t30.FetchPage:
			w.fetching = a.N + 1
		case t30.CommitPage:
			if a.Page == nil || a.Page.Rows == 0 {
				w.t.Fatal("an empty page is committed")
			}
			w.commits++
		case t30.TransmitNothing:
			w.sending = false
		case t30.TransmitFrames:
			if len(a.Frames) == 0 {
				w.t.Fatal("nothing to transmit")
			}
			w.sending = true
		case t30.TransmitTone, t30.TransmitTCF, t30.TransmitImage, t30.TransmitPartialPage:
			w.sending = true
		}
	}
	if w.gone != w.e.Deadline().IsZero() && !w.sending {
		w.t.Fatalf("gone %v, deadline %v: the engine hangs", w.gone, w.e.Deadline())
	}
}

func (w *world) handle(ev t30.Event) {
	w.e.Handle(w.now, ev)
	w.settle()
}

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	w.now = w.now.Add(d)
	w.e.Advance(w.now)
	w.settle()
}

// drain lets a silent peer and a good driver bring the call to its end.
func (w *world) drain() {
	begin := w.now
	for range 10000 {
		if w.gone {
			return
		}
		switch at := w.e.Deadline(); {
		case w.sending:
			if w.pass(time.Second); w.sending {
				w.sending = false
				w.handle(t30.TransmitDone{})
			}
		case w.fetching > 0:
			w.fetching = 0
			w.handle(t30.PageReady{})
		default:
			w.pass(max(0, at.Sub(w.now)))
		}
		if w.now.Sub(begin) > 10*time.Minute {
			break
		}
	}
	w.t.Fatalf("the call goes on %v after the peer fell silent", w.now.Sub(begin))
}

func fuzzConfig(b byte) t30.Config {
	return t30.Config{
		Calling: b&1 != 0, Transmits: b&2 != 0, Receives: b&4 != 0, Toned: b&8 != 0,
		DisableECM: b&16 != 0, InternetAware: b&32 != 0, FrameSize64: b&64 != 0, Ladder: &t30.Ladder{},
	}
}

var fuzzPage = picture(1, 1728, 30, t4.R8x7_7, t4.MMR)

// play turns octets into events, legal and not.
func play(t *testing.T, script []byte) {
	if len(script) == 0 {
		return
	}
	w := &world{t: t, now: time.Unix(0, 0)}
	w.e = t30.New(fuzzConfig(script[0]), w.now)
	w.settle()
	script = script[1:min(len(script), 3000)]
	next := func() byte {
		if len(script) == 0 {
			return 0
		}
		b := script[0]
		script = script[1:]
		return b
	}
	for len(script) > 0 && !w.gone {
		switch op := next(); op % 16 {
		case 0:
			w.handle(t30.ToneHeard{Tone: t30.Tone(next() % 2)})
		case 1, 2:
			w.handle(t30.CarrierUp{Modulation: t30.Modulation(next() % 12)})
		case 3:
			w.handle(t30.TrainingFailed{Modulation: t30.Modulation(next() % 12)})
		case 4:
			w.handle(t30.CarrierDown{})
		case 5: // a frame of any octets
			n := min(int(next()), len(script))
			w.handle(t30.FrameReceived{Octets: script[:n], FCSOK: op&16 != 0})
			script = script[n:]
		case 6, 7, 8, 9: // a frame as it should be, its FIF not always
			f := t30.Frame{FCF: fcfs[int(next())%len(fcfs)], Final: op&16 != 0, X: op&32 != 0}
			if good := plain[f.FCF]; len(good) > 0 && op&64 == 0 {
				f.FIF = good[int(next())%len(good)]
			} else {
				n := min(int(next())%40, len(script))
				f.FIF, script = script[:n], script[n:]
			}
			w.handle(t30.FrameReceived{Octets: f.Octets(), FCSOK: op&128 == 0})
		case 10:
			n := min(int(next())*16, len(script))
			w.handle(t30.DataReceived{Octets: script[:n]})
			if op&16 != 0 {
				w.handle(t30.DataReceived{Octets: make([]byte, 4000)})
			}
		case 11:
			w.handle(t30.DataLost{})
		case 12:
			if w.sending || op&16 != 0 {
				w.sending = false
				w.handle(t30.TransmitDone{})
			}
		case 13:
			w.handle(t30.PageReady{Page: []*t4.Page{fuzzPage, nil, {}, {Width: 1728, Rows: 5}}[next()%4], NewDocument: op&16 != 0})
		case 14:
			w.handle([]t30.Event{t30.PageCommitted{}, t30.PageCommitted{}, t30.PageUnavailable{}}[next()%3])
		case 15:
			w.pass(time.Duration(next()) * 40 * time.Millisecond)
		}
	}
	w.drain()
	o := w.e.Outcome()
	if o.Sentence() == "" || !o.Success && o.Cause == t30.CauseNone {
		t.Fatalf("no outcome: %+v", o)
	}
}

func FuzzEngine(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	for config := range 128 {
		script := make([]byte, 1+r.IntN(400))
		for i := range script {
			script[i] = byte(r.Uint32())
		}
		script[0] = byte(config)
		f.Add(script)
	}
	f.Fuzz(play)
}

// Random sequences of every configuration, always the same ones.
func TestRandomEvents(t *testing.T) {
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 2))
		script := make([]byte, 1+r.IntN(600))
		for i := range script {
			script[i] = byte(r.Uint32())
		}
		play(t, script)
	}
}

func FuzzFrame(f *testing.F) {
	for _, c := range fcfs {
		f.Add(t30.Frame{FCF: c, Final: true, FIF: []byte{0, 0xCE, 0xF9, 0xC5, 1, 1, 1, 0xC0}}.Octets())
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		if t30.DescribeFrame(octets) == "" {
			t.Error("nothing is said about the frame")
		}
		frame, err := t30.ParseFrame(octets)
		if err != nil {
			return
		}
		if got := frame.Octets(); string(got) != string(octets) {
			t.Errorf("% X becomes % X", octets, got)
		}
		t30.ParseCapabilities(frame.FIF)
		if s, err := t30.ParseSelection(frame.FIF); err == nil && (s.Width < 1728 || s.Modulation.Rate() == 0) {
			t.Errorf("%+v", s)
		}
	})
}
