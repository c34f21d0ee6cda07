package gateway

// rows holds the data of a page outside ECM back until its next EOL has come, so
// that a modem that runs out of data does so before an EOL: the zeros that it then
// sends are fill (T.4 4.1.3), and no hole in a row.
//
//	... row ...│000000000001 row, not whole yet
//	 goes on   │ held
//
// The place to stop is a boundary of octets within the EOL's eleven zeros.
type rows struct {
	held  []byte
	zeros int // before the next bit, in a row
	at    int // octets of held that were looked through
}

const (
	zerosOfEOL = 11
	// longestRow is how much is held for a row: more than any has.
	longestRow = 8192
)

// add takes octets and gives those that may go on; they are valid until the next
// call.
func (r *rows) add(octets []byte) []byte {
	r.held = append(r.held, octets...)
	ready := 0
	for ; r.at < len(r.held); r.at++ {
		for bit := 7; bit >= 0; bit-- {
			if r.held[r.at]>>bit&1 == 0 {
				r.zeros++
				continue
			}
			if r.zeros >= zerosOfEOL {
				ready = r.at
			}
			r.zeros = 0
		}
	}
	if len(r.held)-ready > longestRow {
		ready = len(r.held)
	}
	return r.take(ready)
}

// rest gives what is held: nothing comes behind it.
func (r *rows) rest() []byte {
	out := r.take(len(r.held))
	*r = rows{}
	return out
}

func (r *rows) take(n int) []byte {
	out := append([]byte(nil), r.held[:n]...)
	r.held = append(r.held[:0], r.held[n:]...)
	r.at -= n
	return out
}
