package v17

import "github.com/pagebridge/pagebridge/t38/modem/internal/dsp"

// Rates in bit/s.
var Rates = []int{14400, 12000, 9600, 7200}

// place is that of a point in V.17's signal space diagrams.
type place struct{ re, im int8 }

// The diagrams, by the bits Q6 ... Q3 of a point, Q3 the least significant. Each
// row gives the points whose Y2 Y1 Y0 are 000 and 001. The six others are these
// two turned: that a line which turns the signal by a quarter only exchanges
// Y2 Y1 Y0 is what the differential coding relies on.
var (
	diagram14400 = [][2]place{
		0b0000: {{-8, -3}, {9, 2}},
		0b0001: {{-8, 1}, {9, -2}},
		0b0010: {{-4, -3}, {5, 2}},
		0b0011: {{-4, 1}, {5, -2}},
		0b0100: {{4, -3}, {-3, 2}},
		0b0101: {{4, 1}, {-3, -2}},
		0b0110: {{0, -3}, {1, 2}},
		0b0111: {{0, 1}, {1, -2}},
		0b1000: {{8, -3}, {-7, 2}},
		0b1001: {{8, 1}, {-7, -2}},
		0b1010: {{-4, -7}, {5, 6}},
		0b1011: {{-4, 5}, {5, -6}},
		0b1100: {{4, -7}, {-3, 6}},
		0b1101: {{4, 5}, {-3, -6}},
		0b1110: {{0, -7}, {1, 6}},
		0b1111: {{0, 5}, {1, -6}},
	}
	diagram12000 = [][2]place{
		0b000: {{7, 1}, {-5, -1}},
		0b001: {{3, -3}, {-1, 3}},
		0b010: {{7, -7}, {-5, 7}},
		0b011: {{-1, -7}, {3, 7}},
		0b100: {{3, 5}, {-1, -5}},
		0b101: {{-1, 1}, {3, -1}},
		0b110: {{-5, 5}, {7, -5}},
		0b111: {{-5, -3}, {7, 3}},
	}
	diagram9600 = [][2]place{
		0b00: {{-8, 2}, {-6, -4}},
		0b01: {{0, 2}, {-6, 4}},
		0b10: {{0, -6}, {2, -4}},
		0b11: {{8, 2}, {2, 4}},
	}
	diagram7200 = [][2]place{
		0b0: {{6, -6}, {-2, 6}},
		0b1: {{-2, 2}, {6, -2}},
	}
)

// turned gives Y2 Y1 Y0 of the points that are those of 000 and of 001 turned by
// so many quarters.
var turned = [4][2]uint8{{0b000, 0b001}, {0b111, 0b110}, {0b100, 0b101}, {0b011, 0b010}}

// pointsOf gives the points of a diagram by Q6 ... Q3 Y2 Y1 Y0.
func pointsOf(diagram [][2]place) []dsp.Point {
	points := make([]dsp.Point, 8*len(diagram))
	for q, two := range diagram {
		for y0, at := range two {
			p := dsp.Point{Re: float32(at.re), Im: float32(at.im)}
			for quarters := range turned {
				points[q<<3|int(turned[quarters][y0])] = p
				p = dsp.Point{Re: -p.Im, Im: p.Re}
			}
		}
	}
	return points
}
