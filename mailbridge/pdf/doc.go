// Package pdf writes fax pages as a PDF file (ISO 32000-1), which every computer
// and telephone opens without asking:
//
//	*t4.Page ──> T.6 rows, as they are ──> CCITTFaxDecode stream ──> page of the same size
//
// No pel is lost and no bitmap is made: a page coded in MMR goes into the file as it
// came over the line, any other is coded anew row by row.
package pdf
