package render

// fold wraps a line of text and gives the pieces what they begin with on paper: a
// quote its marks, an indented line its indent, an item of a list as many blanks as
// its mark has.
func fold(line []char, columns int) [][]char {
	lead := quoteMarks(line)
	first := lead + indentation(line[lead:])
	if first > columns/2 || first == len(line) {
		return wrap(line, columns)
	}
	pieces := wrap(line[first:], columns-first)
	for i, piece := range pieces {
		out := make([]char, 0, first+len(piece))
		out = append(out, line[:lead]...)
		for _, c := range line[lead:first] {
			if i > 0 {
				c = char{r: ' '}
			}
			out = append(out, c)
		}
		pieces[i] = append(out, piece...)
	}
	return pieces
}

// quoteMarks is how many characters of a line say that it is quoted: "> > ".
func quoteMarks(line []char) int {
	n := 0
	for n < len(line) && (line[n].r == '>' || n > 0 && line[n].r == ' ' && line[n-1].r == '>') {
		n++
	}
	return n
}

// indentation is how many characters a line has before its first word: blanks, and
// the mark of a list with the blank behind it.
func indentation(line []char) int {
	blanks := 0
	for blanks < len(line) && line[blanks].r == ' ' {
		blanks++
	}
	n := blanks
	for n < len(line) && n < blanks+3 && line[n].r >= '0' && line[n].r <= '9' {
		n++
	}
	switch {
	case n < len(line) && n > blanks && (line[n].r == '.' || line[n].r == ')'):
		n++
	case n < len(line) && n == blanks && (line[n].r == '•' || line[n].r == '-' || line[n].r == '*' || line[n].r == '–'):
		n++
	default:
		return blanks
	}
	if n == len(line) || line[n].r != ' ' {
		return blanks
	}
	return n + 1
}
