package render

// reduction makes black and white of a row of means from 0, white, to 255: it calls
// black with each pel that is.
type reduction interface {
	reduce(row []float32, black func(x int))
}

// reductionOf is the one for rows of a width; shades says whether there are greys to
// keep.
func reductionOf(shades bool, width int) reduction {
	if shades {
		return newDiffusion(width)
	}
	return threshold{}
}

// threshold is for what was black and white before: a pel is black when a third of
// what it stands for was, so that thin lines stay.
type threshold struct{}

func (threshold) reduce(row []float32, black func(x int)) {
	for x, v := range row {
		if v >= 80 {
			black(x)
		}
	}
}

// diffusion is error diffusion (Floyd and Steinberg, 1976): what a pel is too dark
// or too light goes to its neighbours that are still to come.
type diffusion struct {
	now, next []float32 // errors for this row and the next, from column -1 to width
	backward  bool      // rows run to and fro, or errors would make stripes
}

func newDiffusion(width int) *diffusion {
	return &diffusion{now: make([]float32, width+2), next: make([]float32, width+2)}
}

func (d *diffusion) reduce(row []float32, black func(x int)) {
	x, end, step := 0, len(row), 1
	if d.backward {
		x, end, step = len(row)-1, -1, -1
	}
	for ; x != end; x += step {
		v := contrast(row[x]) + d.now[x+1]
		if v >= 128 {
			black(x)
			v -= 255
		}
		d.now[x+1+step] += v * 7 / 16
		d.next[x+1-step] += v * 3 / 16
		d.next[x+1] += v * 5 / 16
		d.next[x+1+step] += v * 1 / 16
	}
	d.backward = !d.backward
	d.now, d.next = d.next, d.now
	clear(d.next)
}

// contrast makes nearly white white and nearly black black: the paper of a scan is
// never quite white, and a fax of it would be full of dots, which take long to send.
// So would the tables of an office, whose rows are shaded by a tenth.
func contrast(v float32) float32 {
	const edge = 28
	return min(max((v-edge)*255/(255-2*edge), 0), 255)
}
