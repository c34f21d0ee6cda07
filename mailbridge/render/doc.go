// Package render makes fax pages of what a mail brings:
//
//	text/plain, text/html ──> charset ──> lines of 80 columns ──> glyphs ──────┐
//	application/pdf ──> PDFium, 1728 pels wide, hard edges ──> error diffusion ┤
//	image/png, jpeg, … ──> upright, scaled ──> threshold or error diffusion ───┼──> []*t4.Page
//	image/tiff ──> fax pages, as they are ─────────────────────────────────────┤
//	           └─> others: scaled ─────────────────────────────────────────────┤
//	Cover ──> text/template, made last and put first ──────────────────────────┘
//
// Text is set in DejaVu Sans Mono, which is embedded, and characters that it has not
// in the fonts of the machine; what no font has is a box on the page and a warning.
// All that is not a fax page yet comes out 1728 pels wide at fine resolution, what
// every fax machine takes. Header writes its line on pages that are made already.
//
// Documents come from outside. Sandbox runs Pages in a child process, the same
// program once more, with limits of time and memory; main calls RunChild first:
//
//	plugin process                         child process
//	Sandbox.Pages ──── parts, options ────> RunChild
//	              <─── page, page, … ──────  Pages
//
// PDFium is WebAssembly and sees nothing but its own memory and the fonts. It is
// started in the child, when a PDF comes, and never in the plugin itself.
//
// What is wrong with a document is a *mailbridge.PermanentError with a sentence for
// the person who sent it.
package render
