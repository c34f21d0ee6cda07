package t30test

import (
	"container/heap"
	"time"
)

// World is virtual time: what is due, in order. The zero value begins at Start.
type World struct {
	now   time.Time
	queue happenings
	count int // breaks ties: first come, first served
}

// Start is when every World begins.
var Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Now is the time in this world.
func (w *World) Now() time.Time {
	if w.now.IsZero() {
		w.now = Start
	}
	return w.now
}

// Elapsed is how long the world has existed.
func (w *World) Elapsed() time.Duration { return w.Now().Sub(Start) }

// At has f called at a time.
func (w *World) At(at time.Time, f func()) {
	w.count++
	heap.Push(&w.queue, happening{at: at, order: w.count, do: f})
}

// After has f called after d.
func (w *World) After(d time.Duration, f func()) { w.At(w.Now().Add(d), f) }

// Run lets things happen until done says so, nothing is left to happen, or the
// time limit is reached. It gives what done says.
func (w *World) Run(limit time.Duration, done func() bool) bool {
	end := w.Now().Add(limit)
	for !done() {
		if len(w.queue) == 0 || w.queue[0].at.After(end) {
			w.now = end
			return done()
		}
		h := heap.Pop(&w.queue).(happening)
		if h.at.After(w.now) {
			w.now = h.at
		}
		h.do()
	}
	return true
}

type happening struct {
	at    time.Time
	order int
	do    func()
}

type happenings []happening

func (q happenings) Len() int { return len(q) }
func (q happenings) Less(i, j int) bool {
	if !q[i].at.Equal(q[j].at) {
		return q[i].at.Before(q[j].at)
	}
	return q[i].order < q[j].order
}
func (q happenings) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *happenings) Push(x any)   { *q = append(*q, x.(happening)) }
func (q *happenings) Pop() any {
	old := *q
	h := old[len(old)-1]
	*q = old[:len(old)-1]
	return h
}
