package render

import (
	"html"
	"regexp"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// enriched lays out a part of text/enriched (RFC 1896), by way of HTML that says the
// same.
func (s *sheets) enriched(name string, p *mailbridge.Part) error {
	text, err := decodeText(name, p)
	if err != nil {
		return err
	}
	return s.lay(name, p, htmlText(enrichedHTML(text)))
}

// enrichedToken is a command, a quoted "<", or the line ends between words.
var enrichedToken = regexp.MustCompile(`<<|</?[A-Za-z0-9-]{1,60}>|\n+`)

// enrichedHTML writes text/enriched as HTML: a line end is a blank, and of several
// one is left out (RFC 1896, "Formatting"), but not between nofill and its end.
func enrichedHTML(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	var b strings.Builder
	nofill, params := 0, 0
	words := func(s string) {
		if params == 0 {
			b.WriteString(html.EscapeString(s))
		}
	}
	for text != "" {
		at := enrichedToken.FindStringIndex(text)
		if at == nil {
			break
		}
		words(text[:at[0]])
		token := text[at[0]:at[1]]
		text = text[at[1]:]
		switch {
		case token == "<<":
			words("<")
		case token[0] == '\n' && nofill > 0:
			words(token)
		case token[0] == '\n':
			words(" ")
			b.WriteString(strings.Repeat("<br>", len(token)-1))
		default:
			command := strings.ToLower(strings.Trim(token, "</>"))
			step := 1
			if token[1] == '/' {
				step = -1
			}
			switch command {
			case "param":
				params = max(params+step, 0)
			case "nofill":
				nofill = max(nofill+step, 0)
			}
			b.WriteString(enrichedTags[command][(1-step)/2])
		}
	}
	words(text)
	return b.String()
}

// enrichedTags are the commands that are seen in black letters of one size, as HTML:
// their beginning and their end.
var enrichedTags = map[string][2]string{
	"nofill":     {"<pre>", "</pre>"},
	"excerpt":    {"<blockquote>", "</blockquote>"},
	"indent":     {"<dd>", "</dd>"},
	"center":     {"<div>", "</div>"},
	"flushleft":  {"<div>", "</div>"},
	"flushright": {"<div>", "</div>"},
	"flushboth":  {"<div>", "</div>"},
}
