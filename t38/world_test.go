package t38

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/internal/terminal"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// world runs two sessions, joined by two links, in virtual time.
type world struct {
	now  time.Time
	ends [2]*end
}

// end is one session with the documents beside it and the link to the other.
type end struct {
	w       *world
	s       *session
	out     *simnet.Link
	source  []*t4.Page
	tray    []*t4.Page
	storing time.Duration // how long the store takes over each request
	pending []request
	sent    [][]byte // datagrams, when kept
	keep    bool
	quirk   func(datagram []byte) [][]byte // what goes out in its place; nil: itself
}

type request struct {
	at     time.Time
	answer func()
}

func (e *end) Send(b []byte) {
	if e.keep {
		e.sent = append(e.sent, append([]byte(nil), b...))
	}
	if e.quirk == nil {
		e.out.Send(e.w.now, b)
		return
	}
	for _, d := range e.quirk(b) {
		e.out.Send(e.w.now, d)
	}
}

// count gives how many of the new packets in the datagrams kept are so.
func (e *end) count(t testing.TB, so func(*ifp.Packet) bool) (n int) {
	t.Helper()
	seen := map[uint16]bool{}
	for _, d := range e.sent {
		var u udptl.Packet
		var p ifp.Packet
		if err := u.Parse(d); err != nil {
			t.Fatal(err)
		}
		if seen[u.Seq] {
			continue
		}
		seen[u.Seq] = true
		if err := p.Parse(u.Primary, e.s.rx.syntax); err != nil {
			t.Fatal(err)
		}
		if so(&p) {
			n++
		}
	}
	return n
}

func (e *end) later(answer func()) {
	e.pending = append(e.pending, request{e.w.now.Add(e.storing), answer})
}

func (e *end) Fetch(n int) {
	e.later(func() {
		var page *t4.Page
		if n < len(e.source) {
			page = e.source[n]
		}
		e.s.Answer(e.w.now, terminal.Answer{Event: t30.PageReady{Page: page}})
	})
}

func (e *end) Confirm(int) { e.later(func() { e.s.Answer(e.w.now, terminal.Answer{Confirmed: true}) }) }

func (e *end) Commit(page *t4.Page) {
	e.later(func() {
		e.tray = append(e.tray, page)
		e.s.Answer(e.w.now, terminal.Answer{Event: t30.PageCommitted{}})
	})
}

// newWorld makes a calling and an answering end.
func newWorld(calling, called Options, c simnet.Conditions) *world {
	w := &world{now: time.Unix(1e9, 0)}
	calling.T30.Calling = true
	for i, o := range []Options{calling, called} {
		c.Seed = c.Seed*2 + uint64(i)
		w.ends[i] = &end{w: w, out: simnet.New(c)}
		if os.Getenv("T38_DEBUG") != "" {
			o.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("end", i)
		}
		w.ends[i].s = newSession(o, w.now, w.ends[i])
	}
	return w
}

// longest is how long a fax may take in virtual time before a test gives it up.
const longest = 30 * time.Minute

// run lets time pass until both ends are done.
func (w *world) run(t testing.TB) {
	t.Helper()
	stop := w.now.Add(longest)
	for !w.ends[0].s.Done() || !w.ends[1].s.Done() {
		next := w.next()
		if next.IsZero() || next.After(stop) {
			t.Fatalf("the fax does not end: %v", next)
		}
		if next.After(w.now) {
			w.now = next
		}
		for i, e := range w.ends {
			e.step(w.ends[1-i].out)
		}
	}
}

func (w *world) next() (next time.Time) {
	for _, e := range w.ends {
		if !e.s.Done() {
			next = earliest(next, e.s.Deadline())
		}
		if at, ok := e.out.Next(); ok {
			next = earliest(next, at)
		}
		for _, r := range e.pending {
			next = earliest(next, r.at)
		}
	}
	return next
}

