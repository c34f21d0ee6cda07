package t4

import (
	"math/rand/v2"
	"testing"
)

// drawnCharts are eight pages of the size of the ITU charts: lines of marks like
// letters, of growing density.
func drawnCharts() []*picture {
	rnd := rand.New(rand.NewPCG(1, 8))
	var all []*picture
	for i := range 8 {
		p := newPicture("drawn", 1728, 2376)
		pitch := 28 + 12*(i*5%8)
		for top := 150; top+pitch < 2250; top += pitch {
			for x := 120; x < 1600; x += 14 + rnd.IntN(12) {
				mark(p, rnd, x, top)
			}
		}
		all = append(all, p)
	}
	return all
}

// mark draws strokes in a box of 12 by 20 pels.
func mark(p *picture, rnd *rand.Rand, left, top int) {
	for range 3 {
		x, y, slope, upright := rnd.IntN(9), rnd.IntN(18), rnd.IntN(3)-1, rnd.IntN(2) == 0
		for i := range 12 {
			if upright {
				for w := range 3 {
					p.set(left+max(0, x+slope*i/3)+w, top+i+y/3)
				}
			} else if x+i < 12 {
				p.set(left+x+i, top+y)
				p.set(left+x+i, top+y+1)
			}
		}
	}
}

func BenchmarkEncodeMH(b *testing.B)  { benchmarkEncode(b, MH) }
func BenchmarkEncodeMR(b *testing.B)  { benchmarkEncode(b, MR) }
func BenchmarkEncodeMMR(b *testing.B) { benchmarkEncode(b, MMR) }

func benchmarkEncode(b *testing.B, coding Coding) {
	pages := charts(b)
	perPage(b, pages, func(i int) {
		p := pages[i]
		FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
	})
}

func BenchmarkDecodeMH(b *testing.B)  { benchmarkDecode(b, MH) }
func BenchmarkDecodeMR(b *testing.B)  { benchmarkDecode(b, MR) }
func BenchmarkDecodeMMR(b *testing.B) { benchmarkDecode(b, MMR) }

func benchmarkDecode(b *testing.B, coding Coding) {
	pictures := charts(b)
	pages := coded(pictures, coding)
	perPage(b, pictures, func(i int) {
		if _, _, err := pages[i].Bitmap(); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkTranscodeMMRtoMH(b *testing.B) {
	pictures := charts(b)
	pages := coded(pictures, MMR)
	perPage(b, pictures, func(i int) {
		if _, err := Transcode(pages[i], MH, EncodeOptions{}); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkBitmapMMRtoMH is what transcoding would cost by way of a bitmap.
func BenchmarkBitmapMMRtoMH(b *testing.B) {
	pictures := charts(b)
	pages := coded(pictures, MMR)
	perPage(b, pictures, func(i int) {
		bits, stride, err := pages[i].Bitmap()
		if err != nil {
			b.Fatal(err)
		}
		FromBitmap(bits, pages[i].Width, stride, pages[i].Rows, MH, R8x7_7)
	})
}

func coded(pictures []*picture, coding Coding) (pages []*Page) {
	for _, p := range pictures {
		pages = append(pages, FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7))
	}
	return pages
}

// perPage runs work over all pages in each iteration, and reports pages/s and
// MB/s of bitmap.
func perPage(b *testing.B, pages []*picture, work func(i int)) {
	size := 0
	for _, p := range pages {
		size += len(p.bits)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for i := range pages {
			work(i)
		}
	}
	b.ReportMetric(float64(b.N*len(pages))/b.Elapsed().Seconds(), "pages/s")
}
