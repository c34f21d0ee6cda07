package t4

import "fmt"

// MaxWidth is the widest row, in pels, that the codec takes.
const MaxWidth = 1 << 16

// Row is one scan line as its changing elements (T.4 4.2.1.1): the positions,
// counted from 0 and strictly ascending, of the pels whose colour differs from
// that of the pel before. A row starts from white, so the first element is 0
// when the first pel is black, and elements with an even index begin black runs.
//
// There is no sentinel: every element is below the width of the row, the last
// run goes on to the width, and an all-white row is empty.
type Row []int32

// check tells why r is not a row of width pels; nil when it is one.
func (r Row) check(width int) error {
	last := int32(-1)
	for i, x := range r {
		if x <= last || int(x) >= width {
			return fmt.Errorf("t4: element %d of a row is %d: not ascending or not below the width %d", i, x, width)
		}
		last = x
	}
	return nil
}

// line is a Row in the form in which the codec works on it: at[0] is the
// imaginary change before the first pel, at[1:n+1] is the Row, and sentinels
// "just after the last pel" follow (T.4 4.2.1.1), so that looking for b1 and b2
// needs no bounds. An element with an odd index changes white to black.
type line struct {
	at  []int32 // part of buf
	n   int
	buf []int32
}

// sentinels is how many elements after the last, or before the first, are read,
// or written to be written over, without a look at n.
const sentinels = 4

func newLine(width int) *line {
	l := &line{buf: make([]int32, sentinels+1+width+sentinels)}
	l.start()
	l.end(0, width)
	return l
}

// start lets the line begin where it has room for any row.
func (l *line) start() {
	l.at = l.buf[sentinels:]
	l.at[0] = -1
}

// end says that the line has n changing elements.
func (l *line) end(n, width int) {
	l.n = n
	tail := l.at[n+1 : n+1+sentinels]
	for i := range tail {
		tail[i] = int32(width)
	}
}

func (l *line) row() Row { return l.at[1 : l.n+1 : l.n+1] }

// set copies r, which is a row of width pels.
func (l *line) set(r Row, width int) {
	l.start()
	copy(l.at[1:], r)
	l.end(len(r), width)
}
