package render

import (
	"strings"

	"golang.org/x/text/width"
)

// char is a character, and marks above and below it.
type char struct {
	r     rune
	marks []rune
	wide  bool // two columns, as Chinese characters have
}

func (c char) columns() int {
	if c.wide {
		return 2
	}
	return 1
}

// isWide follows Unicode's East Asian Width (UAX 11).
func isWide(r rune) bool {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return true
	}
	return false
}

// textWidth is how many columns a text of one line takes.
func textWidth(s string) int {
	n := 0
	for _, c := range expand(s, len(s)) {
		n += c.columns()
	}
	return n
}

func blank(line []char) bool {
	for _, c := range line {
		if c.r != ' ' {
			return false
		}
	}
	return true
}

// wrap cuts a line into pieces of so many columns at most: between words, before
// and after a wide character, or within a word that is longer than that.
func wrap(line []char, columns int) [][]char {
	var pieces [][]char
	for {
		fits, used := 0, 0
		for fits < len(line) && used+line[fits].columns() <= columns {
			used += line[fits].columns()
			fits++
		}
		if fits == len(line) {
			return append(pieces, line)
		}
		fits = max(fits, 1)
		cut := fits
		for cut > 0 && !breaks(line, cut) {
			cut--
		}
		if blank(line[:cut]) {
			cut = fits
		}
		pieces = append(pieces, line[:cut])
		for line = line[cut:]; len(line) > 0 && line[0].r == ' '; {
			line = line[1:]
		}
		if len(line) == 0 {
			return pieces
		}
	}
}

// What may not begin and not end a line of Japanese or Chinese (JIS X 4051).
const (
	notFirst = "、。，．・：；？！゛゜´｀ヽヾゝゞ々ー’”）〕］｝〉》」』】°′″℃ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.!?)]}"
	notLast  = "‘“（〔［｛〈《「『【￥＄([{"
)

// breaks says that a line may end before line[i].
func breaks(line []char, i int) bool {
	if line[i].r == ' ' {
		return true
	}
	if !line[i].wide && !line[i-1].wide {
		return false
	}
	return !strings.ContainsRune(notFirst, line[i].r) && !strings.ContainsRune(notLast, line[i-1].r)
}
