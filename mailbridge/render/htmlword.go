package render

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// noMargin is the style of paragraphs that follow each other without an empty line,
// when all blanks are taken out of it.
var noMargin = regexp.MustCompile(`(^|;)margin:0(cm|in|px|pt)?(0(cm|in|px|pt)?)*(;|$)`)

// paragraph writes a paragraph with an empty line before and after it. Those of Word
// have none: there every line of an address is one, and an empty line is a paragraph
// too.
func (w *htmlWriter) paragraph(n *html.Node) {
	class := attr(n, "class")
	style := strings.ReplaceAll(strings.ToLower(attr(n, "style")), " ", "")
	mark, ok := wordMark(n, 0)
	switch {
	case ok:
		level := 1
		if m := wordLevel.FindStringSubmatch(style); m != nil {
			level, _ = strconv.Atoi(m[1])
		}
		mark = strings.Repeat("    ", level-1) + "  " + mark + " "
		w.within(mark, strings.Repeat(" ", textWidth(mark)), n)
	case strings.HasPrefix(class, "Mso") || noMargin.MatchString(style):
		w.block(func() { w.children(n) })
	default:
		w.emptyLine()
		w.block(func() { w.children(n) })
		w.emptyLine()
	}
}

// wordLevel is how deep a list of Word is in others, in the style of a paragraph.
var wordLevel = regexp.MustCompile(`mso-list:[^;]*level([1-9])`)

// wordMark is the mark of an item of a list, which Word writes into the text beside
// saying that programs that know lists shall ignore it.
func wordMark(n *html.Node, depth int) (string, bool) {
	for c := n.FirstChild; c != nil && depth < 5; c = c.NextSibling {
		if c.DataAtom == atom.Span && ignoredByLists(c) {
			mark := strings.TrimSpace(strings.ReplaceAll(textOf(c), "\u00A0", " "))
			if mark == "·" || mark == "o" || mark == "§" || mark == "\uF0B7" || mark == "" {
				mark = "•" // letters of the fonts Symbol, Courier and Wingdings
			}
			return mark, textWidth(mark) < columns/4
		}
		if mark, ok := wordMark(c, depth+1); ok {
			return mark, ok
		}
	}
	return "", false
}

func ignoredByLists(n *html.Node) bool {
	return strings.Contains(strings.ReplaceAll(strings.ToLower(attr(n, "style")), " ", ""), "mso-list:ignore")
}
