package render

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// The margins of a page of text: 13 mm at the sides, as much as 80 columns leave,
// and 20 mm at top and bottom, where fax machines print their header.
const (
	columns    = 80
	leftMargin = (Width - columns*cell) / 2
	topMargin  = 154 // rows
	tabStop    = 8   // columns
)

var noOptions t4.EncodeOptions

// text lays out a part of plain text. Text that is nothing but blank makes no page.
func (s *sheets) text(name string, p *mailbridge.Part) error {
	text, err := decodeText(name, p)
	if err != nil {
		return err
	}
	if p.Flowed {
		text = unflow(text, p.DelSp)
	}
	return s.lay(name, p, readable(text))
}

// What Outlook writes into the plain text of a mail: where its pictures are, and
// addresses behind words that are these addresses.
var (
	pictureLine = regexp.MustCompile(`(?m)^[ \t]*\[cid:[^\]\s]{1,200}\][ \t]*\r?\n`)
	pictureMark = regexp.MustCompile(`\[cid:[^\]\s]{1,200}\]`)
	wordAndLink = regexp.MustCompile(`(\S{1,500})<((?:https?://|mailto:)[^<>\s]{1,500})>`)
)

// readable takes out of plain text what is for programs.
func readable(text string) string {
	text = pictureMark.ReplaceAllString(pictureLine.ReplaceAllString(text, ""), "")
	return wordAndLink.ReplaceAllStringFunc(text, func(s string) string {
		m := wordAndLink.FindStringSubmatch(s)
		if bare(m[1]) == bare(m[2]) {
			return m[1]
		}
		return s
	})
}

// bare is an address without what programs need before and behind it.
func bare(address string) string {
	for _, scheme := range []string{"https://", "http://", "mailto:"} {
		address = strings.TrimPrefix(address, scheme)
	}
	return strings.TrimRight(address, "/")
}

// lay lays out the text of a part. One without a name goes on behind the text before
// it, on the same page: mail programs cut a text where a picture or a file stood, and
// lists add their footers as parts.
func (s *sheets) lay(name string, p *mailbridge.Part, text string) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	add := func(p *t4.Page) error { return s.add(name, p) }
	l := s.open
	if l == nil || p.Name != "" {
		if err := s.closeText(); err != nil {
			return err
		}
		var err error
		if l, err = s.layout(add); err != nil {
			return err
		}
		s.open = l
	} else {
		l.add = add
		if err := l.paragraph(""); err != nil {
			return err
		}
	}
	for rest := strings.TrimRightFunc(text, unicode.IsSpace); rest != ""; {
		var line string
		var end rune
		line, end, rest = cutLine(rest)
		if err := l.paragraph(line); err != nil {
			return err
		}
		if end == '\f' {
			if err := l.finish(); err != nil {
				return err
			}
		}
	}
	return nil
}

// closeText ends the page of text under way, if there is one.
func (s *sheets) closeText() error {
	l := s.open
	s.open = nil
	if l == nil {
		return nil
	}
	return l.finish()
}

// cutLine cuts the first line off text, and says what ended it.
func cutLine(text string) (line string, end rune, rest string) {
	for i, r := range text {
		switch r {
		case '\r':
			return text[:i], '\n', strings.TrimPrefix(text[i+1:], "\n")
		case '\n', '\v', '\f', '\u0085', '\u2028', '\u2029':
			return text[:i], r, text[i+len(string(r)):]
		}
	}
	return text, 0, ""
}

// layout puts lines on pages.
type layout struct {
	*glyphs
	rows   int // of a page
	most   int // columns of a line of text: more than all pages have
	add    func(*t4.Page) error
	canvas []byte // the page under way; nil when none is
	line   int
}

const stride = Width / 8

// layout begins to lay out text on pages that go to add.
func (s *sheets) layout(add func(*t4.Page) error) (*layout, error) {
	if s.glyphs == nil {
		g, err := newGlyphs(s.o.Fonts)
		if err != nil {
			return nil, err
		}
		s.glyphs = g
	}
	return &layout{glyphs: s.glyphs, rows: s.o.Paper.rows(), most: s.o.MaxPages * 100 * columns, add: add}, nil
}

// paragraph writes one line of the text, wrapped.
func (l *layout) paragraph(text string) error {
	for _, line := range fold(expand(text, l.most), columns) {
		if err := l.write(line); err != nil {
			return err
		}
	}
	return nil
}

// expand makes columns of a line: tabs become blanks, marks go to their character,
// and control and format characters go. What is beyond most columns goes too.
func expand(text string, most int) []char {
	var line []char
	for _, r := range text {
		switch {
		case len(line) >= most:
			return line
		case r == '\t':
			line = append(line, char{r: ' '})
			for len(line)%tabStop != 0 {
				line = append(line, char{r: ' '})
			}
		case unicode.IsSpace(r):
			if r != ' ' && r != '\u00A0' {
				r = ' '
			}
			line = append(line, char{r: r})
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
			if n := len(line); n > 0 && len(line[n-1].marks) < 4 {
				line[n-1].marks = append(line[n-1].marks, r)
			}
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
		default:
			line = append(line, char{r: r, wide: isWide(r)})
		}
	}
	return line
}

// room makes room for so many lines, on the next page when this one is full.
func (l *layout) room(lines int) error {
	if topMargin+(l.line+lines)*leading > l.rows-topMargin {
		if err := l.finish(); err != nil {
			return err
		}
	}
	if l.canvas == nil {
		l.canvas = make([]byte, stride*l.rows)
	}
	return nil
}

// write puts one line on the page, or on the next when it is full.
func (l *layout) write(line []char) error {
	if err := l.room(1); err != nil {
		return err
	}
	y := topMargin + l.line*leading + ascent
	x := leftMargin
	for _, c := range line {
		l.put(x, y, c.r)
		for _, mark := range c.marks {
			l.put(x, y, mark)
		}
		x += c.columns() * cell
	}
	l.line++
	return nil
}

// put draws a character with its baseline beginning at x, y.
func (l *layout) put(x, y int, r rune) {
	for _, p := range l.get(r).black {
		l.dot(x+p.X, y+p.Y)
	}
}

func (l *layout) dot(x, y int) {
	if x >= 0 && x < Width && y >= 0 && y < l.rows {
		l.canvas[y*stride+x/8] |= 0x80 >> (x % 8)
	}
}

// finish ends the page under way; a form feed at once after another makes an empty
// one.
func (l *layout) finish() error {
	if l.canvas == nil {
		l.canvas = make([]byte, stride*l.rows)
	}
	p := t4.FromBitmap(l.canvas, Width, stride, l.rows, t4.MMR, resolution)
	l.canvas, l.line = nil, 0
	return l.add(p)
}
