package t30

import "github.com/pagebridge/pagebridge/t38/t4"

// resolutionSet is a set of t4 resolutions. A metric resolution and its
// inch-based twin have the same pels: a receiver has both or neither.
type resolutionSet uint32

func (s resolutionSet) has(r t4.Resolution) bool { return s&(1<<r) != 0 }
func (s *resolutionSet) add(rs ...t4.Resolution) {
	for _, r := range rs {
		*s |= 1 << r
	}
}

// resolutionBits ties the bits of DIS and DCS to resolutions, the finest first:
// a DCS should set one of them, and where it sets two the finer one counts.
// Standard resolution has no bit.
var resolutionBits = []struct {
	bit    int
	metric t4.Resolution
	inch   t4.Resolution // equal to metric where there is no twin
}{
	{bit1200x1200, t4.I1200x1200, t4.I1200x1200},
	{bit600x1200, t4.I600x1200, t4.I600x1200},
	{bit600x600, t4.I600x600, t4.I600x600},
	{bit400x800, t4.I400x800, t4.I400x800},
	{bitR16x15_4, t4.R16x15_4, t4.I400x400},
	{bit300x600, t4.I300x600, t4.I300x600},
	{bit300x300, t4.I300x300, t4.I300x300},
	{bitR8x15_4, t4.R8x15_4, t4.I200x400},
	{bitFine, t4.R8x7_7, t4.I200x200},
	{0, t4.R8x3_85, t4.I200x100},
}

// twin gives the resolution in the other system of measures, itself where
// there is none.
func twin(r t4.Resolution) t4.Resolution {
	for _, b := range resolutionBits {
		switch r {
		case b.metric:
			return b.inch
		case b.inch:
			return b.metric
		}
	}
	return r
}

func isInch(r t4.Resolution) bool {
	for _, b := range resolutionBits {
		if r == b.metric {
			return b.metric == b.inch
		}
	}
	return true
}

// pelsAcross are the pels of a row of 215, 255 and 303 mm at 8 pels/mm or 200
// pels/25.4 mm (T.4 2.2); other resolutions have half as many of them again, or
// a multiple.
var pelsAcross = [3]int{1728, 2048, 2432}

// width gives the pels of a row: class 0 is 215 mm, 1 is 255 mm, 2 is 303 mm.
func width(class int, r t4.Resolution) int {
	x, _ := r.DPI()
	switch {
	case x >= 1200:
		return pelsAcross[class] * 6
	case x >= 600:
		return pelsAcross[class] * 3
	case x >= 400:
		return pelsAcross[class] * 2
	case x >= 300:
		return pelsAcross[class] * 3 / 2
	}
	return pelsAcross[class]
}

// widthClass finds the narrowest paper on which a row of so many pels fits.
func widthClass(pels int, r t4.Resolution) int {
	for class := range pelsAcross {
		if pels <= width(class, r) {
			return class
		}
	}
	return len(pelsAcross) - 1
}

// nearest chooses the resolution in which a page is sent: its own or its twin,
// or else the finest one that loses nothing that the receiver could have had:
// the finest not finer than the page in either direction, standard at worst.
func (s resolutionSet) nearest(r t4.Resolution) t4.Resolution {
	if s.has(r) {
		return r
	}
	if s.has(twin(r)) {
		return twin(r)
	}
	x, y := r.DPI()
	for _, b := range resolutionBits {
		bx, by := b.metric.DPI()
		// 5 per cent: 204 dpi is the metric twin of 200.
		if s.has(b.metric) && bx <= x*1.05 && by <= y*1.05 {
			return b.metric
		}
	}
	return t4.R8x3_85
}
