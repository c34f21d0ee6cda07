package t4

import (
	"slices"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/t38/t4/internal/spec"
)

// slowEncode codes rows as the text of T.4 and T.6 says, on pels and strings of
// bits, with nothing that the codec is made of.
type slowEncoder struct {
	width int
	out   strings.Builder
}

func (s *slowEncoder) run(black bool, n int) {
	term, mk := spec.WhiteTerminating, spec.WhiteMakeUp
	if black {
		term, mk = spec.BlackTerminating, spec.BlackMakeUp
	}
	mk = slices.Concat(mk, spec.ExtendedMakeUp)
	for n >= 64 {
		i := len(mk) - 1
		for mk[i].Run > n {
			i--
		}
		s.out.WriteString(mk[i].Word)
		n -= mk[i].Run
	}
	s.out.WriteString(term[n].Word)
}

// change gives the first position right of a0 at which pels change, and to
// black if black is asked for or to white if white is.
func (s *slowEncoder) change(pels []bool, a0 int, toBlack bool) int {
	for x := a0 + 1; x < s.width; x++ {
		before := x > 0 && pels[x-1]
		if pels[x] != before && pels[x] == toBlack {
			return x
		}
	}
	return s.width
}

func (s *slowEncoder) oneD(pels []bool) {
	for x, black := 0, false; x < s.width; black = !black {
		n := 0
		for x+n < s.width && pels[x+n] == black {
			n++
		}
		s.run(black, n)
		x += n
	}
}

func (s *slowEncoder) twoD(pels, ref []bool) {
	a0, black := -1, false
	for a0 < s.width {
		a1 := s.change(pels, a0, !black)
		b1 := s.change(ref, a0, !black)
		b2 := s.change(ref, b1, black)
		word := map[int]string{}
		for i, name := range []string{"VL3", "VL2", "VL1", "V0", "VR1", "VR2", "VR3"} {
			word[i-3] = name
		}
		switch name, vertical := word[a1-b1]; {
		case b2 < a1:
			s.mode("P")
			a0 = b2
		case vertical:
			s.mode(name)
			a0, black = a1, !black
		default:
			a2 := s.change(pels, a1, black)
			s.mode("H")
			s.run(black, a1-max(a0, 0))
			s.run(!black, a2-a1)
			a0 = a2
		}
	}
}

func (s *slowEncoder) mode(name string) {
	for _, m := range spec.Modes {
		if m.Name == name {
			s.out.WriteString(m.Word)
		}
	}
}

// page codes a page as Page.Data holds it.
func (s *slowEncoder) page(rows [][]bool, coding Coding, k int) []byte {
	ref := make([]bool, s.width)
	for i, row := range rows {
		switch {
		case coding == MMR:
			s.twoD(row, ref)
		case coding == MH:
			s.out.WriteString(spec.EOL)
			s.oneD(row)
		case i%k == 0:
			s.out.WriteString(spec.EOL + "1")
			s.oneD(row)
		default:
			s.out.WriteString(spec.EOL + "0")
			s.twoD(row, ref)
		}
		ref = row
	}
	switch coding {
	case MMR:
		s.out.WriteString(strings.Repeat(spec.EOL, 2))
	case MH:
		s.out.WriteString(strings.Repeat(spec.EOL, 6))
	case MR:
		s.out.WriteString(strings.Repeat(spec.EOL+"1", 6))
	}
	return pack(s.out.String())
}

// pack makes octets of a string of 0 and 1.
func pack(bits string) []byte {
	out := make([]byte, (len(bits)+7)/8)
	for i, c := range bits {
		if c == '1' {
			out[i/8] |= 0x80 >> (i % 8)
		}
	}
	return out
}

// TestTables holds the transcription against what any code of T.4 must be:
// complete, and no word the beginning of another.
func TestTables(t *testing.T) {
	for name, table := range map[string][]spec.Code{
		"white": slices.Concat(spec.WhiteTerminating, spec.WhiteMakeUp, spec.ExtendedMakeUp),
		"black": slices.Concat(spec.BlackTerminating, spec.BlackMakeUp, spec.ExtendedMakeUp),
	} {
		var words []string
		for i, c := range table {
			if want := i; i < 64 && c.Run != want || i >= 64 && c.Run != (i-63)*64 {
				t.Errorf("%s: line %d is of run %d", name, i, c.Run)
			}
			words = append(words, c.Word)
		}
		prefixFree(t, name, append(words, spec.EOL, spec.Extension1D))
	}
	var words []string
	for _, m := range spec.Modes {
		words = append(words, m.Word)
	}
	prefixFree(t, "modes", append(words, spec.EOL, spec.Extension2D))
}

