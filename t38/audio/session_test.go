package audio

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/internal/terminal"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// world runs two sessions, joined by two links, in virtual time.
type world struct {
	now, began time.Time
	ends       [2]*end
	each       func() // what else happens, if not nil
}

// end is one session with the documents beside it and the link to the other.
type end struct {
	w       *world
	s       *session
	out     *simnet.Link
	source  []*t4.Page
	tray    []*t4.Page
	answers []terminal.Answer
	delay   time.Duration       // of out
	fast    float64             // by so much its clock is
	sent    func(packet []byte) // is told what it sends, if not nil
	said    func(block []int16) // is told what it says, if not nil
}

func (e *end) Send(b []byte) {
	e.out.Send(e.w.now, b)
	if e.sent != nil {
		e.sent(b)
	}
	if e.said != nil {
		e.said(e.s.block)
	}
}

// now is the time by the clock of this end.
func (e *end) now() time.Time {
	passed := e.w.now.Sub(e.w.began)
	return e.w.now.Add(time.Duration(e.fast * float64(passed)))
}

// deadline is that of the session by the clock of the world.
func (e *end) deadline() time.Time {
	if e.fast == 0 {
		return e.s.Deadline()
	}
	passed := e.s.Deadline().Sub(e.w.began)
	return e.w.began.Add(time.Duration(float64(passed)/(1+e.fast)) + time.Microsecond)
}

func (e *end) Fetch(n int) {
	var page *t4.Page
	if n < len(e.source) {
		page = e.source[n]
	}
	e.answers = append(e.answers, terminal.Answer{Event: t30.PageReady{Page: page}})
}

func (e *end) Confirm(int) { e.answers = append(e.answers, terminal.Answer{Confirmed: true}) }

func (e *end) Commit(page *t4.Page) {
	e.tray = append(e.tray, page)
	e.answers = append(e.answers, terminal.Answer{Event: t30.PageCommitted{}})
}

func newWorld(calling, called Options, c simnet.Conditions, doc []*t4.Page) *world {
	w := &world{now: time.Unix(1e9, 0), began: time.Unix(1e9, 0)}
	calling.T30.Calling, calling.T30.Transmits, called.T30.Receives = true, true, true
	for i, o := range []Options{calling, called} {
		c.Seed = c.Seed*2 + uint64(i)
		w.ends[i] = &end{w: w, out: simnet.New(c), delay: c.Delay}
		if i == 0 {
			w.ends[i].source = doc
		}
		w.ends[i].s = newSession(o, w.now, w.ends[i])
	}
	return w
}

// run lets time pass until both ends are done; an end whose peer is gone is told
// two seconds later.
func (w *world) run(t testing.TB) {
	t.Helper()
	stop := w.now.Add(30 * time.Minute)
	var told time.Time
	for !w.ends[0].s.Done() || !w.ends[1].s.Done() {
		w.now = w.next()
		if w.each != nil {
			w.each()
		}
		if w.now.After(stop) {
			t.Fatal("the fax does not end")
		}
		for i, e := range w.ends {
			e.step(t, w.ends[1-i].out)
		}
		if w.ends[0].s.Done() != w.ends[1].s.Done() {
			if told.IsZero() {
				told = w.now.Add(2 * time.Second)
			}
			if !w.now.Before(told) {
				w.ends[0].s.CallEnded(w.ends[0].now())
				w.ends[1].s.CallEnded(w.ends[1].now())
			}
		}
	}
}

func (w *world) next() (next time.Time) {
	earlier := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, e := range w.ends {
		if !e.s.Done() {
			earlier(e.deadline())
		}
		if at, ok := e.out.Next(); ok {
			earlier(at)
		}
		if len(e.answers) > 0 {
			return w.now
		}
	}
	return next
}

func (e *end) step(t testing.TB, in *simnet.Link) {
	for b, ok := in.Receive(e.w.now); ok; b, ok = in.Receive(e.w.now) {
		if !e.s.Done() {
			e.s.Datagram(e.now(), b)
		}
	}
	for len(e.answers) > 0 {
		a := e.answers[0]
		e.answers = e.answers[1:]
		e.s.Answer(e.now(), a)
	}
	if !e.s.Done() && !e.s.Deadline().After(e.now()) {
		if err := e.s.Advance(e.now()); err != nil {
			t.Fatal(err)
		}
	}
}

func testPage(seed uint64, rows int) *t4.Page {
	r := rand.New(rand.NewPCG(seed, 0))
	bits := make([]byte, 216*rows)
	for i := range bits {
		if i/216%10 < 6 && r.IntN(5) == 0 {
			bits[i] = byte(r.IntN(256))
		}
	}
	return t4.FromBitmap(bits, 1728, 216, rows, t4.MMR, t4.R8x7_7)
}

func TestFaxOverAudio(t *testing.T) {
	doc := []*t4.Page{testPage(1, 80), testPage(2, 60)}
	for _, m := range []struct {
		name string
		set  t30.ModemSet // of the called machine; V.29 and V.27ter are the best below V.17
		rate int
	}{
		{"V.17", 0, 14400}, {"V.17", 0, 12000}, {"V.17", 0, 9600}, {"V.17", 0, 7200},
		{"V.29", t30.ModemV29 | t30.ModemV27ter, 9600}, {"V.29", t30.ModemV29 | t30.ModemV27ter, 7200},
		{"V.27ter", t30.ModemV27ter, 4800}, {"V.27ter", t30.ModemV27ter, 2400},
	} {
		for _, ecm := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s-%d/ECM %v", m.name, m.rate, ecm), func(t *testing.T) {
				t.Parallel()
				var a, b t30.Ladder
				from := t30.Config{MaxRate: m.rate, DisableECM: !ecm, Ladder: &a}
				to := t30.Config{Modems: m.set, DisableECM: !ecm, Ladder: &b}
				w := newWorld(Options{T30: from}, Options{T30: to}, simnet.Conditions{Delay: 30 * time.Millisecond}, doc)
				began := w.now
				w.run(t)
				o := w.ends[0].s.driver.Engine.Outcome()
				if !o.Success || o.Rate != m.rate || o.ECM != ecm {
					t.Fatalf("%v (%s), %d bit/s\n%v\n%v", o.Cause, o.Sentence(), o.Rate, &a, &b)
				}
				if err := compare(doc, w.ends[1].tray); err != nil {
					t.Error(err)
				}
				t.Logf("%v", w.now.Sub(began))
			})
		}
	}
}
