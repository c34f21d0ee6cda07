// Package tiff writes fax pages as TIFF-F, the form in which they travel by mail,
// and reads the TIFF files that people really send.
//
//	*t4.Page ──> Writer, Encode ──> image/tiff ──> Reader, Decode ──> *t4.Page
//	                                                           └────> *image.Gray
//
// What is written is RFC 3949: profile S, which every reader of Internet fax must
// take, or F, which has all codings. In the file each page is a directory of tags
// and, behind it, one strip of coded rows:
//
//	header ── tags of page 1 ── rows of page 1 ── tags of page 2 ── …
//
// So a file is written and read page by page, and never sits in memory whole.
//
// What is read is nearly anything: both byte orders and BigTIFF, strips and tiles,
// both fill orders, all codings of fax, missing tags and wrong ones. Pages in black
// and white come as t4.Page, others as grey for the renderer to reduce. Every claim
// of a file is held against its size and against Limits before memory is spent on
// it. A page that is not whole is an error, never fewer rows; Sentence says it to
// the person who sent the file.
package tiff
