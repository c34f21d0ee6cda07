package process

import (
	"fmt"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge/feature"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// How the pages of TIFF-F files are coded: tiff_coding of the mail block.
const (
	codedMH       = "mh"
	codedMMR      = "mmr"
	codedReceived = "received"
)

// tiffFile writes files as the configuration says. Of a recipient that is not known
// RFC 2305 expects no more than profile S, which is MH; one that has said that it takes
// MMR gets that.
func tiffFile(coding string) func(pages []*t4.Page, takes string) ([]byte, string, error) {
	return func(pages []*t4.Page, takes string) ([]byte, string, error) {
		coding := coding
		if e, err := feature.Parse(takes); coding == codedMH && takes != "" && err == nil && allows(e, pages) {
			coding = codedMMR
		}
		profile := tiff.ProfileF
		switch {
		case coding == codedMMR:
			pages = recoded(pages, t4.MMR)
		case coding == codedMH && isMinimal(pages):
			profile = tiff.ProfileS
		case coding == codedMH:
			pages = recoded(pages, t4.MH)
		}
		file, err := tiff.Encode(pages, profile)
		return file, featuresOf(pages, profile), err
	}
}

// recoded gives pages in one coding; one that cannot be recoded stays as it came.
func recoded(pages []*t4.Page, to t4.Coding) []*t4.Page {
	list := make([]*t4.Page, len(pages))
	for i, p := range pages {
		list[i] = p
		if p.Coding == to {
			continue
		}
		if q, err := p.Fit(p.Width, p.Resolution, to, t4.EncodeOptions{}); err == nil {
			list[i] = q
		}
	}
	return list
}

// isMinimal tells whether profile S has such pages (RFC 3949 3): as wide as A4, in
// standard or fine resolution.
func isMinimal(pages []*t4.Page) bool {
	for _, p := range pages {
		switch p.Resolution {
		case t4.R8x3_85, t4.R8x7_7, t4.I200x100, t4.I200x200:
		default:
			return false
		}
		if p.Width != 1728 {
			return false
		}
	}
	return true
}

// allows tells whether a recipient takes such pages in MMR.
func allows(e *feature.Expr, pages []*t4.Page) bool {
	for _, p := range pages {
		x, y := p.Resolution.DPI()
		paper, size := paperOf(p)
		d := feature.Document{
			"color": "Binary", "image-file-structure": "TIFF-limited", "image-coding": "MMR", "mrc-mode": "0",
			"dpi": fmt.Sprint(x), "dpi-xyratio": fmt.Sprintf("%v/%v", x, y), "size-x": size, "paper-size": paper,
		}
		if !e.Allows(d) {
			return false
		}
	}
	return true
}

// paperOf gives the paper that a page is as wide as, and the width in inches (RFC 2879
// writes it so).
func paperOf(p *t4.Page) (paper, inches string) {
	x, _ := p.Resolution.DPI()
	switch mm := float64(p.Width) / x * 25.4; {
	case mm < 220:
		return "A4", "2150/254"
	case mm < 260:
		return "B4", "2550/254"
	}
	return "A3", "3030/254"
}

// featuresOf says what a file asks of whoever is to show it: an expression of RFC 2938
// 4 over the tags of RFC 2879.
func featuresOf(pages []*t4.Page, profile tiff.Profile) string {
	structure := "TIFF-minimal"
	if profile == tiff.ProfileF {
		structure = "TIFF-limited"
	}
	var codings, densities []string
	widest, paper, size := 0.0, "", ""
	for _, p := range pages {
		x, y := p.Resolution.DPI()
		coding := p.Coding.String()
		if profile == tiff.ProfileS {
			coding = "MH"
		}
		codings = added(codings, coding)
		densities = added(densities, fmt.Sprintf("(& (dpi=%v) (dpi-xyratio=%v/%v))", x, x, y))
		if w := float64(p.Width) / x; w > widest {
			widest = w
			paper, size = paperOf(p)
		}
	}
	return fmt.Sprintf("(& (color=Binary) (image-file-structure=%s) (MRC-mode=0) (image-coding=%s) %s (size-x<=%s) (paper-size=%s) (ua-media=stationery))",
		structure, oneOrSet(codings), oneOrAny(densities), size, paper)
}

func added(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

func oneOrSet(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return "[" + strings.Join(list, ",") + "]"
}

func oneOrAny(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return "(| " + strings.Join(list, " ") + ")"
}