func (e *end) step(in *simnet.Link) {
	for b, ok := in.Receive(e.w.now); ok; b, ok = in.Receive(e.w.now) {
		if !e.s.Done() {
			e.s.Datagram(e.w.now, b)
		}
	}
	for i := 0; i < len(e.pending); i++ {
		if r := e.pending[i]; !r.at.After(e.w.now) {
			e.pending = append(e.pending[:i], e.pending[i+1:]...)
			r.answer()
			i = -1
		}
	}
	if d := e.s.Deadline(); !e.s.Done() && !d.IsZero() && !d.After(e.w.now) {
		_ = e.s.Advance(e.w.now)
	}
}

// testPage makes a page like text: rows of words, and rows between them.
func testPage(seed uint64, rows int, coding t4.Coding, res t4.Resolution) *t4.Page {
	const width, stride = 1728, 1728 / 8
	rnd := rand.New(rand.NewPCG(seed, 4))
	bits := make([]byte, stride*rows)
	for y := range rows {
		row := bits[y*stride : (y+1)*stride]
		switch {
		case y%40 < 14: // between lines of text
		case y%5 == 0:
			for x := 10; x < 200; x += 1 + rnd.IntN(6) {
				row[x] = byte(rnd.IntN(256)) | 0x18
			}
		default:
			copy(row, bits[(y-1)*stride:])
			row[10+rnd.IntN(190)] ^= 1 << rnd.IntN(8)
		}
	}
	return t4.FromBitmap(bits, width, stride, rows, coding, res)
}

func testDocument(pages, rows int) (doc []*t4.Page) {
	for n := range pages {
		doc = append(doc, testPage(uint64(n), rows, t4.MMR, t4.R8x7_7))
	}
	return doc
}

// differ says how two documents differ, "" when every pel is equal.
func differ(want, got []*t4.Page) string {
	if len(want) != len(got) {
		return fmt.Sprintf("%d pages, want %d", len(got), len(want))
	}
	for n := range want {
		a, _, err := want[n].Bitmap()
		if err != nil {
			return fmt.Sprintf("page %d to send: %v", n, err)
		}
		b, _, err := got[n].Bitmap()
		if err != nil {
			return fmt.Sprintf("page %d received: %v", n, err)
		}
		if !bytes.Equal(a, b) || want[n].Rows != got[n].Rows {
			return fmt.Sprintf("page %d differs (%d rows, want %d, %d bad)", n, got[n].Rows, want[n].Rows, got[n].BadRows)
		}
	}
	return ""
}

// fax sends the document from the calling end to the called one and gives both
// outcomes.
func (w *world) fax(t testing.TB, doc []*t4.Page) (calling, called t30.Outcome) {
	t.Helper()
	w.ends[0].source = doc
	w.run(t)
	return w.ends[0].s.driver.Engine.Outcome(), w.ends[1].s.driver.Engine.Outcome()
}

func mustFax(t *testing.T, w *world, doc []*t4.Page) {
	t.Helper()
	began := w.now
	calling, called := w.fax(t, doc)
	if !calling.Success || !called.Success {
		t.Fatalf("calling: %s (%v); called: %s (%v)\n%s", calling.Sentence(), calling.Cause, called.Sentence(), called.Cause, w.ladder())
	}
	if d := differ(doc, w.ends[1].tray); d != "" {
		t.Fatalf("%s\n%s", d, w.ladder())
	}
	t.Logf("%v, %d bit/s, ECM %v, %v, %d and %d datagrams", w.now.Sub(began).Round(100*time.Millisecond),
		calling.Rate, calling.ECM, calling.Coding, w.ends[0].out.Sent, w.ends[1].out.Sent)
}

func (w *world) ladder() string {
	var s strings.Builder
	for _, e := range w.ends {
		if l := e.s.o.T30.Ladder; l != nil {
			s.WriteString(l.String())
		}
	}
	return s.String()
}

func options(o Options) (calling, called Options) {
	calling, called = o, o
	calling.T30.Transmits, calling.T30.LocalID, calling.T30.Ladder = true, "111", new(t30.Ladder)
	called.T30.Receives, called.T30.LocalID, called.T30.Ladder = true, "222", new(t30.Ladder)
	return calling, called
}
