package render

import (
	"fmt"
	"strings"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Header is the line at the top of each page by which a fax says where it comes
// from, as several countries' law wants it. The fields are those of Cisco's T.37
// gateways:
//
//	$a$  date        $s$  sender         $p$  page, as 2/5
//	$t$  time        $d$  destination    $$   a dollar sign
type Header struct {
	Left, Center, Right string
}

// Fields are what stands in a header.
type Fields struct {
	Date, Time          string
	Sender, Destination string
	Page, Pages         int
}

// IsZero says that there is no header.
func (h Header) IsZero() bool { return h == Header{} }

// Check says what is wrong with a header that an administrator wrote.
func (h Header) Check() error {
	for _, s := range []string{h.Left, h.Center, h.Right} {
		if _, unknown := fill(s, Fields{}); unknown != "" {
			return fmt.Errorf("%q is no field of a page header; there are $a$ $d$ $p$ $s$ $t$", unknown)
		}
	}
	return nil
}

// fill puts the fields into a text; unknown is the first that is not known.
func fill(s string, f Fields) (text, unknown string) {
	values := map[string]string{
		"a": f.Date, "t": f.Time, "s": f.Sender, "d": f.Destination,
		"p": fmt.Sprintf("%d/%d", f.Page, f.Pages), "": "$",
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "$")
		b.WriteString(before)
		if !ok {
			return b.String(), unknown
		}
		key, after, ok := strings.Cut(rest, "$")
		value, known := values[key]
		if !ok || !known {
			if unknown == "" {
				unknown = "$" + key
			}
			b.WriteByte('$')
			s = rest
			continue
		}
		b.WriteString(value)
		s = after
	}
}

// line sets the three texts in so many columns. What is too long loses its end; the
// right one goes before the left, and both before the one in the middle.
func (h Header) line(f Fields, columns int) []char {
	set := func(s string) []char {
		text, _ := fill(s, f)
		var line []char
		for _, c := range expand(strings.TrimSpace(text), columns) {
			if line = append(line, c); c.wide {
				line = append(line, char{r: ' '}) // the second column that it takes
			}
		}
		return line[:min(len(line), columns)]
	}
	left, center, right := set(h.Left), set(h.Center), set(h.Right)
	out := make([]char, columns)
	for i := range out {
		out[i].r = ' '
	}
	from := columns - len(right)
	copy(out[from:], right)
	if n := max(from-1, 0); len(left) > n {
		left = left[:n]
	}
	copy(out, left)
	if at := max((columns-len(center))/2, len(left)+2); at+len(center)+1 < from || len(right) == 0 && at+len(center) <= from {
		copy(out[at:], center)
	} else if at = len(left) + 2; at+len(center)+1 < from {
		copy(out[at:], center)
	}
	return out
}

// The header stands 4 mm below the edge of the paper, which many machines do not
// print on.
const (
	headerTop  = 30          // rows of 7.7 a mm
	headerRows = leading + 4 // of the line itself
	headerAll  = headerTop + headerRows
)

// headerFonts is how many fonts of the machine are looked into for a character: this
// runs in the plugin itself, and what senders write may be in none.
const headerFonts = 3

// Stamp gives the pages with their header lines; f.Page and f.Pages it fills in. A
// line is drawn over the margin of a page; a page that is black there gets longer
// instead. The pages themselves stay as they are.
func (h Header) Stamp(pages []*t4.Page, f Fields) ([]*t4.Page, error) {
	if h.IsZero() {
		return pages, nil
	}
	g, err := newGlyphs(systemFonts)
	if err != nil {
		return nil, err
	}
	g.most = headerFonts
	out := make([]*t4.Page, len(pages))
	f.Pages = len(pages)
	for i, p := range pages {
		f.Page = i + 1
		if out[i], err = h.stamp(g, p, f); err != nil {
			return nil, fmt.Errorf("writing the header of page %d: %w", i+1, err)
		}
	}
	return out, nil
}

func (h Header) stamp(g *glyphs, p *t4.Page, f Fields) (*t4.Page, error) {
	// Letters are drawn for 204 by 196 dots an inch, and stretched to those of p.
	px, py := p.Resolution.DPI()
	x, y := resolution.DPI()
	s := strip{width: p.Width, fx: px / x, fy: py / y}
	width := int(float64(p.Width) / s.fx)
	s.draw(g, h.line(f, max(width-2*leftMargin, cell)/cell))

	white, err := whiteRows(p, s.rows)
	if err != nil {
		return nil, err
	}
	e := t4.NewEncoder(p.Coding, p.Width, t4.EncodeOptions{K: p.Resolution.K()})
	for y := range s.rows {
		if err := e.WriteBits(s.bits[y*s.stride:][:s.stride]); err != nil {
			return nil, err
		}
	}
	n := 0
	for row, err := range p.Decode().All() {
		if err != nil {
			return nil, err
		}
		if n++; white && n <= s.rows {
			continue
		}
		if err := e.WriteRow(row); err != nil {
			return nil, err
		}
	}
	return e.Page(p.Resolution), nil
}

// strip is the top of a page, with its header.
type strip struct {
	width, stride, rows int
	fx, fy              float64
	bits                []byte
}

func (s *strip) draw(g *glyphs, line []char) {
	s.rows = int(headerAll * s.fy)
	s.stride = (s.width + 7) / 8
	s.bits = make([]byte, s.stride*s.rows)
	x := leftMargin
	for _, c := range line {
		for _, p := range g.get(c.r).black {
			s.block(x+p.X, headerTop+ascent+p.Y)
		}
		x += cell
	}
}

// block blackens what one pel of a letter covers here.
func (s *strip) block(x, y int) {
	for py := int(float64(y) * s.fy); py < max(int(float64(y+1)*s.fy), int(float64(y)*s.fy)+1); py++ {
		for px := int(float64(x) * s.fx); px < max(int(float64(x+1)*s.fx), int(float64(x)*s.fx)+1); px++ {
			if px >= 0 && px < s.width && py >= 0 && py < s.rows {
				s.bits[py*s.stride+px/8] |= 0x80 >> (px % 8)
			}
		}
	}
}

// whiteRows says that the first rows of a page are white.
func whiteRows(p *t4.Page, rows int) (bool, error) {
	n := 0
	for row, err := range p.Decode().All() {
		if err != nil {
			return false, err
		}
		if len(row) > 0 && int(row[0]) < p.Width {
			return false, nil
		}
		if n++; n == rows {
			return true, nil
		}
	}
	return false, nil
}
