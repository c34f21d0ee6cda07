package offramp

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// dataPicture is an image of an HTML text that stands in the text (RFC 2397).
var dataPicture = regexp.MustCompile(`(?i)<img\b[^>]{0,1000}?\bsrc\s*=\s*["']?data:(image/[a-z0-9.+-]{1,40});base64,([a-z0-9+/=%\s]+)`)

// maxDataPictures bounds how many are taken of one text.
const maxDataPictures = 50

// dataPictures gives them as parts, as if they had come beside the text.
func (r *reader) dataPictures(markup []byte) (parts []mailbridge.Part) {
	if !bytes.Contains(markup, []byte("data:image/")) && !bytes.Contains(markup, []byte("data:IMAGE/")) {
		return nil
	}
	for _, m := range dataPicture.FindAllSubmatch(markup, maxDataPictures) {
		mediaType, data := strings.ToLower(string(m[1])), m[2]
		if plain, err := url.PathUnescape(string(data)); err == nil {
			data = []byte(plain)
		}
		body, ok := imf.Decode("base64", data)
		if ok && r.limits.Usable(mediaType) {
			parts = append(parts, mailbridge.Part{ContentType: mediaType, Body: body, Inline: true})
		}
	}
	return parts
}

// pictures are those of an HTML text.
func pictures(c Contents) (parts []mailbridge.Part) {
	for _, p := range c.Parts {
		if p.Inline {
			parts = append(parts, p)
		}
	}
	return parts
}
