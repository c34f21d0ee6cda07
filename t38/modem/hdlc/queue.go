package hdlc

// queue is first in, first out. It keeps its memory, so that a queue that is
// emptied now and then does not allocate for ever.
type queue[T any] struct {
	items []T
	head  int
}

func (q *queue[T]) len() int { return len(q.items) - q.head }

func (q *queue[T]) put(items ...T) {
	if q.head > len(q.items)/2 && len(q.items)+len(items) > cap(q.items) {
		n := copy(q.items, q.items[q.head:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, items...)
}

func (q *queue[T]) take() T {
	item := q.items[q.head]
	q.head++
	if q.head == len(q.items) {
		q.clear()
	}
	return item
}

// first and last point into the queue, until the next put.
func (q *queue[T]) first() *T { return &q.items[q.head] }
func (q *queue[T]) last() *T  { return &q.items[len(q.items)-1] }

func (q *queue[T]) clear() { q.items, q.head = q.items[:0], 0 }
