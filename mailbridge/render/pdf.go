package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// engine is PDFium as WebAssembly: whatever a document makes it do happens in
// memory of its own, which sees no file but the fonts and no network.
type engine struct {
	pool pdfium.Pool
	pdfium.Pdfium
	cache wazero.CompilationCache
}

// pdfMemory is what a document may use of the engine's own memory, in pages of
// 64 KiB. 32-bit WebAssembly ends at 4 GiB; this is 384 MiB.
const pdfMemory = 384 << 20 >> 16

// newEngine starts PDFium. Its machine code comes from the folder cache, or is
// made and left there, which takes seconds; "" makes it anew each time.
func newEngine(ctx context.Context, cache string, fonts []string) (_ *engine, err error) {
	// The exceptions are those of WebAssembly, by which PDFium does longjmp.
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(pdfMemory)
	e := &engine{}
	if cache != "" {
		if e.cache, err = wazero.NewCompilationCacheWithDir(cache); err != nil {
			return nil, fmt.Errorf("opening the renderer's cache: %w", err)
		}
		config = config.WithCompilationCache(e.cache)
	}
	files := wazero.NewFSConfig()
	for _, dir := range fonts {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			files = files.WithReadOnlyDirMount(dir, dir)
		}
	}
	e.pool, err = webassembly.Init(webassembly.Config{
		Context: ctx, MaxTotal: 1, MaxIdle: 1, MinIdle: 1, ReuseWorkers: true, RuntimeConfig: config, FSConfig: files,
		Stdout: io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		e.close()
		return nil, fmt.Errorf("starting PDFium: %w", err)
	}
	if e.Pdfium, err = e.pool.GetInstanceWithContext(ctx); err != nil {
		e.close()
		return nil, fmt.Errorf("starting PDFium: %w", err)
	}
	return e, nil
}

func (e *engine) close() {
	if e.pool != nil {
		_ = e.pool.Close() // there is nothing in it to be lost
	}
	if e.cache != nil {
		_ = e.cache.Close(context.Background())
	}
}

// pdf makes pages of a PDF file.
func (s *sheets) pdf(name string, p *mailbridge.Part) error {
	if s.engine == nil {
		e, err := newEngine(s.ctx, s.o.Cache, s.o.Fonts)
		if err != nil {
			return err
		}
		s.engine = e
	}
	body := p.Body
	opened, err := s.engine.FPDF_LoadMemDocument(&requests.FPDF_LoadMemDocument{Data: &body})
	if err != nil {
		return failure(mailbridge.S5_6_3Conversion, "%s %s", name, pdfComplaint(err))
	}
	f := s.engine.openForm(opened.Document)
	defer f.close()
	count, err := f.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: f.document})
	if err != nil || count.PageCount < 1 {
		return failure(mailbridge.S5_6_3Conversion, "%s is a PDF file without pages", name)
	}
	if s.n+count.PageCount > s.o.MaxPages {
		return s.tooMany(name)
	}
	for i := range count.PageCount {
		page, err := f.page(i, s.o.rowsOf(), s.o.Superfine)
		if err != nil {
			// What PDFium says is for nobody who sends a fax; the first line may help
			// whom he asks.
			said, _, _ := strings.Cut(err.Error(), "\n")
			return failure(mailbridge.S5_6_3Conversion, "page %d of %s cannot be drawn (%s)", i+1, name, said)
		}
		if err := s.add(name, page); err != nil {
			return err
		}
	}
	return nil
}

// pdfComplaint says what is wrong with a PDF file that cannot be opened.
func pdfComplaint(err error) string {
	switch {
	case errors.Is(err, pdferrors.ErrPassword):
		return "is protected by a password; send it without one"
	case errors.Is(err, pdferrors.ErrSecurity):
		return "is encrypted in a way that cannot be read here; send it unencrypted"
	}
	return "is not a PDF file that can be read; it may be damaged"
}

// page draws one page at its size on paper, or as large as the sheet takes: a
// wide page is turned, because lines of a fax cannot be longer.
func (f *pdfForm) page(i, sheet int, superfine bool) (*t4.Page, error) {
	size, err := f.FPDF_GetPageSizeByIndex(&requests.FPDF_GetPageSizeByIndex{Document: f.document, Index: i})
	if err != nil {
		return nil, err
	}
	w, h := size.Width, size.Height
	if !(w > 0 && h > 0) || w > 1e6 || h > 1e6 { // NaN, too
		return nil, fmt.Errorf("its size is %g by %g", w, h)
	}
	rotate := enums.FPDF_PAGE_ROTATION_NONE
	dx, dy := resolutionOf(superfine).DPI()
	if w > h && w*dx/72 > Width*1.02 {
		rotate, w, h = enums.FPDF_PAGE_ROTATION_90_CW, h, w
	}
	width, rows := w*dx/72, h*dy/72
	shrink := min(1, Width/width, float64(sheet)/rows)
	box := drawing{rotate: rotate, superfine: superfine}
	box.width = max(int(math.Round(width*shrink)), 1)
	box.rows = max(int(math.Round(rows*shrink)), 1)
	return f.draw(i, box)
}

