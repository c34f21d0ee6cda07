package render

import (
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Cover is what a cover page says. The fields are what a template can name.
type Cover struct {
	To, From, Subject string
	Date              string
	Company           string
	Text              string // of the mail, when it fits: then it gets no page of its own
	Pages             int    // with the cover; filled in when they are made
}

// coverType is the media type of a cover among the parts of a mail. None that comes
// by mail has it, because it has no slash.
const coverType = "cover"

// coverPart is the body of such a part.
type coverPart struct {
	Template string
	Cover    Cover
}

//go:embed cover/*.txt
var coverFiles embed.FS

// covers are the templates that are built in.
var covers = func() map[string]string {
	all := map[string]string{}
	for _, name := range []string{"standard", "formal", "brief"} {
		b, err := coverFiles.ReadFile("cover/" + name + ".txt")
		if err == nil { // what is embedded is there
			all[name] = string(b)
		}
	}
	return all
}()

// CoverNames are the templates that are built in.
func CoverNames() []string { return slices.Sorted(maps.Keys(covers)) }

// CoverTemplate gives a template that is built in, by its name.
func CoverTemplate(name string) (string, bool) {
	t, ok := covers[name]
	return t, ok
}

// CheckCover says what is wrong with a template that an administrator wrote. A
// template is one of Go's text/template with the fields of Cover; in what it yields
// a line that begins with "# " is set large, and one of hyphens alone is a rule.
func CheckCover(source string) error {
	_, err := coverText(source, Cover{})
	return err
}

// Part makes the cover the first part of a mail.
func (c Cover) Part(source string) (mailbridge.Part, error) {
	body, err := json.Marshal(coverPart{source, c})
	return mailbridge.Part{Name: "the cover page", ContentType: coverType, Body: body}, err
}

func coverText(source string, c Cover) (string, error) {
	t, err := template.New("cover").Option("missingkey=error").Parse(source)
	if err != nil {
		return "", fmt.Errorf("the cover template cannot be read: %w", err)
	}
	b := &bounded{left: maxCoverText}
	if err := t.Execute(b, c); err != nil {
		return "", fmt.Errorf("the cover template cannot be filled in: %w", err)
	}
	return b.String(), nil
}

const (
	maxCoverText = 64 << 10
	maxWords     = 32 // lines of the mail's text on a cover
)

// bounded takes so many octets and no more.
type bounded struct {
	strings.Builder
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, io.ErrShortBuffer
	}
	return b.Builder.Write(p)
}

// words takes the text of the mail for the cover out of the parts: the first one,
// when it is short and something else follows.
func (s *sheets) words(parts []mailbridge.Part) (string, []mailbridge.Part) {
	if len(parts) < 2 || parts[0].ContentType != "text/plain" || len(parts[0].Body) > maxCoverText/4 {
		return "", parts
	}
	text, err := decodeText(partName(&parts[0], 1), &parts[0])
	if err != nil {
		return "", parts // which is told when its turn comes
	}
	if parts[0].Flowed {
		text = unflow(text, parts[0].DelSp)
	}
	text = strings.TrimSpace(strings.ReplaceAll(readable(text), "\f", "\n"))
	lines := 0
	for line := range strings.Lines(text) {
		lines += len(fold(expand(strings.TrimRight(line, "\r\n"), len(line)), columns))
	}
	if lines > maxWords {
		return "", parts
	}
	return text, parts[1:]
}

// cover makes the cover page when the number of the others is known. What does not
// fit on one page is cut off: it is a cover, not a letter.
func (s *sheets) cover(p *mailbridge.Part, words string) (*t4.Page, error) {
	var c coverPart
	if err := json.Unmarshal(p.Body, &c); err != nil {
		return nil, fmt.Errorf("reading the cover: %w", err)
	}
	c.Cover.Pages, c.Cover.Text = s.n+1, words
	text, err := coverText(c.Template, c.Cover)
	if err != nil {
		return nil, err
	}
	var pages []*t4.Page
	l, err := s.layout(func(p *t4.Page) error { pages = append(pages, p); return nil })
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \r\n")
		large, isLarge := strings.CutPrefix(line, "# ")
		switch {
		case isLarge:
			err = l.large(large)
		case len(line) > 3 && strings.Trim(line, "-") == "":
			err = l.rule()
		default:
			err = l.paragraph(line)
		}
		if err != nil || len(pages) > 0 {
			break
		}
	}
	if err == nil && len(pages) == 0 {
		err = l.finish()
	}
	if err != nil {
		return nil, err
	}
	return pages[0], nil
}

// large writes a line in letters of double size.
func (l *layout) large(text string) error {
	for _, line := range wrap(expand(text, l.most), columns/2) {
		if err := l.room(2); err != nil {
			return err
		}
		x, y := leftMargin, topMargin+l.line*leading+2*ascent
		for _, c := range line {
			for _, p := range l.get(c.r).black {
				for i := range 4 {
					l.dot(x+2*p.X+i%2, y+2*p.Y+i/2)
				}
			}
			x += 2 * c.columns() * cell
		}
		l.line += 2
	}
	return nil
}

// rule draws a line over the page.
func (l *layout) rule() error {
	if err := l.room(1); err != nil {
		return err
	}
	for x := leftMargin; x < Width-leftMargin; x++ {
		for i := range 3 {
			l.dot(x, topMargin+l.line*leading+leading/2+i)
		}
	}
	l.line++
	return nil
}
