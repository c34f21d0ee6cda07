package t30test

import (
	"errors"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Listener hears what is on the line.
type Listener interface{ Hear(t30.Event) }

// Document is pages to send. Page n begins another document of the same call
// where NewAt says so.
type Document struct {
	Pages []*t4.Page
	NewAt map[int]bool
}

// Terminal is an Engine with a modem that sends over a Line, a document and a
// tray.
type Terminal struct {
	Engine *t30.Engine
	Line   Line // towards Peer
	Peer   Listener
	World  *World

	Document Document
	FetchIn  time.Duration // how long FetchPage takes
	CommitIn time.Duration // how long CommitPage takes
	Broken   bool          // the store fails

	Tray      []*t4.Page // pages committed
	Confirmed []int      // pages confirmed, by number
	Gone      bool       // Disconnect was given
	GoneAt    time.Time

	// Mute: nothing that this terminal sends arrives, not even the end of what it
	// was sending. It hears and believes itself well.
	Mute bool

	// Watch, when not nil, sees every action.
	Watch func(t30.Action)

	signal int // number of the signal being sent
	on     bool
	alarm  time.Time
}

// Call makes an engine and gives it a place in the world. Peer must be set
// before the world runs.
func (w *World) Call(cfg t30.Config, doc Document) *Terminal {
	t := &Terminal{World: w, Document: doc}
	w.At(w.Now(), func() {
		t.Engine = t30.New(cfg, w.Now())
		t.settle()
	})
	return t
}

// Hear gives the engine an event.
func (t *Terminal) Hear(ev t30.Event) {
	if t.Engine == nil {
		return
	}
	t.Engine.Handle(t.World.Now(), ev)
	t.settle()
}

// settle carries actions out and sets the alarm clock.
func (t *Terminal) settle() {
	for {
		a, ok := t.Engine.Next()
		if !ok {
			break
		}
		if t.Watch != nil {
			t.Watch(a)
		}
		t.carryOut(a)
	}
	at := t.Engine.Deadline()
	if at.IsZero() || at.Equal(t.alarm) {
		return
	}
	t.alarm = at
	t.World.At(at, func() {
		if t.alarm.Equal(at) {
			t.alarm = time.Time{}
		}
		t.Engine.Advance(t.World.Now())
		t.settle()
	})
}

func (t *Terminal) carryOut(a t30.Action) {
	switch a := a.(type) {
	case t30.TransmitNothing:
		t.stop()
	case t30.FetchPage:
		t.later(t.FetchIn, t.page(a.N))
	case t30.CommitPage:
		t.World.After(t.CommitIn, func() { t.store(a.Page) })
	case t30.ConfirmPage:
		t.Confirmed = append(t.Confirmed, a.N)
	case t30.Disconnect:
		t.stop()
		t.Gone, t.GoneAt = true, t.World.Now()
	case t30.Listen:
	default:
		t.transmit(a)
	}
}

func (t *Terminal) later(d time.Duration, ev t30.Event) {
	t.World.After(d, func() { t.Hear(ev) })
}

func (t *Terminal) page(n int) t30.Event {
	switch {
	case t.Broken:
		return t30.PageUnavailable{Err: errors.New("the store is broken")}
	case n >= len(t.Document.Pages):
		return t30.PageReady{}
	}
	return t30.PageReady{Page: t.Document.Pages[n], NewDocument: t.Document.NewAt[n]}
}

func (t *Terminal) store(p *t4.Page) {
	if t.Broken {
		t.Hear(t30.PageUnavailable{Err: errors.New("the store is broken")})
		return
	}
	t.Tray = append(t.Tray, p)
	t.Hear(t30.PageCommitted{})
}

// stop ends the signal on the line.
func (t *Terminal) stop() {
	t.signal++
	if t.on {
		t.on = false
		t.World.After(t.Line.Delay, func() { t.reach(t30.CarrierDown{}) })
	}
}

func (t *Terminal) transmit(a t30.Action) {
	t.stop()
	mine := t.signal
	events, takes := t.Line.signal(a)
	for _, h := range events {
		t.World.After(h.after, func() {
			if t.signal != mine {
				return
			}
			switch h.event.(type) {
			case t30.CarrierUp:
				t.on = true
			case t30.CarrierDown:
				t.on = false
			}
			t.World.After(t.Line.Delay, func() { t.reach(h.event) })
		})
	}
	t.World.After(takes, func() {
		if t.signal == mine {
			t.Hear(t30.TransmitDone{})
		}
	})
}

func (t *Terminal) reach(ev t30.Event) {
	if !t.Mute {
		t.Peer.Hear(ev)
	}
}

// Connect joins two terminals.
func Connect(a, b *Terminal) { a.Peer, b.Peer = b, a }

// RunCall lets two terminals talk until both have disconnected. When one has,
// the other is told that the call has ended. It gives false when that takes
// longer than the limit.
func RunCall(w *World, a, b *Terminal, limit time.Duration) bool {
	Connect(a, b)
	told := false
	return w.Run(limit, func() bool {
		if a.Gone != b.Gone && !told {
			told = true
			other := a
			if a.Gone {
				other = b
			}
			w.After(10*time.Millisecond, func() { other.Hear(t30.CallEnded{}) })
		}
		return a.Gone && b.Gone
	})
}