func prefixFree(t *testing.T, name string, words []string) {
	t.Helper()
	for i, a := range words {
		for j, b := range words {
			if i != j && strings.HasPrefix(b, a) {
				t.Errorf("%s: %s begins with %s", name, b, a)
			}
		}
		// Else rows could contain an EOL (T.4 4.1.2).
		if strings.HasSuffix(a, "0000") || a != spec.EOL && strings.HasPrefix(a, "000000000") {
			t.Errorf("%s: %s could be part of an EOL", name, a)
		}
	}
}

// TestGeneratedTables looks every code word up in the generated tables.
func TestGeneratedTables(t *testing.T) {
	for _, c := range []struct {
		name   string
		decode *[1 << 13]uint16
		encode *runCodes
		codes  []spec.Code
	}{
		{"white", &whiteRun, &whiteCode, slices.Concat(spec.WhiteTerminating, spec.WhiteMakeUp, spec.ExtendedMakeUp)},
		{"black", &blackRun, &blackCode, slices.Concat(spec.BlackTerminating, spec.BlackMakeUp, spec.ExtendedMakeUp)},
	} {
		used := 0
		for _, code := range c.codes {
			free := 13 - len(code.Word)
			for i := range 1 << free {
				e := c.decode[int(bitsOf(code.Word))<<free|i]
				if int(e>>4) != code.Run || int(e&15) != len(code.Word) {
					t.Fatalf("%s run %d decodes to %d, %d bits", c.name, code.Run, e>>4, e&15)
				}
				used++
			}
		}
		for i, e := range c.decode {
			if e != 0 {
				used--
			} else if i>>10 != 0 && c.name == "black" && i>>4 != 1 {
				t.Errorf("black: %013b is no code word", i)
			}
		}
		if used != 0 {
			t.Errorf("%s: %d entries of the decoding table belong to no code", c.name, -used)
		}
		for run, e := range c.encode {
			s := slowEncoder{}
			s.run(c.name == "black", run)
			if want := s.out.String(); uint64(e>>6) != bitsOf(want) || int(e&63) != len(want) {
				t.Fatalf("%s run %d is coded %b in %d bits, want %s", c.name, run, e>>6, e&63, want)
			}
		}
	}
}

func bitsOf(word string) (v uint64) {
	for _, c := range word {
		v = v<<1 | uint64(c-'0')
	}
	return v
}

// TestStepTables holds the tables of several codes in one against those of single
// codes.
func TestStepTables(t *testing.T) {
	for white := range 64 {
		for black := range 64 {
			w, b, got := whiteCode[white], blackCode[black], pairCode[black<<6|white]
			if got&63 != w&63+b&63 || got>>6 != w>>6<<(b&63)|b>>6 {
				t.Fatalf("white %d and black %d are coded %b", white, black, got)
			}
		}
	}
	for i, step := range stepRun {
		colour, next := i>>stepBits, uint64(i)<<(64-stepBits)
		run, used, complete := 0, 0, 0
		first := 0
		for complete < 2 {
			e := runs[colour][next>>51]
			if e == 0 || e>>4 == 0 || used+int(e&15) > stepBits || complete == 1 && e >= makeUp {
				break // empty, rare, or too long for the table
			}
			run, used, next = run+int(e>>4), used+int(e&15), next<<(e&15)
			if e >= makeUp {
				break
			}
			if complete++; complete == 1 {
				first = run
			}
			colour ^= 1
		}
		if used == 0 {
			if step>>14 <= MaxWidth {
				t.Fatalf("step %0*b leads %d pels on, where there is no code", stepBits+1, i, step>>14)
			}
		} else if int(step>>14) != run || int(step&63) != used || int(step>>6&3) != complete || int(step>>8&63) != first {
			t.Fatalf("step %0*b is %#x: want %d pels, %d bits, %d runs, the first of %d", stepBits+1, i, step, run, used, complete, first)
		}
	}
	for i, step := range stepMode {
		next := uint64(i) << (64 - modeBits)
		want := [2]int{MaxWidth, vertical0}
		used, n := 0, 0
		for ; n < 2; n++ {
			m := modes[next>>57]
			if m-1 >= pass<<4-1 || used+int(m&15) > modeBits {
				break
			}
			want[n], used, next = int(m>>4), used+int(m&15), next<<(m&15)
		}
		if n == 0 {
			if step>>12 <= MaxWidth {
				t.Fatalf("step %0*b leads %d pels on, where there is no vertical mode", modeBits, i, step>>12)
			}
		} else if int(step&63) != used || int(step>>6&3) != n || int(step>>12) != want[0] || int(step>>8&15) != want[1] {
			t.Fatalf("step %0*b is %#x: want %d modes, %v, of %d bits", modeBits, i, step, n, want, used)
		}
	}
}
