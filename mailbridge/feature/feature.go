package feature

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Limits of an expression.
const (
	MaxOctets = 8 << 10
	maxDepth  = 32
)

// Expr is an expression of RFC 2533.
type Expr struct {
	op   byte // '&', '|', '!', or '=': an item
	args []*Expr

	tag  string  // in lower case
	sets []limit // the item holds if one of them does
}

// limit is a value, or a range of numbers.
type limit struct {
	token     string // in lower case; "" with a range
	low, high float64
}

// Document is the tags of a document, in lower case, with their values: a token or a
// number, which may be a fraction ("204/98").
type Document map[string]string

// Parse reads an expression (RFC 2533 4.1). Parameters such as ";q=0.5", which only
// rank, are passed over.
func Parse(s string) (*Expr, error) {
	if len(s) > MaxOctets {
		return nil, fmt.Errorf("the expression has %d octets, more than %d", len(s), MaxOctets)
	}
	p := &parser{rest: s}
	e, err := p.filter(0)
	if err != nil {
		return nil, fmt.Errorf("at octet %d: %w", len(s)-len(p.rest), err)
	}
	if p.blank(); p.rest != "" {
		return nil, fmt.Errorf("at octet %d: something follows the expression", len(s)-len(p.rest))
	}
	return e, nil
}

// Allows tells whether a recipient who says e takes the document. A tag that the
// document has not leaves it free to be as is wanted.
func (e *Expr) Allows(d Document) bool {
	switch e.op {
	case '&':
		for _, a := range e.args {
			if !a.Allows(d) {
				return false
			}
		}
		return true
	case '|':
		for _, a := range e.args {
			if a.Allows(d) {
				return true
			}
		}
		return false
	case '!':
		a := e.args[0]
		return !a.names(d) || !a.Allows(d)
	}
	value, ok := d[e.tag]
	if !ok {
		return true
	}
	for _, l := range e.sets {
		if l.holds(value) {
			return true
		}
	}
	return false
}

// names tells whether the document has all tags of e.
func (e *Expr) names(d Document) bool {
	if e.op == '=' {
		_, ok := d[e.tag]
		return ok
	}
	for _, a := range e.args {
		if !a.names(d) {
			return false
		}
	}
	return true
}

func (l limit) holds(value string) bool {
	if l.token != "" {
		return strings.EqualFold(l.token, value)
	}
	const near = 1e-6
	n, ok := number(value)
	return ok && n >= l.low-near && n <= l.high+near
}

// number reads "204" or "204/98".
func number(s string) (float64, bool) {
	above, below, fraction := strings.Cut(s, "/")
	a, err := strconv.ParseFloat(above, 64)
	if err != nil || math.IsNaN(a) || math.IsInf(a, 0) {
		return 0, false
	}
	if !fraction {
		return a, true
	}
	b, err := strconv.ParseFloat(below, 64)
	if err != nil || b == 0 || math.IsNaN(b) || math.IsInf(b, 0) {
		return 0, false
	}
	return a / b, true
}

type parser struct{ rest string }

func (p *parser) blank() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// take takes one octet that must come.
func (p *parser) take(c byte) error {
	if p.blank(); p.rest == "" || p.rest[0] != c {
		return fmt.Errorf("there should be a %q", c)
	}
	p.rest = p.rest[1:]
	return nil
}

func (p *parser) next() byte {
	if p.blank(); p.rest == "" {
		return 0
	}
	return p.rest[0]
}

func (p *parser) filter(depth int) (*Expr, error) {
	if depth > maxDepth {
		return nil, errors.New("it is nested too deep")
	}
	if err := p.take('('); err != nil {
		return nil, err
	}
	e := &Expr{op: p.next()}
	var err error
	switch e.op {
	case '&', '|', '!':
		p.rest = p.rest[1:]
		for p.next() == '(' {
			a, err := p.filter(depth + 1)
			if err != nil {
				return nil, err
			}
			e.args = append(e.args, a)
		}
		if e.op == '!' && len(e.args) != 1 {
			err = errors.New("! is of one expression")
		}
	default:
		e.op = '='
		err = p.item(e)
	}
	if err == nil {
		err = p.take(')')
	}
	for err == nil && p.next() == ';' {
		p.rest = strings.TrimLeft(p.rest[1:], "; \t")
		p.word("();")
	}
	return e, err
}

// word takes what comes before one of the octets in end.
func (p *parser) word(end string) string {
	p.blank()
	i := strings.IndexAny(p.rest, end)
	if i < 0 {
		i = len(p.rest)
	}
	w := strings.TrimSpace(p.rest[:i])
	p.rest = p.rest[i:]
	return w
}

// item takes "tag=value", "tag<=value", "tag=[a,b,1..2]".
func (p *parser) item(e *Expr) error {
	e.tag = strings.ToLower(p.word("=<>()"))
	if e.tag == "" {
		return errors.New("there should be a tag")
	}
	relation := p.next()
	if relation == '<' || relation == '>' {
		p.rest = p.rest[1:]
	}
	if err := p.take('='); err != nil {
		return err
	}
	if relation == '=' && p.next() == '[' {
		p.rest = p.rest[1:]
		for _, one := range strings.Split(p.word("]()"), ",") {
			if err := e.add(one, relation); err != nil {
				return err
			}
		}
		return p.take(']')
	}
	return e.add(p.word("()"), relation)
}

func (e *Expr) add(value string, relation byte) error {
	value = strings.TrimSpace(value)
	from, to, isRange := strings.Cut(value, "..")
	if !isRange {
		to = value
		from = value
	}
	low, okLow := number(strings.TrimSpace(from))
	high, okHigh := number(strings.TrimSpace(to))
	switch {
	case relation == '<' && okHigh:
		low = math.Inf(-1)
	case relation == '>' && okLow:
		high = math.Inf(1)
	case relation != '=':
		return fmt.Errorf("%q is no number", value)
	case okLow && okHigh:
	case isRange || value == "":
		return fmt.Errorf("%q is no value", value)
	default:
		e.sets = append(e.sets, limit{token: strings.ToLower(strings.Trim(value, `"`))})
		return nil
	}
	e.sets = append(e.sets, limit{low: low, high: high})
	return nil
}
