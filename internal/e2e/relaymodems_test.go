package e2e

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

var allModems = flag.Bool("asterisk-modems", false, "carry a fax with each modem between two Asterisks, over T.38 and through the gateway (ten minutes)")

// receivers are extensions of the far Asterisk, one for each fax: 91xx asks for
// T.38, 92xx stays with its audio.
const receivers = `
[from-peer](+)
exten => _91XX,1,Gosub(rx,s,1(f))
exten => _92XX,1,Gosub(rx,s,1(F))
`

// TestModemsBetweenAsterisks carries three pages with each modem, with ECM and
// without it, over T.38 on both sides and through the gateway each way.
func TestModemsBetweenAsterisks(t *testing.T) {
	if !*allModems {
		t.Skip("takes ten minutes: -asterisk-modems runs it")
	}
	threeUp := testpeer.Shared(t, "peers", "asterisk", "tiff", "three-pages.tif")
	plan, err := os.ReadFile(testpeer.Shared(t, "peers", "asterisk", "etc", "extensions.conf"))
	if err != nil {
		t.Fatal(err)
	}
	b := openBetweenWith(t, map[string]string{"extensions.conf": string(plan) + receivers}, func(*between) string {
		return "route \"91*\" {\n trunk = \"far\"\n}\nroute \"92*\" {\n trunk = \"far-g711\"\n}\n"
	})
	number := 0
	for _, path := range []struct {
		name, mode string
		prefix     int
		options    []string
	}{
		{"T.38 to T.38", "T38", 91, []string{"-o", "f"}},
		{"T.38 to G.711", "T38", 92, []string{"-o", "zf"}},
		{"G.711 to T.38", "audio", 91, []string{"-o", "f", "-e", "peer-g711"}},
	} {
		// Asterisk's maxrate chooses modems; each sends at its highest rate.
		for _, modem := range []struct {
			names string
			rate  int
		}{{"v17,v27,v29", 14400}, {"v27,v29", 9600}, {"v27", 4800}} {
			for _, ecm := range []string{"yes", "no"} {
				number++
				dest := fmt.Sprintf("sip:%d%02d@127.0.0.1:%d", path.prefix, number, b.sip)
				options := append([]string{"-E", ecm, "-m", modem.names, "-r", fmt.Sprint(modem.rate)}, path.options...)
				t.Run(fmt.Sprintf("%s/%s, ECM %s", path.name, modem.names, ecm), func(t *testing.T) {
					t.Parallel()
					line := b.sendAndWant(t, threeUp, dest, path.mode, options...)
					for _, want := range []string{fmt.Sprintf(" rate=%d ", modem.rate), " ecm=" + ecm + " "} {
						if !strings.Contains(line, want) {
							t.Errorf("want %q: %s", want, line)
						}
					}
				})
			}
		}
	}
}
