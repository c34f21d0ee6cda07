package v17

import "github.com/pagebridge/pagebridge/t38/modem/internal/dsp"

// slicer finds the point nearest to where a symbol was received, in each of the
// eight subsets of points that have the same Y2 Y1 Y0.
//
// The points of a subset are a square lattice. In one of two coordinate systems,
// that of the diagrams or that turned by an eighth, the borders between them run
// along whole numbers. So all of a cell of one by one has the same nearest point.
type slicer struct {
	across bool       // turned by an eighth
	points []position // on the scale of unit
	cells  [side * side][8]uint8
}

type position struct{ re, im int32 }

const (
	side = 40 // cells
	unit = 32 // a whole number of the diagram, in the arithmetic of distances
)

func newSlicer(points []dsp.Point) *slicer {
	s := &slicer{across: len(points) == 64 || len(points) == 16}
	for _, p := range points {
		s.points = append(s.points, position{int32(p.Re * unit), int32(p.Im * unit)})
	}
	for i := range s.cells {
		z := dsp.Point{Re: float32(i/side) - side/2 + 0.5, Im: float32(i%side) - side/2 + 0.5}
		if s.across {
			z = dsp.Point{Re: (z.Re + z.Im) / 2, Im: (z.Re - z.Im) / 2}
		}
		best := [8]float32{}
		for k, p := range points {
			if d := z.Sub(p).Power(); k < 8 || d < best[k&7] {
				best[k&7], s.cells[i][k&7] = d, uint8(k)
			}
		}
	}
	return s
}

// nearest gives the points, and the squares of the distances to them in units
// squared.
func (s *slicer) nearest(z dsp.Point, distance *[8]int32) *[8]uint8 {
	z = dsp.Point{Re: limit(z.Re), Im: limit(z.Im)}
	u, v := z.Re, z.Im
	if s.across {
		u, v = u+v, u-v
	}
	cell := &s.cells[cellOf(u)*side+cellOf(v)]
	re, im := int32(z.Re*unit), int32(z.Im*unit)
	points := s.points
	for k, p := range cell {
		at := points[p]
		x, y := re-at.re, im-at.im
		distance[k] = x*x + y*y
	}
	return cell
}

func cellOf(x float32) int {
	return int(max(0, min(x+side/2, side-1)))
}

// limit keeps what an equaliser that knows nothing may give within the cells,
// and what is not a number too.
func limit(x float32) float32 {
	const most = 32
	switch {
	case x < -most:
		return -most
	case x <= most:
		return x
	}
	return most
}
