package address

import "strings"

// Plan completes numbers as people of one country write them to international ones
// (E.164). The zero Plan leaves all as they are.
type Plan struct {
	Country       string // country code: "49"
	International string // what is dialled before a foreign number: "00", "011"
	National      string // what is dialled before an area code: "0"; "" or "1" in North America
	Length        int    // digits of a number that is whole without National, as 10 in North America; 0: none is
}

// Complete gives the international form of a number; one that the plan does not
// cover, such as an extension, stays as it is.
func (p Plan) Complete(number string) string {
	if p.Country == "" || strings.HasPrefix(number, "+") || strings.ContainsAny(number, "*#") {
		return number
	}
	if rest, ok := strings.CutPrefix(number, p.International); ok && p.International != "" && rest != "" {
		return "+" + rest
	}
	rest, ok := strings.CutPrefix(number, p.National)
	switch {
	case p.Length > 0 && len(number) == p.Length && !(ok && p.National != ""):
		return "+" + p.Country + number
	case ok && p.National != "" && rest != "" && (p.Length == 0 || len(rest) == p.Length):
		return "+" + p.Country + rest
	}
	return number
}
