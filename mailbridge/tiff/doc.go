// Package tiff reads and writes fax pages as TIFF files (RFC 3949 profiles S
// and F, RFC 2306): the form in which pages travel by mail.
//
//	[]*t4.Page ──▶ Encode ──▶ .tif ──▶ Decode ──▶ []*t4.Page
//
// Encode writes what every fax mail program reads. Decode reads what people
// send: any strip layout, both byte orders, both fill orders, both senses of
// black, and the bilevel compressions from none to Group 4. What is cut short
// is an error: a fax never silently loses its end.
package tiff
