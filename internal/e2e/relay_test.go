package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/internal/asterisktest"
	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// between is pagebridge between two PBXes: calls of near to numbers that have a
// route go through it to far.
type between struct {
	near, far *asterisktest.PBX
	host      *hosttest.Host
	sip       int
}

// openBetween starts everything; more gives further configuration.
func openBetween(t *testing.T, more func(*between) string) *between {
	t.Helper()
	return openBetweenWith(t, nil, more)
}

// openBetweenWith is openBetween with other configuration files for the far
// Asterisk.
func openBetweenWith(t *testing.T, files map[string]string, more func(*between) string) *between {
	t.Helper()
	b := &between{sip: hosttest.FreePort(t)}
	b.near = asterisktest.Start(t, b.sip)
	b.far = asterisktest.StartWith(t, b.sip, files)
	var s strings.Builder
	fmt.Fprintf(&s, "sip { listen = [\"udp:127.0.0.1:%d\"] }\nmedia { address = \"127.0.0.1\" }\n", b.sip)
	for _, trunk := range []struct {
		name, server, more string
	}{
		{"near", b.near.Address(asterisktest.Redundancy), ""},
		{"near-fec", b.near.Address(asterisktest.FEC), `error_correction = "fec"`},
		{"far", b.far.Address(asterisktest.Redundancy), ""},
		{"far-fec", b.far.Address(asterisktest.FEC), `error_correction = "fec"`},
		{"far-noec", b.far.Address(asterisktest.NoEC), `error_correction = "none"`},
		{"far-g711", b.far.Address(asterisktest.AudioOnly), ""},
	} {
		fmt.Fprintf(&s, "trunk %q {\n server = %q\n %s\n}\n", trunk.name, trunk.server, trunk.more)
	}
	for pattern, trunk := range map[string]string{
		"7*": "far", "7001": "far-fec", "7011": "far-noec", "7003": "far-g711", "7034": "far-g711",
	} {
		fmt.Fprintf(&s, "route %q {\n trunk = %q\n}\n", pattern, trunk)
	}
	if more != nil {
		s.WriteString(more(b))
	}
	b.host = hosttest.Serve(t, s.String())
	return b
}

// TestRelayBetweenAsterisks carries faxes and a voice call from one Asterisk to
// another, through the plugin.
func TestRelayBetweenAsterisks(t *testing.T) {
	t.Parallel()
	threeUp := testpeer.Shared(t, "peers", "asterisk", "tiff", "three-pages.tif")
	b := openBetween(t, nil)
	t.Run("calls", func(t *testing.T) {
		for _, c := range []struct {
			name, extension string
			options         []string
			door            asterisktest.Door
		}{
			{"redundancy to FEC, the called side asks for T.38", "7001", []string{"-o", "f", "-E", "yes"}, asterisktest.Redundancy},
			{"FEC to redundancy, no ECM", "7031", []string{"-o", "f", "-E", "no", "-e", "peer-fec"}, asterisktest.FEC},
			{"redundancy to none", "7011", []string{"-o", "f", "-E", "yes"}, asterisktest.Redundancy},
			{"the calling side asks for T.38", "7010", []string{"-o", "zf", "-E", "yes"}, asterisktest.Redundancy},
			{"9600", "7032", []string{"-o", "f"}, asterisktest.Redundancy},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				dest := c.extension
				if c.door != asterisktest.Redundancy {
					dest = fmt.Sprintf("sip:%s@127.0.0.1:%d", c.extension, b.sip)
				}
				b.sendAndWant(t, threeUp, dest, "T38", c.options...)
			})
		}
		t.Run("voice", func(t *testing.T) {
			t.Parallel()
			b.echo(t, 15)
		})
	})
}

var rtpCounts = regexp.MustCompile(`rtp_received=(\d+) rtp_sent=(\d+)`)

// echo calls the other side's echo for some seconds and counts what comes back.
func (b *between) echo(t *testing.T, seconds int) {
	t.Helper()
	out, err := b.near.Run("call", "7007", strconv.Itoa(seconds))
	m := rtpCounts.FindStringSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("the call: %v\n%s", err, out)
	}
	t.Log(strings.TrimSpace(out))
	received, _ := strconv.Atoi(m[1])
	sent, _ := strconv.Atoi(m[2])
	if want := seconds * 50 * 9 / 10; sent < want || received < sent-5 {
		t.Errorf("%d packets were sent and %d came back, want nearly all of %d", sent, received, seconds*50)
	}
}
