package render

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// tableElement writes a table: in columns when it is one of data and fits; one that
// only places things on a screen row by row, cell by cell.
func (w *htmlWriter) tableElement(n *html.Node) {
	w.endLine()
	if w.table < maxTables {
		w.table++
		defer func() { w.table-- }()
		if rows, ok := cells(n); ok && w.columns(rows) {
			w.emptyLine()
			return
		}
	}
	w.children(n)
	w.endLine()
}

const (
	maxTables  = 20 // in each other
	maxCells   = 20_000
	columnGap  = 2
	leastTable = 2 // columns of a table of data
)

// cells gives the texts of a table's cells. It is not ok when a cell has more than
// one line: then the table is there for layout.
func cells(table *html.Node) (rows [][]string, ok bool) {
	n := 0
	var walk func(*html.Node, int) bool
	walk = func(node *html.Node, depth int) bool {
		for c := node.FirstChild; c != nil; c = c.NextSibling {
			switch c.DataAtom {
			case atom.Thead, atom.Tbody, atom.Tfoot:
				if depth > 2 || !walk(c, depth+1) {
					return false
				}
			case atom.Tr:
				var row []string
				for cell := c.FirstChild; cell != nil; cell = cell.NextSibling {
					if cell.DataAtom != atom.Td && cell.DataAtom != atom.Th {
						continue
					}
					if holdsTable(cell, 0) {
						return false
					}
					text := strings.Trim(textOf(cell), "\n")
					if n++; n > maxCells || strings.Contains(text, "\n") {
						return false
					}
					row = append(row, text)
				}
				rows = append(rows, row)
			case atom.Caption:
				return false
			}
		}
		return true
	}
	ok = walk(table, 0)
	return rows, ok
}

func holdsTable(n *html.Node, depth int) bool {
	for c := n.FirstChild; c != nil && depth < maxHTMLDepth; c = c.NextSibling {
		if c.DataAtom == atom.Table || holdsTable(c, depth+1) {
			return true
		}
	}
	return false
}

// columns writes rows in columns; false when that makes no table that fits.
func (w *htmlWriter) columns(rows [][]string) bool {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], textWidth(cell))
		}
	}
	sum := -columnGap
	for _, width := range widths {
		sum += width + columnGap
	}
	if len(widths) < leastTable || sum > columns-utf8.RuneCountInString(w.indent) {
		return false
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-textWidth(cell))
			if numeric(cell) {
				line += pad + cell
			} else {
				line += cell + pad
			}
			line += strings.Repeat(" ", columnGap)
		}
		if line = strings.TrimRight(line, " "); line == "" {
			continue
		}
		w.line.WriteString(line)
		w.newLine()
	}
	return true
}

// numeric says that a cell holds an amount, which stands at the right of its column.
func numeric(s string) bool {
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case strings.ContainsRune(" .,-+%€$£¥'()", r):
		default:
			return false
		}
	}
	return digits > 0
}
