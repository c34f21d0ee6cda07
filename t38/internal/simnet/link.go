// Package simnet is a network that loses, repeats, delays and reorders
// datagrams in virtual time, the same way every time for the same seed.
package simnet

import (
	"container/heap"
	"math/rand/v2"
	"time"
)

// Conditions say how bad a link is. Probabilities are from 0 to 1.
type Conditions struct {
	Seed uint64

	Loss float64 // of each datagram, on average
	// Burst is the mean number of datagrams lost one after the other (a Gilbert
	// model); 0 or 1: losses know nothing of each other.
	Burst float64

	Duplicate float64 // a datagram comes twice
	Reorder   float64 // a datagram is overtaken by those sent in the next 50 ms

	Delay  time.Duration // of every datagram
	Jitter time.Duration // up to so much more, at random
}

// Link is one direction of a network.
type Link struct {
	c     Conditions
	rnd   *rand.Rand
	bad   bool // in a burst of loss
	queue queue
	count int

	Sent, Lost int // datagrams so far
}

// New makes a link with these conditions.
func New(c Conditions) *Link {
	return &Link{c: c, rnd: rand.New(rand.NewPCG(c.Seed, 38))}
}

const overtaken = 50 * time.Millisecond

// Send puts a copy of the datagram on the link at now.
func (l *Link) Send(now time.Time, datagram []byte) {
	l.Sent++
	if l.lost() {
		l.Lost++
		return
	}
	l.carry(now, datagram)
	if l.chance(l.c.Duplicate) {
		l.carry(now, datagram)
	}
}

func (l *Link) carry(now time.Time, datagram []byte) {
	at := now.Add(l.c.Delay)
	if l.c.Jitter > 0 {
		at = at.Add(time.Duration(l.rnd.Int64N(int64(l.c.Jitter))))
	}
	if l.chance(l.c.Reorder) {
		at = at.Add(overtaken)
	}
	l.count++
	heap.Push(&l.queue, flight{at, l.count, append([]byte(nil), datagram...)})
}

func (l *Link) chance(p float64) bool { return p > 0 && l.rnd.Float64() < p }

// lost decides on the next datagram. In the Gilbert model the link is good or
// bad; the chances to change are such that it is bad for Burst datagrams on
// average and for a share Loss of all.
func (l *Link) lost() bool {
	if l.c.Burst <= 1 || l.c.Loss >= 1 {
		return l.chance(l.c.Loss)
	}
	leave := 1 / l.c.Burst
	enter := leave * l.c.Loss / (1 - l.c.Loss)
	if l.bad {
		l.bad = !l.chance(leave)
	} else {
		l.bad = l.chance(enter)
	}
	return l.bad
}

// Next is when the next datagram arrives, false when none is under way.
func (l *Link) Next() (time.Time, bool) {
	if len(l.queue) == 0 {
		return time.Time{}, false
	}
	return l.queue[0].at, true
}

// Receive gives the next datagram that has arrived by now.
func (l *Link) Receive(now time.Time) ([]byte, bool) {
	if at, ok := l.Next(); !ok || at.After(now) {
		return nil, false
	}
	return heap.Pop(&l.queue).(flight).datagram, true
}

type flight struct {
	at       time.Time
	count    int // keeps order among those that arrive at the same time
	datagram []byte
}

type queue []flight

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if !q[i].at.Equal(q[j].at) {
		return q[i].at.Before(q[j].at)
	}
	return q[i].count < q[j].count
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(flight)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	f := (*q)[last]
	*q = (*q)[:last]
	return f
}
