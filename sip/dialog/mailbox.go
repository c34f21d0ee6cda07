package dialog

import "sync"

// mailbox keeps what a leg has to do in the order in which it came. It has no
// bound of its own: a peer's messages are bounded by its transactions, and a
// program that floods its own leg is wrong anyway.
type mailbox struct {
	mu     sync.Mutex
	todo   []func()
	closed bool
	wake   chan struct{} // capacity 1
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// post adds f; false says that the owner has ended and f is dropped.
func (b *mailbox) post(f func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.todo = append(b.todo, f)
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return true
}

// take waits for what there is to do. Only the owner calls it.
func (b *mailbox) take() []func() {
	for {
		<-b.wake
		b.mu.Lock()
		todo := b.todo
		b.todo = nil
		b.mu.Unlock()
		if len(todo) > 0 {
			return todo
		}
	}
}

// close ends it; it gives what was posted since the last take.
func (b *mailbox) close() []func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return b.todo
}
