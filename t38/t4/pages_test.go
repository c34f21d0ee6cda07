package t4

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// picture is a bitmap with a name.
type picture struct {
	name          string
	width, height int
	bits          []byte
}

func (p *picture) stride() int { return (p.width + 7) / 8 }

func newPicture(name string, width, height int) *picture {
	p := &picture{name: name, width: width, height: height}
	p.bits = make([]byte, p.stride()*height)
	return p
}

func (p *picture) set(x, y int) { p.bits[y*p.stride()+x/8] |= 0x80 >> (x % 8) }
func (p *picture) black(x, y int) bool {
	return p.bits[y*p.stride()+x/8]&(0x80>>(x%8)) != 0
}

// rows gives the pels for the slow encoder.
func (p *picture) rows() [][]bool {
	rows := make([][]bool, p.height)
	for y := range rows {
		rows[y] = make([]bool, p.width)
		for x := range rows[y] {
			rows[y][x] = p.black(x, y)
		}
	}
	return rows
}

func draw(name string, width, height int, black func(x, y int) bool) *picture {
	p := newPicture(name, width, height)
	for y := range height {
		for x := range width {
			if black(x, y) {
				p.set(x, y)
			}
		}
	}
	return p
}

// pictures are the shapes at which codecs break.
func pictures() []*picture {
	rnd := rand.New(rand.NewPCG(4, 6))
	all := []*picture{
		draw("white", 1728, 20, func(x, y int) bool { return false }),
		draw("black", 1728, 20, func(x, y int) bool { return true }),
		draw("single pels", 1728, 20, func(x, y int) bool { return x&1 == 0 }),
		draw("single pels from white", 1728, 20, func(x, y int) bool { return x&1 == 1 }),
		draw("checkerboard", 1728, 20, func(x, y int) bool { return (x^y)&1 == 0 }),
		draw("stripes", 1728, 20, func(x, y int) bool { return y&1 == 0 }),
		draw("one pel", 1728, 20, func(x, y int) bool { return x == 700 && y == 11 }),
		draw("one pel wide", 1, 9, func(x, y int) bool { return y%3 == 1 }),
		draw("two pels wide", 2, 16, func(x, y int) bool { return (y>>x)&1 == 1 }),
		draw("slope", 200, 150, func(x, y int) bool { return (x+2*y)%23 < 9 }),
		draw("steep slope", 200, 150, func(x, y int) bool { return (x+200-y)%29 < 5 }),
		draw("circles", 1728, 300, func(x, y int) bool { return (x*x/7+y*y)/400%2 == 1 }),
		draw("widest", MaxWidth, 8, func(x, y int) bool { return y&1 == 1 && x > 9 || x>>y == 1000>>y }),
		draw("widest checkerboard", MaxWidth, 3, func(x, y int) bool { return (x^y)&1 == 0 }),
		draw("long run code", 2560*3+64, 4, func(x, y int) bool { return y > 1 }),
	}
	for _, width := range []int{3, 7, 8, 9, 31, 63, 64, 65, 127, 128, 129, 1727, 1728, 1729, 2048, 2432, 4321} {
		all = append(all, noise(rnd, width, 40))
	}
	return all
}

// noise has rows of random runs, some like the row before them.
func noise(rnd *rand.Rand, width, height int) *picture {
	p := newPicture("noise", width, height)
	longest := 1
	for y := range height {
		if y%7 == 0 {
			longest = 1 + rnd.IntN(width)
		}
		if y%3 != 0 {
			shift := rnd.IntN(9) - 4
			for x := range width {
				if from := x + shift; from >= 0 && from < width && p.black(from, y-1) != (rnd.IntN(40) == 0) {
					p.set(x, y)
				}
			}
			continue
		}
		for x, black := 0, rnd.IntN(2) == 0; x < width; black = !black {
			for n := 1 + rnd.IntN(longest); n > 0 && x < width; n-- {
				if black {
					p.set(x, y)
				}
				x++
			}
		}
	}
	return p
}

var codings = []Coding{MH, MR, MMR}

// TestAgainstSlowEncoder codes each picture as the Recommendations tell it and
// wants the same octets from the Encoder, and the same pels back.
func TestAgainstSlowEncoder(t *testing.T) {
	for _, p := range pictures() {
		for _, coding := range codings {
			page := FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
			slow := slowEncoder{width: p.width}
			if want := slow.page(p.rows(), coding, 4); !bytes.Equal(page.Data, want) {
				t.Errorf("%s (%d wide) in %v is not coded as T.4 says", p.name, p.width, coding)
				continue
			}
			bits, stride, err := page.Bitmap()
			if err != nil || stride != p.stride() || !bytes.Equal(bits, p.bits) {
				t.Errorf("%s (%d wide) in %v does not come back: %v", p.name, p.width, coding, err)
			}
		}
	}
}

func TestTranscode(t *testing.T) {
	for _, p := range pictures() {
		var pages [3]*Page
		for _, coding := range codings {
			pages[coding] = FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
		}
		for _, from := range codings {
			for _, to := range codings {
				got, err := Transcode(pages[from], to, EncodeOptions{})
				if err != nil || !bytes.Equal(got.Data, pages[to].Data) || got.Rows != p.height {
					t.Errorf("%s (%d wide): %v to %v: %v", p.name, p.width, from, to, err)
				}
			}
		}
	}
}

// charts gives the pages of the folder in PAGEBRIDGE_CHARTS, or pages drawn to be
// like them.
func charts(t testing.TB) []*picture {
	dir := os.Getenv("PAGEBRIDGE_CHARTS")
	if dir == "" {
		return drawnCharts()
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.tif"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no .tif in PAGEBRIDGE_CHARTS=%s: %v", dir, err)
	}
	var all []*picture
	for _, name := range names {
		all = append(all, readTIFF(t, name))
	}
	return all
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