// drawing is the place on paper that a page of a PDF gets.
type drawing struct {
	width, rows int
	rotate      enums.FPDF_PAGE_ROTATION
	superfine   bool
}

// drawFlags: letters and lines have hard edges, because greys at their edges would
// only become dots; pictures keep their greys.
const drawFlags = enums.FPDF_RENDER_FLAG_ANNOT | enums.FPDF_RENDER_FLAG_PRINTING | enums.FPDF_RENDER_FLAG_GRAYSCALE |
	enums.FPDF_RENDER_FLAG_RENDER_NO_SMOOTHTEXT | enums.FPDF_RENDER_FLAG_RENDER_NO_SMOOTHPATH

func (f *pdfForm) draw(i int, d drawing) (*t4.Page, error) {
	least := leastRows
	if d.superfine {
		least *= 2
	}
	rows := max(d.rows, least)
	made, err := f.FPDFBitmap_CreateEx(&requests.FPDFBitmap_CreateEx{
		Width: Width, Height: rows, Format: enums.FPDF_BITMAP_FORMAT_GRAY, Pointer: uint64(0),
	})
	if err != nil {
		return nil, err
	}
	bitmap := made.Bitmap
	defer func() {
		_, _ = f.FPDFBitmap_Destroy(&requests.FPDFBitmap_Destroy{Bitmap: bitmap})
	}()
	if _, err := f.FPDFBitmap_FillRect(&requests.FPDFBitmap_FillRect{
		Bitmap: bitmap, Width: Width, Height: rows, Color: 0xFFFFFFFF,
	}); err != nil {
		return nil, err
	}
	loaded, err := f.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: f.document, Index: i})
	if err != nil {
		return nil, err
	}
	defer func() {
		_, _ = f.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page})
	}()
	page := requests.Page{ByReference: &loaded.Page}
	if _, err := f.FPDF_RenderPageBitmap(&requests.FPDF_RenderPageBitmap{
		Bitmap: bitmap, Page: page,
		StartX: (Width - d.width) / 2, SizeX: d.width, SizeY: d.rows, Rotate: d.rotate, Flags: drawFlags,
	}); err != nil {
		return nil, err
	}
	if err := f.drawFields(page, bitmap, d); err != nil {
		return nil, err
	}
	pixels, err := f.FPDFBitmap_GetBuffer(&requests.FPDFBitmap_GetBuffer{Bitmap: bitmap})
	if err != nil {
		return nil, err
	}
	return greyPage(pixels.Buffer, rows, !f.scanned(page), resolutionOf(d.superfine))
}

// leastRows is the shortest page that is sent, 13 mm: less than that some machines
// take for a paper jam.
const leastRows = 100

// greyPage reduces rows of a whole line each, 0 being black, to black and white.
// shades says whether it has greys to keep.
func greyPage(pixels []byte, rows int, shades bool, res t4.Resolution) (*t4.Page, error) {
	if len(pixels) < rows*Width {
		return nil, errors.New("the renderer gave half a page")
	}
	pageStride := len(pixels) / rows
	e := t4.NewEncoder(t4.MMR, Width, noOptions)
	row, line := make([]float32, Width), make([]byte, stride)
	bits := reductionOf(shades, Width)
	white := bytes.Repeat([]byte{0xFF}, Width) // which most rows are
	for y := range rows {
		shown := pixels[y*pageStride:][:Width]
		if bits.idle() && bytes.Equal(shown, white) {
			clear(line)
			if err := e.WriteBits(line); err != nil {
				return nil, err
			}
			continue
		}
		for x, v := range shown {
			row[x] = float32(255 - v)
			if v > 0 && v < 255-leastHairline && hairline(pixels, pageStride, rows, x, y) {
				row[x] = 255
			}
		}
		clear(line)
		bits.reduce(row, func(x int) { line[x/8] |= 0x80 >> (x % 8) })
		if err := e.WriteBits(line); err != nil {
			return nil, err
		}
	}
	return e.Page(res), nil
}

// leastHairline is how dark, in steps of grey, a line of one pel is to become black.
const leastHairline = 72

// hairline says that a pel has white on two opposite sides. PDFium draws lines that
// are thinner than a pel in grey, and as dots they would have gaps.
func hairline(pixels []byte, stride, rows, x, y int) bool {
	white := func(x, y int) bool {
		return x < 0 || x >= Width || y < 0 || y >= rows || pixels[y*stride+x] > 255-edge
	}
	return white(x, y-1) && white(x, y+1) || white(x-1, y) && white(x+1, y)
}
