// Package imf reads and writes the Internet Message Format (RFC 5322) and MIME
// (RFC 2045 to 2047, RFC 2231).
//
// Reading is tolerant, because mail comes as real clients send it: a header
// line without a colon, a boundary that is never closed or stray characters in
// base64 cost at most what they damage. Reading never fails; it gives less.
//
// Writing is strict: whatever text is handed in, no field can break out of its
// line and no body can end its part.
package imf
