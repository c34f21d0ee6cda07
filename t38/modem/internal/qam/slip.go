package qam

import "github.com/pagebridge/pagebridge/t38/modem/internal/dsp"

// pastBlocks is how many blocks a Receiver can go back: a slip that it notices
// must have been within them.
const pastBlocks = 5

// mending undoes slips: where two clocks of a digital network differ, a sample is
// left out or doubled from time to time. That moves the clock of the symbols by a
// third of one and the carrier by a quarter of a turn, more than any loop can
// follow. But when it is known, one sample more or less puts it right.
//
// The state of the path is kept for the last blocks. When symbols go wrong all at
// once the path goes over these blocks again, with a sample more and with one
// less, and whatever gives good symbols now is kept.
type mending struct {
	paths  [pastBlocks]path
	blocks [pastBlocks][blockLength]int16
	last   int // in both; the oldest is after it
	filled int

	usual   float32 // mean error of a symbol
	sum     float32 // of errors in this block
	symbols int
	judged  int // blocks
}

// begin is called with the first symbol of data.
func (m *mending) begin() { m.filled, m.usual, m.sum, m.symbols, m.judged = 0, 0, 0, 0, 0 }

// forget makes the path of the last blocks useless: symbols of them are lost.
func (m *mending) forget() { m.filled, m.sum, m.symbols = 0, 0, 0 }

// before keeps the path as it is before a block.
func (m *mending) before(p *path, block []int16) {
	m.last = (m.last + 1) % pastBlocks
	m.paths[m.last] = *p
	copy(m.blocks[m.last][:], block)
	m.filled = min(m.filled+1, pastBlocks)
}

// note takes the error of a symbol.
func (m *mending) note(e float32) {
	m.sum += e
	m.symbols++
}

const (
	// bad is how many times the usual error means that something is wrong, and
	// good how many times that it is well.
	bad, good = 2.5, 1.8
	// settling is how many blocks it takes to know the usual error.
	settling = 8
	// suspicious is the least error, as a share of the square of the distance of
	// points, that is worth a thought.
	suspicious = 0.06
)

// mend looks at the symbols of the block and undoes a slip.
func (r *Receiver) mend() {
	m := &r.mending
	if m.symbols == 0 || r.training.Points == nil {
		return
	}
	mean := m.sum / float32(m.symbols)
	m.sum, m.symbols = 0, 0
	if m.judged < settling {
		m.judged++
		m.usual += (mean - m.usual) / float32(m.judged)
		return
	}
	if mean < max(bad*m.usual, r.suspect) {
		m.usual += (mean - m.usual) / 32
		return
	}
	m.usual *= 1.02 // or the line has become worse, for good
	if m.filled < pastBlocks {
		return
	}
	for _, more := range [...]int{-1, 1} {
		p := m.paths[(m.last+1)%pastBlocks]
		if r.again(&p, more) < max(good*m.usual, r.suspect/2) {
			r.path = p
			m.filled = 0
			return
		}
	}
}

// again goes over the last blocks, the first of them with so many samples more,
// and gives the mean error of the last block's symbols.
func (r *Receiver) again(p *path, more int) float32 {
	m := &r.mending
	var sum float32
	n := 0
	for k := range pastBlocks {
		block := m.blocks[(m.last+1+k)%pastBlocks][:]
		if k == 0 && more > 0 {
			p.front.Feed(block[:1])
			sum, n = r.follow(p, sum, n)
		} else if k == 0 && more < 0 {
			block = block[1:]
		}
		if k == pastBlocks-1 {
			sum, n = 0, 0
		}
		p.front.Feed(block)
		sum, n = r.follow(p, sum, n)
	}
	return sum / float32(max(n, 1))
}

// follow takes what the front has, without learning from it, and adds up the
// errors of the symbols.
func (r *Receiver) follow(p *path, sum float32, n int) (float32, int) {
	for {
		x, ok := p.front.Next()
		if !ok {
			return sum, n
		}
		symbol := p.clock(x, r.line.Baud, 0)
		p.equaliser.Put(x)
		if !symbol {
			continue
		}
		sum += nearest(p.carrier.Turned(p.equaliser.Output()), r.training.Points)
		n++
		p.carrier.Coast()
	}
}

// spacing is the square of the least distance of two points.
func spacing(points []dsp.Point) float32 {
	least := float32(1e30)
	for i, p := range points {
		least = min(least, nearest(p, points[:i]))
	}
	return least
}

// nearest is the square of the distance to the nearest point.
func nearest(z dsp.Point, points []dsp.Point) float32 {
	least := float32(1e30)
	for _, p := range points {
		least = min(least, z.Sub(p).Power())
	}
	return least
}
