package t4

import (
	"io"
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	src := noise(newRand(7), 1728, 250)
	for _, coding := range []Coding{MH, MR, MMR} {
		e := NewEncoder(coding, src.width, EncodeOptions{})
		if err := e.WriteBits(src.bits); err != nil {
			t.Fatal(err)
		}
		page := e.Page(R8x7_7)
		page.BadRows, page.BadRun = 3, 2
		for _, limit := range []int{1, 99, 125, 249} {
			parts, err := page.Split(limit)
			if err != nil {
				t.Fatal(err)
			}
			if want := (page.Rows + limit - 1) / limit; len(parts) != want {
				t.Errorf("%v cut every %d rows: %d pages, want %d", coding, limit, len(parts), want)
			}
			if parts[0].BadRows != 3 || parts[0].BadRun != 2 {
				t.Errorf("%v: bad rows %d, %d are not kept", coding, parts[0].BadRows, parts[0].BadRun)
			}
			whole := page.Decode()
			for _, part := range parts {
				if part.Rows > limit || part.Coding != coding || part.Resolution != page.Resolution || part.Width != page.Width {
					t.Errorf("%v: a part has %d rows, %v, %v, width %d", coding, part.Rows, part.Coding, part.Resolution, part.Width)
				}
				for row, err := range part.Decode().All() {
					want, werr := whole.Next()
					if err != nil || werr != nil || !slices.Equal(row, want) {
						t.Fatalf("%v cut every %d rows: rows differ (%v, %v)", coding, limit, err, werr)
					}
				}
			}
			if _, err := whole.Next(); err != io.EOF {
				t.Errorf("%v cut every %d rows: rows are missing", coding, limit)
			}
		}
	}
}

func TestSplitLeavesAPageThatFits(t *testing.T) {
	e := NewEncoder(MMR, 1728, EncodeOptions{})
	if err := e.WriteBits(noise(newRand(1), 1728, 20).bits); err != nil {
		t.Fatal(err)
	}
	page := e.Page(R8x7_7)
	for _, limit := range []int{0, 20, 21} {
		parts, err := page.Split(limit)
		if err != nil || len(parts) != 1 || parts[0] != page {
			t.Errorf("limit %d: %d pages, %v", limit, len(parts), err)
		}
	}
}
