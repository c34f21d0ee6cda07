package render

// reduction makes black and white of a row of means from 0, white, to 255: it calls
// black with each pel that is.
type reduction interface {
	reduce(row []float32, black func(x int))
	// idle says that a row of white would be white, and may be left out.
	idle() bool
}

// reductionOf is the one for rows of a width; shades says whether there are greys to
// keep.
func reductionOf(shades bool, width int) reduction {
	if shades {
		return newDiffusion(width, feedback)
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

func (threshold) idle() bool { return true }

// diffusion is error diffusion with feedback: what a pel is too dark or too light
// goes to its neighbours that are still to come, as Floyd and Steinberg have it
// (1976), and a pel beside black ones is more willing to be black (Levien, 1993). So
// dots come in clusters and columns, where fax coding finds the row above again
// instead of an edge at every other pel.
type diffusion struct {
	now, next []int32 // errors for this row and the next, from column -1 to width; in sixteenths
	above     []int32 // feedback of the row above: more than 0 where it is black
	feedback  int32   // in sixteenths of a step of grey
	backward  bool    // rows run to and fro, or errors would make stripes
	still     bool    // nothing is left over for the next row
}

// feedback is that of the pel above and of the one before, in sixteenths of a step of
// grey. More makes smaller faxes and coarser pictures; with this much a photograph
// that fills the page is 40 % of what it is without.
const feedback = 72 * 16

func newDiffusion(width int, feedback int32) *diffusion {
	d := &diffusion{now: make([]int32, width+2), next: make([]int32, width+2), above: make([]int32, width), still: true, feedback: feedback}
	for x := range d.above {
		d.above[x] = -feedback
	}
	return d
}

func (d *diffusion) idle() bool { return d.still }

func (d *diffusion) reduce(row []float32, black func(x int)) {
	if d.still && white(row) {
		return
	}
	x, end, step := 0, len(row), 1
	if d.backward {
		x, end, step = len(row)-1, -1, -1
	}
	before, left := -d.feedback, int32(0)
	for ; x != end; x += step {
		dark := int32(contrast(row[x]) * 16)
		v, willing := dark+d.now[x+1], d.above[x]+before
		if dark == 0 || dark == 255*16 {
			willing = 0 // what is white or black has no use for clusters, and keeps its edges
		}
		if v+willing >= 128*16 {
			black(x)
			v -= 255 * 16
			d.above[x], before = d.feedback, d.feedback
		} else {
			d.above[x], before = -d.feedback, -d.feedback
		}
		if v == 0 {
			continue
		}
		ahead, behind, below := v*7/16, v*3/16, v*5/16
		d.now[x+1+step] += ahead
		d.next[x+1-step] += behind
		d.next[x+1] += below
		d.next[x+1+step] += v - ahead - behind - below
		left |= v
	}
	d.still = left == 0
	d.backward = !d.backward
	d.now, d.next = d.next, d.now
	clear(d.next)
}

// white says that nothing of a row becomes darker than paper.
func white(row []float32) bool {
	for _, v := range row {
		if v > edge {
			return false
		}
	}
	return true
}

// edge is how light, or dark, in steps of grey, is as good as white, or black.
const edge = 28

// contrast makes nearly white white and nearly black black: the paper of a scan is
// never quite white, and a fax of it would be full of dots, which take long to send.
// So would the tables of an office, whose rows are shaded by a tenth.
func contrast(v float32) float32 {
	return min(max((v-edge)*255/(255-2*edge), 0), 255)
}
