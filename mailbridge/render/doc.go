// Package render makes fax pages of what a mail brings: plain text in any charset
// and TIFF files.
//
//	text/plain ──> charset ──> lines of 80 columns ──> glyphs ──┐
//	image/tiff ──> fax pages, as they are ──────────────────────┼──> []*t4.Page
//	           └─> others: scaled to 1728 pels, reduced to black┘
//	               and white
//
// Text is set in DejaVu Sans Mono, which is embedded. All that is not a fax page
// yet comes out 1728 pels wide at fine resolution, what every fax machine takes.
//
// Documents come from outside. Sandbox runs Pages in a child process, the same
// program once more, with limits of time and memory; main calls RunChild first:
//
//	plugin process                         child process
//	Sandbox.Pages ──── parts, options ────> RunChild
//	              <─── page, page, … ──────  Pages
//
// What is wrong with a document is a *mailbridge.PermanentError with a sentence for
// the person who sent it.
package render
