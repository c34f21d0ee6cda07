package onramp

import (
	"fmt"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// Faxes whose call broke off.

// whole is how many pages came to their end.
func whole(r *mailbridge.Received, pages int) int {
	if r.Cut {
		pages--
	}
	return max(pages, 0)
}

// count says how many pages there are.
func count(n int) string {
	switch n {
	case 0:
		return "no page"
	case 1:
		return "1 page"
	}
	return fmt.Sprintf("%d pages", n)
}

// came is what is in the mail: "6 pages and part of page 7".
func came(r *mailbridge.Received, pages int) string {
	n := whole(r, pages)
	switch {
	case r.Cut && n == 0:
		return "part of page 1"
	case r.Cut:
		return fmt.Sprintf("%s and part of page %d", count(n), n+1)
	}
	return count(n)
}

// broke says where the call broke.
func broke(r *mailbridge.Received, pages int) string {
	n := whole(r, pages)
	if r.Cut {
		return fmt.Sprintf("in page %d", n+1)
	}
	return fmt.Sprintf("after page %d", n)
}

// incompleteText is the beginning of the text of such a fax.
func incompleteText(r *mailbridge.Received, pages int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "This fax is INCOMPLETE: %s came, the call broke %s.\n", count(whole(r, pages)), broke(r, pages))
	if s := r.Outcome.Sentence; s != "" {
		fmt.Fprintf(&b, "%s\n", imf.Printable(s))
	}
	if r.Cut {
		fmt.Fprintf(&b, "What had come of page %d is the last page of this mail.\n", whole(r, pages)+1)
	}
	b.WriteString("It may come again: the sending machine was not told that it arrived.\n\n")
	return b.String()
}

// marked makes sure that a subject says so, whatever its template does.
func marked(r *mailbridge.Received, subject string) string {
	if r.Complete || strings.Contains(strings.ToLower(subject), "incomplete") {
		return subject
	}
	return "INCOMPLETE: " + subject
}

// incompleteField is the value of X-Fax-Incomplete, for programs that sort mail.
func incompleteField(r *mailbridge.Received, pages int) string {
	value := fmt.Sprintf("%d pages came; broke %s", whole(r, pages), broke(r, pages))
	if cause := token(r.Outcome.Cause); cause != "" {
		value += "; cause=" + cause
	}
	return value
}
