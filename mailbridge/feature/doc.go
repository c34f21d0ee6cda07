// Package feature reads what a recipient of fax says that it can show, and writes what
// a document asks of it: expressions of media features (RFC 2533) over the tags of fax
// (RFC 2879, RFC 2531).
//
//	(& (color=Binary) (image-coding=[MH,MMR]) (| (dpi=204) (dpi=200)) (size-x<=2150/254))
package feature
