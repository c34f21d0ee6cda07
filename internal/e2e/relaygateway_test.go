package e2e

import (
	"fmt"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// TestGatewayBetweenAsterisks carries faxes between two Asterisks of which one
// refuses T.38.
func TestGatewayBetweenAsterisks(t *testing.T) {
	t.Parallel()
	threeUp := testpeer.Shared(t, "peers", "asterisk", "tiff", "three-pages.tif")
	// Without ECM nothing repeats what a busy machine makes Asterisk's modems lose.
	page := testpeer.Shared(t, "peers", "asterisk", "tiff", "one-page.tif")
	b := openBetween(t, nil)
	for _, c := range []struct {
		name, extension, mode string
		audio                 bool // the caller's door refuses T.38
		file                  string
		options               []string
	}{
		{"T.38 to G.711", "7003", "T38", false, threeUp, []string{"-o", "zf", "-E", "yes"}},
		{"T.38 to G.711, 9600, no ECM", "7034", "T38", false, page, []string{"-o", "zf", "-E", "no"}},
		{"G.711 to T.38", "7001", "audio", true, threeUp, []string{"-o", "f", "-E", "yes", "-e", "peer-g711"}},
		{"G.711 to T.38, no ECM", "7031", "audio", true, page, []string{"-o", "f", "-E", "no", "-e", "peer-g711"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dest := c.extension
			if c.audio {
				dest = fmt.Sprintf("sip:%s@127.0.0.1:%d", c.extension, b.sip)
			}
			b.sendAndWant(t, c.file, dest, c.mode, c.options...)
		})
	}
}
