package mailbridge

// Part is one leaf of a mail that can become pages: decoded from its transfer
// encoding, its charset still as the sender wrote it.
type Part struct {
	Name        string // file name for people and messages, "" if the mail gave none
	ContentType string // lower case, without parameters: "text/plain", "image/tiff"
	Charset     string // as labelled, lower case; "" if the mail did not say
	Flowed      bool   // format=flowed (RFC 3676): lines that end in a blank go on
	DelSp       bool   // delsp=yes (RFC 3676): that blank was not in the text
	Inline      bool   // shown within another part, as a logo is
	Body        []byte
}
