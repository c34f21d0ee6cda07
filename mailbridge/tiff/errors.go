package tiff

import "fmt"

// FormatError says what is wrong with a file, in words for whoever sent it.
type FormatError struct {
	Page int // from 1; 0: the file as a whole
	Why  string
}

func (e *FormatError) Error() string {
	if e.Page == 0 {
		return "the TIFF is damaged: " + e.Why
	}
	return fmt.Sprintf("page %d of the TIFF is damaged: %s", e.Page, e.Why)
}

// UnsupportedError says what a file has that is right but is not read here.
type UnsupportedError struct {
	Page int
	What string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("page %d of the TIFF cannot be faxed: %s", e.Page, e.What)
}

// LimitError says which limit a file exceeds.
type LimitError struct{ What string }

func (e *LimitError) Error() string { return "the TIFF is too large: " + e.What }
