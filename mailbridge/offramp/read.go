package offramp

import (
	"errors"
	"io"
	"sync/atomic"

	"github.com/emersion/go-smtp"
)

// memory is how many octets of mails may be on their way in at once, over all
// connections.
const memory = 512 << 20

var errMemory = errors.New("too many large mails at once")

// budget counts down what is left of a resource.
type budget struct{ left atomic.Int64 }

func (b *budget) take(n int64) bool {
	if b.left.Add(-n) < 0 {
		b.left.Add(n)
		return false
	}
	return true
}

// read takes a message in. Its memory is taken from the server's budget piece
// by piece, as octets come, and is given back by release.
func (s *Server) read(r io.Reader) (message []byte, release func(), err error) {
	var taken int64
	release = func() { s.memory.left.Add(taken) }
	limit := s.o.Limits.MessageSize
	for {
		if len(message) == cap(message) {
			more := min(max(int64(len(message)), 64<<10), limit+1)
			if !s.memory.take(more) {
				return nil, release, errMemory
			}
			taken += more
			grown := make([]byte, len(message), int64(len(message))+more)
			copy(grown, message)
			message = grown
		}
		n, err := r.Read(message[len(message):cap(message)])
		message = message[:len(message)+n]
		switch {
		case int64(len(message)) > limit:
			return nil, release, smtp.ErrDataTooLarge
		case err == io.EOF:
			return message, release, nil
		case err != nil:
			return nil, release, err
		}
	}
}
