package t38

// rowZeros are the zeros that may stand before the one of an EOL without being
// fill: its own eleven (T.4 4.1.2) and those with which the last code word of
// the row ends, of which no table of T.4 has more than three.
const rowZeros = 11 + 3

// withoutFill gives rows of MH or MR without their fill, as T38FaxFillBitRemoval
// wants it, but for up to three bits a row; the last octet is filled up with
// zeros.
func withoutFill(rows []byte) []byte {
	out := make([]byte, 0, len(rows))
	var octet byte
	used, zeros := 0, 0
	put := func(bit byte) {
		octet = octet<<1 | bit
		if used++; used == 8 {
			out, octet, used = append(out, octet), 0, 0
		}
	}
	for _, o := range rows {
		for i := 7; i >= 0; i-- {
			if o>>i&1 == 0 {
				zeros++
				continue
			}
			for range min(zeros, rowZeros) {
				put(0)
			}
			zeros = 0
			put(1)
		}
	}
	for used != 0 {
		put(0)
	}
	return out
}
