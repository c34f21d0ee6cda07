package render

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// systemFonts are the folders where systems keep fonts.
var systemFonts = []string{
	"/usr/share/fonts", "/usr/local/share/fonts", // Linux, BSD
	"/System/Library/Fonts", "/Library/Fonts", // macOS
	`C:\Windows\Fonts`,
}

// fallback finds fonts for the characters that the built-in one has not. Files are
// opened one by one, in the order of their rank, until one has the character.
type fallback struct {
	files  []string // not opened yet
	opened []*systemFont
}

// systemFont is one that was found on this machine.
type systemFont struct {
	font  *sfnt.Font
	buf   sfnt.Buffer
	faces map[float64]font.Face // by size in pels
}

const (
	maxFontFiles  = 2000
	maxFontOctets = 64 << 20
)

// newFallback lists the fonts in folders.
func newFallback(folders []string) *fallback {
	f := &fallback{}
	for _, dir := range folders {
		// What cannot be read is not there: other fonts will do.
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil
			}
			if len(f.files) == maxFontFiles {
				return fs.SkipAll
			}
			switch strings.ToLower(filepath.Ext(path)) {
			case ".ttf", ".otf", ".ttc", ".otc":
				f.files = append(f.files, path)
			}
			return nil
		})
	}
	slices.SortStableFunc(f.files, func(a, b string) int { return fontRank(a) - fontRank(b) })
	return f
}

// wellCovering are parts of file names of fonts with many characters. Japanese ones
// come first: in the others the shapes of kanji are those of Chinese.
var wellCovering = []string{
	"vl-gothic-regular", "ipag.", "takaogothic", "ipaexg", "hiragino", "msgothic", "yugothr", "notosanscjk-regular", "notosansjp",
	"droidsansfallbackfull", "droidsansfallback", "wqy", "simsun", "msyh.", "malgun.", "nanumgothic", "arial unicode", "unifont", "notosans",
	"dejavusans.", "freesans.",
}

func fontRank(path string) int {
	name := strings.ToLower(filepath.Base(path))
	for i, part := range wellCovering {
		if strings.Contains(name, part) {
			return i
		}
	}
	for _, other := range []string{"bold", "italic", "oblique"} {
		if strings.Contains(name, other) {
			return len(wellCovering) + 1
		}
	}
	return len(wellCovering)
}

// find gives a font that has the character, nil if none has.
func (f *fallback) find(r rune) *systemFont {
	for i := 0; ; i++ {
		for i == len(f.opened) {
			if len(f.files) == 0 {
				return nil
			}
			if opened := openFont(f.files[0]); opened != nil {
				f.opened = append(f.opened, opened)
			}
			f.files = f.files[1:]
		}
		s := f.opened[i]
		if g, err := s.font.GlyphIndex(&s.buf, r); err == nil && g != 0 {
			return s
		}
	}
}

// openFont reads a font, or the first one of a collection; nil when it cannot.
func openFont(path string) *systemFont {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFontOctets {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	all, err := opentype.ParseCollection(b) // or a single font
	if err != nil {
		return nil
	}
	first, err := all.Font(0)
	if err != nil {
		return nil
	}
	return &systemFont{font: first, faces: map[float64]font.Face{}}
}

// face is the font at a size in pels; nil when it cannot be drawn at all.
func (s *systemFont) face(size float64) font.Face {
	if face, ok := s.faces[size]; ok {
		return face
	}
	face, err := opentype.NewFace(s.font, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil
	}
	s.faces[size] = face
	return face
}
