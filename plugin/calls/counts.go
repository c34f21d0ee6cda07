package calls

import "maps"

// Counts is how many faxes an exchange has carried since it was made.
type Counts struct {
	Up    int             // legs that are up; a call that goes through has two
	Faxes map[FaxKind]int // calls for a fax that have ended
	Pages map[FaxKind]int // that were confirmed on them
}

// FaxKind tells calls for a fax apart.
type FaxKind struct {
	Outgoing  bool
	Over      string // "T.38", "G.711"; "" when no fax began
	Delivered bool
}

// Counts tells them.
func (x *Exchange) Counts() Counts {
	x.mu.Lock()
	defer x.mu.Unlock()
	return Counts{Up: len(x.calls), Faxes: maps.Clone(x.faxes), Pages: maps.Clone(x.pages)}
}

// count adds a call that has ended.
func (x *Exchange) count(c *call) {
	kind := FaxKind{Outgoing: c.calling, Over: c.over, Delivered: c.result.Delivered}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.faxes[kind]++
	x.pages[kind] += c.result.Pages
}
