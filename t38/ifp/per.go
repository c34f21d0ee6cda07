package ifp

import "errors"

// Errors of Parse and Append.
var (
	ErrCut      = errors.New("ifp: packet is cut short")
	ErrTrailing = errors.New("ifp: octets after the end of the packet")
	ErrFields   = errors.New("ifp: too many fields")
	ErrLength   = errors.New("ifp: length that no packet has")
	ErrSyntax   = errors.New("ifp: value that this syntax cannot express")
)

// bitReader reads aligned PER. After an error all further reads give zero.
type bitReader struct {
	b   []byte
	pos int // in bits
	err error
}

func (r *bitReader) bits(n int) int {
	if r.err != nil || r.pos+n > 8*len(r.b) {
		r.fail(ErrCut)
		return 0
	}
	v := 0
	for ; n > 0; n-- {
		v = v<<1 | int(r.b[r.pos>>3]>>(7-r.pos&7))&1
		r.pos++
	}
	return v
}

func (r *bitReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *bitReader) align() { r.pos = (r.pos + 7) &^ 7 }

func (r *bitReader) octets(n int) []byte {
	r.align()
	at := r.pos >> 3
	if r.err != nil || n > len(r.b)-at {
		r.fail(ErrCut)
		return nil
	}
	r.pos += 8 * n
	return r.b[at : at+n : at+n]
}

// length reads an unconstrained length determinant (X.691 10.9.3.5 to 10.9.3.8)
// but for the fragmented form, which begins at 16K and fits no datagram.
func (r *bitReader) length() int {
	r.align()
	switch first := r.bits(8); {
	case first < 0x80:
		return first
	case first < 0xC0:
		return first&0x3F<<8 | r.bits(8)
	}
	r.fail(ErrLength)
	return 0
}

// enumerated reads an ENUMERATED with root values before its extension marker
// (X.691 13): one bit says on which side the value is. Numbers too large for
// the caller's type come as 255, which is none that anybody knows.
func (r *bitReader) enumerated(root, rootBits int) uint8 {
	if r.bits(1) == 0 {
		return uint8(r.bits(rootBits))
	}
	v := 0
	if r.bits(1) == 0 { // normally small number (X.691 10.6)
		v = r.bits(6)
	} else {
		for _, o := range r.octets(r.length()) {
			v = min(v<<8|int(o), 255)
		}
	}
	return uint8(min(root+v, 255))
}

// bitWriter appends aligned PER to b. used counts the bits taken of its last
// octet, 0 when b ends on an octet boundary.
type bitWriter struct {
	b    []byte
	used int
}

func (w *bitWriter) bits(v, n int) {
	for n--; n >= 0; n-- {
		if w.used == 0 {
			w.b = append(w.b, 0)
		}
		w.b[len(w.b)-1] |= byte(v>>n&1) << (7 - w.used)
		w.used = (w.used + 1) & 7
	}
}

func (w *bitWriter) align() { w.used = 0 }

func (w *bitWriter) length(n int) {
	w.align()
	if n < 0x80 {
		w.bits(n, 8)
	} else {
		w.bits(0x8000|n, 16)
	}
}

func (w *bitWriter) enumerated(v uint8, root, rootBits int) error {
	if int(v) < root {
		w.bits(int(v), 1+rootBits)
		return nil
	}
	if int(v)-root > 63 {
		return ErrSyntax
	}
	w.bits(1, 1)
	w.bits(int(v)-root, 1+6) // normally small number (X.691 10.6)
	return nil
}
