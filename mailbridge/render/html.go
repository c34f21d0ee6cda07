package render

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/htmlindex"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// html lays out a part of HTML as text: what it says, in its order, with its lists
// and tables. Fonts, colours and pictures from the net are not looked at.
func (s *sheets) html(name string, p *mailbridge.Part) error {
	part := *p
	if htmlindexed, _ := htmlindex.Get(part.Charset); htmlindexed == nil {
		// What the mail does not say the file may, in a meta element.
		_, part.Charset, _ = charset.DetermineEncoding(part.Body[:min(len(part.Body), 1024)], "")
	}
	markup, err := decodeText(name, &part)
	if err != nil {
		return err
	}
	return s.lay(name, p, htmlText(markup))
}

// htmlText is what a browser without graphics shows.
func htmlText(markup string) string {
	root, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		return strippedHTML(markup)
	}
	w := &htmlWriter{}
	w.children(root)
	w.endLine()
	return strings.Trim(w.out.String(), "\n")
}

// strippedHTML is for what the parser does not take, such as elements nested by the
// hundred: the text without the markup.
func strippedHTML(markup string) string {
	var b bytes.Buffer
	for z := html.NewTokenizer(strings.NewReader(markup)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.Write(z.Text())
		case html.StartTagToken:
			b.WriteByte(' ')
		}
	}
}

// htmlWriter writes the text of elements, line by line.
type htmlWriter struct {
	out    strings.Builder
	line   strings.Builder
	space  bool   // a blank is due before the next word
	blank  bool   // the last line that was written is empty
	pre    int    // elements around that keep blanks and line ends
	indent string // before each line
	mark   string // before the next line only, in place of as much of indent
	depth  int
	table  int // tables around
}

// maxHTMLDepth is how deep elements may be in each other; the parser has a limit of
// its own that is near.
const maxHTMLDepth = 600

func (w *htmlWriter) children(n *html.Node) {
	if w.depth++; w.depth < maxHTMLDepth {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			w.node(c)
		}
	}
	w.depth--
}

func (w *htmlWriter) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		w.text(n.Data)
	case html.DocumentNode:
		w.children(n)
	case html.ElementNode:
		w.element(n)
	}
}

func (w *htmlWriter) element(n *html.Node) {
	if hidden(n) {
		return
	}
	switch n.DataAtom {
	case atom.Head, atom.Style, atom.Script, atom.Template, atom.Noscript, atom.Object, atom.Svg:
	case atom.Br:
		w.newLine()
	case atom.Hr:
		w.block(func() { w.text(strings.Repeat("─", columns/2)) })
	case atom.Img:
		if alt := strings.TrimSpace(attr(n, "alt")); alt != "" {
			w.text(" [" + alt + "] ")
		}
	case atom.A:
		w.link(n)
	case atom.P:
		w.paragraph(n)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dl, atom.Figure:
		w.emptyLine()
		w.block(func() { w.children(n) })
		w.emptyLine()
	case atom.Pre, atom.Textarea:
		w.pre++
		w.block(func() { w.children(n) })
		w.pre--
	case atom.Blockquote:
		w.within("> ", "> ", n)
	case atom.Dd:
		w.within("    ", "    ", n)
	case atom.Ul, atom.Ol:
		w.list(n)
	case atom.Table:
		w.tableElement(n)
	case atom.Td, atom.Th:
		w.children(n)
		w.space = true
	case atom.Div, atom.Tr, atom.Li, atom.Dt, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Address,
		atom.Center, atom.Form, atom.Caption, atom.Body, atom.Main, atom.Nav, atom.Aside, atom.Fieldset, atom.Figcaption:
		w.block(func() { w.children(n) })
	default:
		w.children(n)
	}
}

// hidden says that an element is not to be seen: mail has such texts for the
// previews of mail programs.
func hidden(n *html.Node) bool {
	style := strings.ReplaceAll(strings.ToLower(attr(n, "style")), " ", "")
	for _, a := range n.Attr {
		if a.Key == "hidden" {
			return true
		}
	}
	return strings.Contains(style, "mso-list:ignore") || strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") || strings.Contains(style, "mso-hide:all")
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// link writes where a link leads when its text does not say it: paper cannot be
// clicked on. Long addresses are of no use on paper.
func (w *htmlWriter) link(n *html.Node) {
	w.children(n)
	href := strings.TrimSpace(attr(n, "href"))
	href = strings.TrimPrefix(href, "mailto:")
	shown := strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(href, "https://"), "http://"), "/")
	if shown == "" || len(shown) > columns-10 || strings.HasPrefix(href, "#") || strings.Contains(textOf(n), shown) ||
		strings.HasPrefix(href, "cid:") || strings.TrimSpace(textOf(n)) == "" {
		return
	}
	w.text(" <" + shown + ">")
}

func (w *htmlWriter) list(n *html.Node) {
	w.endLine()
	number := 1
	if start, err := strconv.Atoi(attr(n, "start")); err == nil {
		number = start
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != atom.Li {
			w.node(c)
			continue
		}
		mark := "  • "
		if n.DataAtom == atom.Ol {
			mark = strconv.Itoa(number) + ". "
			mark = strings.Repeat(" ", max(4-len(mark), 0)) + mark
			number++
		}
		w.within(mark, strings.Repeat(" ", len([]rune(mark))), c)
	}
}

// within writes what is in n with indent before its lines, and mark before the
// first.
func (w *htmlWriter) within(mark, indent string, n *html.Node) {
	w.endLine()
	if len(w.indent) > columns/2 { // lists nested without end
		mark, indent = "", ""
	}
	before := w.indent
	w.mark = before + mark
	w.indent += indent
	w.children(n)
	w.endLine()
	w.indent, w.mark = before, ""
}

func (w *htmlWriter) block(write func()) {
	w.endLine()
	write()
	w.endLine()
}

// text adds text to the line, with blanks and line ends as one blank.
func (w *htmlWriter) text(s string) {
	if w.pre > 0 {
		for i, line := range strings.Split(s, "\n") {
			if i > 0 {
				w.newLine()
			}
			w.line.WriteString(strings.TrimSuffix(line, "\r"))
		}
		return
	}
	for s != "" {
		i := strings.IndexAny(s, " \t\r\n\f")
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			if w.space && w.line.Len() > 0 {
				w.line.WriteByte(' ')
			}
			w.space = false
			w.line.WriteString(s[:i])
		}
		if i < len(s) {
			w.space = true
			i++
		}
		s = s[i:]
	}
}

// newLine ends the line, also an empty one.
func (w *htmlWriter) newLine() {
	line := strings.TrimRight(w.line.String(), " \u00A0")
	lead := w.indent
	if w.mark != "" && line != "" {
		lead, w.mark = w.mark, ""
	}
	w.line.Reset()
	w.space = false
	if line == "" {
		w.emptyLine()
		return
	}
	w.out.WriteString(lead + line + "\n")
	w.blank = false
}

// endLine ends the line if there is one.
func (w *htmlWriter) endLine() {
	w.space = false
	if w.line.Len() > 0 {
		w.newLine()
	}
}

// emptyLine leaves a line empty, but never two.
func (w *htmlWriter) emptyLine() {
	w.endLine()
	if !w.blank && w.out.Len() > 0 && w.mark == "" {
		w.out.WriteString(strings.TrimRight(w.indent, " ") + "\n")
		w.blank = true
	}
}

// textOf is all text in a node.
func textOf(n *html.Node) string {
	w := &htmlWriter{depth: maxHTMLDepth / 2}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != atom.A {
			w.node(c)
		}
	}
	w.endLine()
	return w.out.String()
}
