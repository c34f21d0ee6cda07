package feature

import (
	"strings"
	"testing"
)

// The minimal set of fax, as RFC 2879 has it, and more.
const (
	minimal = `(& (color=Binary) (image-file-structure=TIFF-minimal) (MRC-mode=0) (image-coding=MH)
		(| (& (dpi=204) (dpi-xyratio=[204/98,204/196])) (& (dpi=200) (dpi-xyratio=[200/100,1])))
		(size-x<=2150/254) (paper-size=A4) (ua-media=stationery))`
	rich = `(& (color=Binary);q=1 (image-file-structure=[TIFF-minimal,TIFF-limited]) (image-coding=[MH,MR,MMR])
		(dpi=[200..400]) (size-x<=2640/254) (! (paper-size=A3)));q=0.5`
)

func TestAllows(t *testing.T) {
	page := func(change ...string) Document {
		d := Document{"color": "Binary", "image-file-structure": "TIFF-minimal", "image-coding": "MH", "dpi": "204", "dpi-xyratio": "204/196", "size-x": "2150/254", "paper-size": "A4"}
		for _, c := range change {
			tag, value, _ := strings.Cut(c, "=")
			d[tag] = value
		}
		return d
	}
	for _, c := range []struct {
		e    string
		d    Document
		want bool
	}{
		{minimal, page(), true},
		{minimal, page("dpi-xyratio=204/98"), true},
		{minimal, page("image-coding=MMR"), false},
		{minimal, page("dpi-xyratio=204/391"), false},
		{minimal, page("dpi=200"), false}, // at 204/196
		{minimal, page("dpi=200", "dpi-xyratio=1"), true},
		{minimal, page("size-x=2550/254"), false},
		{rich, page("image-coding=mmr", "image-file-structure=TIFF-limited"), true},
		{rich, page("image-coding=JBIG"), false},
		{rich, page("paper-size=A3"), false},
		{rich, page("dpi=408"), false},
		{`(& (Color=Binary) (unknown-tag=x))`, page(), true},
		{`(! (& (color=Binary) (unknown-tag=x)))`, page(), true},
		{`(|)`, page(), false}, {`(&)`, page(), true},
		{`(dpi>=300)`, page(), false}, {` ( dpi >= 200 ) `, page(), true}, {`(color="binary")`, page(), true},
	} {
		e, err := Parse(c.e)
		if err != nil {
			t.Errorf("%s: %v", c.e, err)
		} else if got := e.Allows(c.d); got != c.want {
			t.Errorf("%s of %v: %t", c.e, c.d, got)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, s := range []string{
		"", "(", ")", "x", "(dpi)", "(dpi=)", "(=2)", "(dpi<2)", "(dpi<=x)", "(!)", "(! (a=1) (b=1))", "(dpi=[1,2)", "(a=1) (b=1)", "(dpi=[1..x])",
		strings.Repeat("(&", 100), strings.Repeat(" ", MaxOctets+1),
	} {
		if e, err := Parse(s); err == nil {
			t.Errorf("%.40q is %+v", s, e)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(minimal)
	f.Add(rich)
	f.Fuzz(func(t *testing.T, s string) {
		e, err := Parse(s)
		if (e == nil) != (err != nil) {
			t.Fatalf("%v, %v", e, err)
		}
		if err == nil {
			e.Allows(Document{"dpi": "204", "color": "Binary"})
		}
	})
}
