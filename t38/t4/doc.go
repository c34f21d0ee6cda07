// Package t4 codes and decodes fax pages as ITU-T T.4 (MH, MR) and T.6 (MMR)
// say, and defines Page, the form in which pages move through the house.
//
// A row is not pels but a [Row]: the positions at which the colour changes,
// starting from white. All coding is about these changing elements, so nothing
// here needs a bitmap but where one comes in or goes out:
//
//	pels     ....****......**........        width 24
//	Row          4   8     14 16
//
//	FromBitmap ──> Row ──> Encoder ──> Page ──> Decoder ──> Row ──> Bitmap
//	               pels to runs      │      ▲   │
//	                                 │      │   └──> Encoder ──> Page   Transcode, Fit
//	                 Line (fill) <───┘      └── Receiver <── the line
//
// To make a page, give rows to an [Encoder], or pels to [FromBitmap]. To look at
// one, range over [Page.Decode]'s rows or take [Page.Bitmap]. [Transcode] changes
// the coding of a page, [Page.Fit] its resolution and width for a peer that can no
// better. [Page.Line] is what a line without error correction carries, with fill
// for slow machines; [Receiver] takes what comes over such a line, damaged or not,
// conceals what is bad, counts it, and gives a clean page.
//
// # Damage
//
// A page in MH or MR that a modem received has wrong, missing and extra bits. A
// [Decoder] finds a row bad when its bits are no codes or its runs do not add up
// to its width, and goes on at the next EOL. MR loses with a row those that were
// coded against it, up to the next one-dimensional row. How many rows were lost
// matters, since the page must not shrink and the sender is told how good it was;
// so the Decoder tells a row that is lost from a flipped bit in the fill, a
// damaged EOL between two good rows, zeros in a damaged row that look like an EOL,
// and, by the one length that fill gives to rows, noise in the fill. MMR has no EOLs:
// after a bad row nothing can be decoded. It is only sent where errors are
// corrected.
//
// Uncompressed mode, an extension of both Recommendations that nobody offers, is
// recognised and refused ([ErrUncompressed]).
//
// # Tables
//
// The code tables stand in internal/spec as the Recommendation prints them, words
// of zeros and ones. gen.go makes table.go of them; the tests check that, and code
// whole pages a second time, slowly, straight from the words.
package t4

//go:generate go run gen.go
