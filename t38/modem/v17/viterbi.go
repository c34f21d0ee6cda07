package v17

// branch is a way from one state to another: the encoder was in a state and sent
// a point of a subset, Y2 Y1 Y0.
type branch struct{ from, subset uint8 }

// arrivals are the four branches into each state.
var arrivals = func() (to [8][4]branch) {
	var n [8]int
	for from := range uint8(8) {
		for y := range uint8(4) {
			y1, y2 := y&1, y>>1
			s := trellis(from).next(y1, y2)
			to[s][n[s]] = branch{from, from&1 | y1<<1 | y2<<2}
			n[s]++
		}
	}
	return to
}()

const (
	// depth is how many symbols must follow one before it is decided, stride how
	// many are decided at once.
	depth, stride = 24, 8
	memory        = depth + stride
)

// step is how a state was reached: the point sent, and the state before.
type step struct{ point, from uint8 }

// viterbi follows the most likely way to each state.
type viterbi struct {
	cost  [8]int32 // of the way to each state, less that of the best
	steps [memory][8]step
	at    int // in steps, where the next symbol goes
	best  uint8
}

// start knows nothing of the state.
func (v *viterbi) start() {
	v.cost = [8]int32{}
	v.at, v.best = 0, 0
}

// The lowest bits of costs are free for an index: costs are multiples of 8.
const indexMask = 7

// put takes a symbol, as the nearest points and their distances. It gives the
// point at the end of the best way.
func (v *viterbi) put(points *[8]uint8, distance *[8]int32) uint8 {
	for k := range distance {
		distance[k] <<= 3
	}
	var cost [8]int32
	steps := &v.steps[v.at%memory]
	least := int32(1<<31 - 1)
	for s := range arrivals {
		in := &arrivals[s]
		c := min(
			v.cost[in[0].from&7]+distance[in[0].subset&7],
			v.cost[in[1].from&7]+distance[in[1].subset&7]|1,
			v.cost[in[2].from&7]+distance[in[2].subset&7]|2,
			v.cost[in[3].from&7]+distance[in[3].subset&7]|3,
		)
		b := in[c&3]
		steps[s] = step{points[b.subset&7], b.from}
		c &^= indexMask
		cost[s] = c
		least = min(least, c|int32(s))
	}
	v.best = uint8(least & indexMask)
	least &^= indexMask
	for s := range cost {
		v.cost[s] = cost[s] - least
	}
	v.at++
	return steps[v.best].point
}

// decide gives the oldest points that are not yet decided, and leaves so many of
// the newest.
func (v *viterbi) decide(into *[memory]uint8, undecided, leave int) []uint8 {
	state := v.best
	n := undecided
	for i := 1; i <= n; i++ {
		s := v.steps[(v.at-i)%memory][state&7]
		into[n-i] = s.point
		state = s.from
	}
	return into[:n-leave]
}
