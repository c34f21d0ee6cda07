package trunk

import (
	"fmt"
	"slices"
	"strings"
)

// DialPlan says which numbers a trunk is called with, and how they are written.
type DialPlan struct {
	// Strip is taken off the beginning of a number, where it begins so, and
	// Prefix is put before what is left: Strip "+" and Prefix "00" for a
	// provider that knows no plus.
	Strip, Prefix string
	// Allow and Deny are patterns for numbers as they are given, before Strip:
	// "+49*", "+1900???????"; * stands for any digits, ? for one. What matches
	// Deny is not called, and where there is an Allow, what does not match it.
	Allow, Deny []string
	// Emergency numbers are never called. Default: EmergencyNumbers.
	Emergency []string
}

// EmergencyNumbers are those of most of the world: police, fire, ambulance. A
// fax that calls one of them keeps somebody from it who needs it.
var EmergencyNumbers = []string{
	"000", "061", "062", "110", "111", "112", "113", "115", "117", "118", "119", "120", "122",
	"133", "144", "190", "191", "192", "193", "197", "199", "911", "988", "999",
}

// RefusedError is a number that the trunk's dial plan does not let through.
type RefusedError struct{ Number, Why string }

func (e *RefusedError) Error() string { return fmt.Sprintf("%s is not called: %s", e.Number, e.Why) }

// Number gives a number as the trunk is called with it, or a *RefusedError.
func (p DialPlan) Number(number string) (string, error) {
	dialled := number
	if p.Strip != "" {
		dialled = strings.TrimPrefix(dialled, p.Strip)
	}
	dialled = p.Prefix + dialled
	matches := func(pattern string) bool { return matchNumber(pattern, number) }
	switch {
	case p.emergency(number) || p.emergency(dialled) || p.emergency(strings.TrimPrefix(dialled, p.Prefix)):
		return "", &RefusedError{number, "it is an emergency number"}
	case slices.ContainsFunc(p.Deny, matches):
		return "", &RefusedError{number, "the trunk's deny list has it"}
	case len(p.Allow) > 0 && !slices.ContainsFunc(p.Allow, matches):
		return "", &RefusedError{number, "the trunk's allow list does not have it"}
	}
	return dialled, nil
}

// emergency compares the digits alone: "9-1-1" and "+911" reach the same people.
func (p DialPlan) emergency(number string) bool {
	list := p.Emergency
	if list == nil {
		list = EmergencyNumbers
	}
	user, _, _ := strings.Cut(number, ";")
	return slices.Contains(list, digits(user))
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// matchNumber matches a whole number with a pattern of * and ?.
func matchNumber(pattern, number string) bool {
	for i, r := range pattern {
		switch {
		case r == '*':
			rest := pattern[i+1:]
			for n := range len(number) + 1 {
				if matchNumber(rest, number[n:]) {
					return true
				}
			}
			return false
		case number == "" || r != '?' && rune(number[0]) != r:
			return false
		}
		number = number[1:]
	}
	return number == ""
}
