package tiff

import (
	"errors"
	"fmt"
	"strings"
)

// FormatError is what is wrong with a file.
type FormatError struct {
	Page int    // from 1; 0: the file as a whole
	Why  string // goes on with a sentence about the page: "is cut short"
}

func (e *FormatError) Error() string { return e.in("the TIFF") }

func (e *FormatError) in(name string) string { return sentence(e.Page, name, e.Why) }

// UnsupportedError is what a file has that is right but is not read here.
type UnsupportedError struct {
	Page int    // from 1; 0: the file as a whole
	What string // goes on with a sentence: "has JBIG compression"
}

func (e *UnsupportedError) Error() string { return e.in("the TIFF") }

func (e *UnsupportedError) in(name string) string {
	return sentence(e.Page, name, e.What+", which cannot be read here")
}

// LimitError is which limit a file exceeds.
type LimitError struct {
	Page int    // from 1; 0: the file as a whole
	What string // goes on with a sentence: "has more than 1000 pages"
}

func (e *LimitError) Error() string { return e.in("the TIFF") }

func (e *LimitError) in(name string) string { return sentence(e.Page, name, e.What) }

func sentence(page int, name, rest string) string {
	var b strings.Builder
	if page > 0 {
		fmt.Fprintf(&b, "page %d of ", page)
	}
	return b.String() + name + " " + rest
}

// Sentence tells an error of this package to the person who sent the file, by the
// file's name: "page 2 of scan.tif is cut short: its rows from 1201 on are missing".
func Sentence(err error, name string) string {
	var e interface {
		error
		in(name string) string
	}
	if errors.As(err, &e) {
		return e.in(name)
	}
	return fmt.Sprintf("%s cannot be read: %v", name, err)
}
