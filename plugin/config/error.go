package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Error is everything that is wrong with a configuration.
type Error struct{ Mistakes []Mistake }

// Mistake is one wrong thing and where it stands.
type Mistake struct {
	File         string
	Line, Column int
	Summary      string // what is wrong
	Detail       string // what to do about it
	Source       string // the line itself
}

func (m Mistake) String() string {
	s := fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Summary)
	if m.Detail != "" {
		s += ". " + m.Detail
	}
	if m.Source != "" {
		s += "\n\t" + m.Source
	}
	return s
}

// Error lists the mistakes, one after the other, in the order of the file.
func (e *Error) Error() string {
	lines := make([]string, len(e.Mistakes))
	for i, m := range e.Mistakes {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

// inOurWords takes what the decoder says about a function's argument off the reason
// that the function itself gave.
func inOurWords(d *hcl.Diagnostic) Mistake {
	const about = `Invalid value for "name" parameter: `
	why, ours := strings.CutPrefix(d.Detail, about)
	if !ours {
		return Mistake{Summary: strings.TrimSuffix(d.Summary, "."), Detail: d.Detail}
	}
	return Mistake{Summary: strings.TrimSuffix(why, "."), Detail: "The secret is read when the program starts."}
}

func newError(diags hcl.Diagnostics, source []byte) *Error {
	lines := strings.Split(string(source), "\n")
	e := &Error{}
	for _, d := range diags {
		if d.Severity != hcl.DiagError || len(diags) > 1 && strings.Contains(d.Detail, "value must be known") {
			continue // the second is what follows from a function that failed, which is said already
		}
		m := inOurWords(d)
		if d.Subject != nil {
			m.File, m.Line, m.Column = d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column
			if m.Line >= 1 && m.Line <= len(lines) {
				m.Source = strings.TrimSpace(lines[m.Line-1])
			}
		}
		e.Mistakes = append(e.Mistakes, m)
	}
	slices.SortStableFunc(e.Mistakes, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return e
}
