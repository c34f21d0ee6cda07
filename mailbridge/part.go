package mailbridge

// Part is one leaf of a mail that can become pages: decoded from its transfer
// encoding, its charset still as the sender wrote it.
type Part struct {
	Name        string // file name for people and messages, "" if the mail gave none
	ContentType string // lower case, without parameters: "text/plain", "image/tiff"
	Charset     string // as labelled, lower case; "" if the mail did not say
	Body        []byte
}
