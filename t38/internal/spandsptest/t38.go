package spandsptest

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/udptl"
)

// T38 is a program that speaks IFP with us: a terminal, or a gateway with its
// line. Its UDPTL is ours, as libspandsp has none.
type T38 struct {
	*Peer
	Sender udptl.Sender
	Depth  int // of redundancy
	// Repeats says that each datagram is sent as often as libspandsp asks its host
	// to send it; hosts are met that do and that do not.
	Repeats bool

	t    testing.TB
	recv udptl.Receiver
}

// NewT38 makes one of a program that runs.
func NewT38(t testing.TB, p *Peer) *T38 { return &T38{Peer: p, t: t, Depth: 3} }

// Hear gives the program a datagram.
func (p *T38) Hear(now time.Time, datagram []byte) {
	_ = p.recv.Receive(now, datagram)
	p.deliver(now)
}

func (p *T38) deliver(now time.Time) {
	for it, more := p.recv.Next(now); more; it, more = p.recv.Next(now) {
		if it.Missing > 0 {
			continue // the gap in the numbers tells
		}
		p.Write([]byte{'P'})
		p.Number(2, int(it.Seq))
		p.Number(2, len(it.IFP))
		p.Write(it.IFP)
	}
}

// Tick lets 20 ms pass there and sends what the program has said.
func (p *T38) Tick(now time.Time, send func(datagram []byte)) {
	p.deliver(now)
	p.Write([]byte{'T'})
	p.Flush()
	p.Said(send, 'T')
	p.Done = p.ReadNumber(1) != 0
}

// Said sends packets up to the octet that ends what the program says.
func (p *T38) Said(send func(datagram []byte), end int) {
	for {
		switch c := p.ReadNumber(1); c {
		case 'P':
			count := p.ReadNumber(1)
			if !p.Repeats {
				count = 1
			}
			datagram, err := p.Sender.Append(nil, p.Read(p.ReadNumber(2)), p.Depth)
			if err != nil {
				p.t.Fatal(err)
			}
			for range count {
				send(datagram)
			}
		case end:
			return
		default:
			p.t.Fatalf("the peer says %q", rune(c))
		}
	}
}

// Finish ends the terminal's call and takes what it has received.
func (p *T38) Finish() {
	p.Write([]byte{'Q'})
	p.Flush()
	p.Said(func([]byte) {}, 'R') // packets said while it ended
	p.TakeResult()
}
