package t30

// Ladder records what the two terminals said to each other, with times, cheap
// enough to be always on: it keeps octets and decodes them when it is printed.
type Ladder struct{}
