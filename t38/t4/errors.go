package t4

import (
	"errors"
	"fmt"
)

// Reason says what is wrong with a row.
type Reason uint8

const (
	Good         Reason = iota
	BadCode             // bits that are no code word
	TooLong             // runs that go beyond the width
	TooShort            // an EOL before the width is reached
	Backward            // a changing element that is not right of the one before
	NoEOL               // the width is reached, but no EOL follows
	NoReference         // a two-dimensional row whose reference line was bad
	CutOff              // the data ends within the row
	Uncompressed        // uncompressed mode begins: it is not supported
	Extension           // an extension begins that is not in T.4
	Hole                // the row is as long as it must be, but data is lost within it
)

func (r Reason) String() string {
	switch r {
	case Good:
		return "good"
	case BadCode:
		return "bits that are no code word"
	case TooLong:
		return "runs longer than the row"
	case TooShort:
		return "an EOL before the end of the row"
	case Backward:
		return "a changing element that is not right of the one before"
	case NoEOL:
		return "no EOL after the row"
	case NoReference:
		return "the reference row was bad"
	case CutOff:
		return "the data ends within the row"
	case Uncompressed:
		return "uncompressed mode is not supported"
	case Extension:
		return "an unknown extension code"
	case Hole:
		return "data is lost within the row"
	}
	return fmt.Sprintf("Reason(%d)", uint8(r))
}

// RowError is a bad row at which decoding stopped.
type RowError struct {
	Row    int // counted from 0
	Bit    int // where the row begins in the data, in bits
	Reason Reason
}

func (e *RowError) Error() string {
	return fmt.Sprintf("t4: row %d (at bit %d): %v", e.Row, e.Bit, e.Reason)
}

// Is makes errors.Is(err, ErrUncompressed) true for a row in uncompressed mode.
func (e *RowError) Is(target error) bool {
	return target == ErrUncompressed && e.Reason == Uncompressed
}

var (
	// ErrWidth is the error of a width below 1 or above MaxWidth.
	ErrWidth = errors.New("t4: the width of a row is not between 1 and 65536 pels")
	// ErrTooLong is the error of a page with more rows than its limit.
	ErrTooLong = errors.New("t4: the page has more rows than the limit")
	// ErrUncompressed is the error of data that uses uncompressed mode, the
	// extension of T.4 and T.6 that T.30 has machines negotiate.
	ErrUncompressed = errors.New("t4: uncompressed mode is not supported")
)
