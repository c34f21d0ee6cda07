package render

import "strings"

// unflow joins the lines that format=flowed broke (RFC 3676 4): one that ends in a
// blank goes on in the next, if that is quoted as deep. The signature's separator
// ends in a blank and stands alone.
func unflow(text string, delSp bool) string {
	var b strings.Builder
	joined, depth := false, 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		quote := len(line) - len(strings.TrimLeft(line, ">"))
		line = strings.TrimPrefix(line[quote:], " ") // stuffed (RFC 3676 4.4)
		separator := line == "-- "
		if joined && (quote != depth || separator) {
			b.WriteByte('\n')
			joined = false
		}
		if !joined && quote > 0 {
			b.WriteString(strings.Repeat(">", quote) + " ")
		}
		flows := strings.HasSuffix(line, " ") && !separator
		if flows && delSp {
			line = line[:len(line)-1]
		}
		b.WriteString(line)
		if !flows {
			b.WriteByte('\n')
		}
		joined, depth = flows, quote
	}
	return b.String()
}
