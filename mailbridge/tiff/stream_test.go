package tiff

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// heap is how many octets are in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestFiveHundredPagesDoNotSitInMemory writes and reads a file of 500 dense pages
// and wants to need the memory of a few at any time.
func TestFiveHundredPagesDoNotSitInMemory(t *testing.T) {
	const pages, room = 500, 4 << 20
	rows := make([]byte, 216*200)
	x := uint32(1)
	for i := range rows {
		x = x*1664525 + 1013904223
		rows[i] = byte(x>>24) & byte(x>>16)
	}
	page := t4.FromBitmap(rows, 1728, 216, 200, t4.MMR, t4.R8x3_85)
	file, err := os.Create(filepath.Join(t.TempDir(), "many.tif"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}()
	before := heap()
	enough := func(what string, n int) {
		if used := heap(); used > before+room {
			t.Errorf("%s page %d, %d kB more are in use", what, n, (used-before)>>10)
		}
	}
	w := NewWriter(file, WriteOptions{Profile: ProfileF, Pages: pages})
	for i := range pages {
		if err := w.WritePage(page); err != nil {
			t.Fatal(err)
		}
		if i%100 == 50 {
			enough("writing", i)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil || info.Size() < 5*room {
		t.Fatalf("the file has %d octets: too few to tell (%v)", info.Size(), err)
	}
	r, err := NewReader(file, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		m, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.Number != n+1 || m.Page.Rows != page.Rows {
			t.Fatalf("page %d comes as %d, with %d rows", n+1, m.Number, m.Page.Rows)
		}
		if n%100 == 50 {
			enough("reading", n)
		}
	}
	if n != pages {
		t.Errorf("%d pages come back of %d", n, pages)
	}
}
