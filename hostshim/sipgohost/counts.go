package sipgohost

import "maps"

// Counts is what a Host has done since it was made.
type Counts struct {
	Up      map[string]int   // calls that are up, by trunk; a bridged one counts where it came from
	Ended   map[CallKind]int // calls that have ended
	Refused map[string]int   // INVITEs that were refused before anyone was asked, by reason
	Legs    int              // of the SIP stack, those that are being ended included
}

// CallKind tells calls apart.
type CallKind struct {
	Trunk    string
	Outgoing bool
	Outcome  Outcome
}

// Outcome is what became of a call.
type Outcome string

// Calls end as one of these.
const (
	Faxed    Outcome = "plugin"   // the plugin had it
	Bridged  Outcome = "bridged"  // it was routed as if there were no plugin
	Declined Outcome = "declined" // the plugin answered it with a refusal
	Failed   Outcome = "failed"   // the plugin was not there, or the caller did not wait for it
)

// The reasons of Counts.Refused.
const (
	unknownAddress = "unknown address"
	trunkFull      = "trunk full"
	notServing     = "not serving"
)

// Counts tells them.
func (h *Host) Counts() Counts {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := Counts{Up: map[string]int{}, Ended: maps.Clone(h.ended), Refused: maps.Clone(h.refused), Legs: h.stack.Legs()}
	for _, name := range h.trunks.Load().Names() {
		c.Up[name] = 0
	}
	for _, call := range h.calls {
		c.Up[call.trunk]++
	}
	return c
}

// becomes notes what became of a call.
func (h *Host) becomes(c *call, o Outcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.outcome = o
}

func (h *Host) countRefusal(why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refused[why]++
}
