package spool

import "crypto/rand"

// idLetters has no vowels, so that no id is a word, and nothing that is
// mistaken for something else when it is read out.
const idLetters = "23456789BCDFGHJKMNPQRSTVWXZ"

// The first letter of an id says what it names.
const (
	idSubmission = "S"
	idJob        = "J"
	idReceived   = "R"
)

// newID makes an id such as "J7K2QM". There are 14 million of a kind: whoever
// inserts one looks whether it is taken.
func newID(kind string) string {
	b := make([]byte, 0, 6)
	b = append(b, kind...)
	for len(b) < 6 {
		var r [8]byte
		rand.Read(r[:])
		for _, v := range r {
			// 243 = 9*27: above it the letters would not be equally likely.
			if len(b) < 6 && v < 243 {
				b = append(b, idLetters[int(v)%len(idLetters)])
			}
		}
	}
	return string(b)
}
