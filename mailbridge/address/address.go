package address

import (
	"fmt"
	"strings"
)

// PSTN is a fax machine's place in the telephone network.
type PSTN struct {
	Number     string // digits, * and #; with a leading + if Global
	Global     bool   // an international number (RFC 3191 "global-phone")
	Subaddress string // T.33 sub-address: digits, * and #; "" if none
}

// Limits in characters. E.164 has 15 digits; dial strings with prefixes and
// codes may be longer. T.33 sub-addresses fit the 20 of T.30's SUB.
const (
	maxLocal      = 256
	maxNumber     = 32
	maxSubaddress = 20
)

// SyntaxError says why an address names no fax machine, in words for whoever
// wrote it.
type SyntaxError struct {
	Address string
	Why     string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%q is not a fax address: %s", e.Address, e.Why)
}

// Parse reads the local part of a mail address, without quotes: a number or
// "FAX=" and a number (RFC 3191, RFC 3192), then perhaps qualifiers such as
// "/T33S=12". The separators - . ( ) and space between digits are ignored
// (RFC 3191 2: written-sep).
func Parse(local string) (PSTN, error) {
	shown := local
	if len(shown) > 60 {
		shown = shown[:60] + "…"
	}
	fail := func(format string, args ...any) (PSTN, error) {
		return PSTN{}, &SyntaxError{Address: shown, Why: fmt.Sprintf(format, args...)}
	}
	if len(local) > maxLocal {
		return fail("it is longer than %d characters", maxLocal)
	}
	// RFC 3191 2 lets the local part begin with a slash, as X.400 users write.
	head, qualifiers, _ := strings.Cut(strings.TrimPrefix(local, "/"), "/")
	if selector, number, ok := strings.Cut(head, "="); ok {
		if !strings.EqualFold(strings.TrimSpace(selector), "FAX") {
			return fail("the service is %q; only FAX= is known here", selector)
		}
		head = number
	}
	number, global, why := digits(head, true)
	switch {
	case why != "":
		return fail("%s", why)
	case number == "" || number == "+":
		return fail("it has no number; write FAX=+15551234567")
	case len(number) > maxNumber:
		return fail("its number has more than %d digits", maxNumber)
	}
	p := PSTN{Number: number, Global: global}
	for qualifiers != "" {
		var q string
		q, qualifiers, _ = strings.Cut(qualifiers, "/")
		if q == "" {
			continue // the slash at the end, as X.400 users write
		}
		key, value, _ := strings.Cut(q, "=")
		if !strings.EqualFold(strings.TrimSpace(key), "T33S") {
			return fail("%q is not known; a sub-address is written /T33S=12", q)
		}
		sub, _, why := digits(value, false)
		switch {
		case why != "":
			return fail("in its sub-address, %s", why)
		case sub == "":
			return fail("its sub-address is empty")
		case len(sub) > maxSubaddress:
			return fail("its sub-address has more than %d digits", maxSubaddress)
		}
		p.Subaddress = sub
	}
	return p, nil
}

// digits takes separators out. plus says whether a leading + may stand there.
func digits(s string, plus bool) (number string, global bool, why string) {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9', r == '*', r == '#':
			b.WriteRune(r)
		case r == '+' && plus && b.Len() == 0:
			b.WriteRune(r)
			global = true
		case r == '-', r == '.', r == ' ', r == '(', r == ')':
		default:
			return "", false, fmt.Sprintf("%q cannot be dialled", r)
		}
	}
	return b.String(), global, ""
}

// String writes the address as a local part (RFC 3192).
func (p PSTN) String() string {
	s := "FAX=" + p.Number
	if p.Subaddress != "" {
		s += "/T33S=" + p.Subaddress
	}
	return s
}
