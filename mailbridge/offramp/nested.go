package offramp

import (
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// headed puts before the text of a mail within a mail whose it is: on paper the name
// of an attachment is not seen.
func headed(message []byte, c Contents) Contents {
	if len(c.Parts) == 0 || !strings.HasPrefix(c.Parts[0].ContentType, "text/") || c.Parts[0].Name != "" {
		return c
	}
	header, _ := imf.Split(message)
	var b strings.Builder
	for _, name := range []string{"From", "To", "Date", "Subject"} {
		if value := imf.DecodeWords(header.Get(name)); value != "" {
			if runes := []rune(value); len(runes) > 500 {
				value = string(runes[:499]) + "…"
			}
			b.WriteString(name + ": " + strings.ToValidUTF8(value, "\uFFFD") + "\r\n")
		}
	}
	if b.Len() == 0 {
		return c
	}
	head := mailbridge.Part{Name: "the attached mail", ContentType: "text/plain", Charset: "utf-8", Body: []byte(b.String())}
	c.Parts = append([]mailbridge.Part{head}, c.Parts...)
	return c
}
