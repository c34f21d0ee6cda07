// Package asterisktest runs a real Asterisk with fax for a test, on loopback:
// the one whose scripts stand in the shared folder beside the checkout. Where
// that folder is not, tests skip; where it is and Asterisk is not installed,
// PAGEBRIDGE_INTEROP=1 makes that a failure.
package asterisktest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// PBX is a running Asterisk.
type PBX struct {
	script string
	env    []string
	run    string // folder of this instance
	SIP    int    // the door "peer": T.38 with redundancy; see Door
}

// Door is the SIP port of one of Asterisk's endpoints.
type Door int

// The doors by their distance from the first one.
const (
	Redundancy Door = 0 // T.38, UDPTL redundancy
	AudioOnly  Door = 1 // T.38 refused with 488
	Digest     Door = 3 // wants authentication: user peer-auth, password secret
	NoEC       Door = 4 // T.38 without error correction
	FEC        Door = 5 // T.38, UDPTL FEC
	TCP        Door = 6 // SIP over TCP
)

// Address is where a door is, host:port.
func (p *PBX) Address(d Door) string { return fmt.Sprintf("127.0.0.1:%d", p.SIP+int(d)) }

// Start runs an Asterisk until the test ends. It sends its own calls to
// 127.0.0.1:peerPort.
func Start(t testing.TB, peerPort int) *PBX {
	t.Helper()
	return start(t, filepath.Join(testpeer.Shared(t, "peers", "asterisk"), "run.sh"), peerPort)
}

func start(t testing.TB, script string, peerPort int) *PBX {
	t.Helper()
	p := &PBX{script: script}
	peers := os.Getenv("PEERS_DIR")
	if peers == "" {
		peers = "/opt/peers"
	}
	if _, err := os.Stat(filepath.Join(peers, "asterisk-root")); err != nil {
		testpeer.Missing(t, "Asterisk (setup.sh of the shared folder)")
	}
	slot := freeSlot(t)
	p.SIP = slot.sip
	p.run = t.TempDir()
	p.env = append(os.Environ(),
		"PEERS_DIR="+peers, "INSTANCE="+fmt.Sprintf("test-%d", slot.sip), "RUN_DIR="+p.run,
		fmt.Sprintf("SIP_PORT=%d", slot.sip), fmt.Sprintf("PEER_PORT=%d", peerPort),
		fmt.Sprintf("UDPTL_START=%d", slot.media), fmt.Sprintf("UDPTL_END=%d", slot.media+99),
		fmt.Sprintf("RTP_START=%d", slot.media+100), fmt.Sprintf("RTP_END=%d", slot.media+199))
	t.Cleanup(func() {
		if out, err := p.Run("down"); err != nil {
			t.Logf("Asterisk did not go down: %v\n%s", err, out)
		}
	})
	if out, err := p.Run("up"); err != nil {
		t.Fatalf("Asterisk did not come up: %v\n%s", err, out)
	}
	return p
}

type slot struct{ sip, media int }

// slots remembers which ones this process has given out: tests run side by side.
var slots = struct {
	sync.Mutex
	given map[int]bool
}{given: map[int]bool{}}

// freeSlot finds ports for an instance. They are below those that the operating
// system gives out, so that nobody takes them meanwhile.
func freeSlot(t testing.TB) slot {
	t.Helper()
	slots.Lock()
	defer slots.Unlock()
	for k := range 50 {
		s := slot{sip: 15070 + 20*k, media: 16200 + 200*k}
		if slots.given[k] {
			continue
		}
		if free(s.sip, s.sip+1, s.sip+3, s.sip+4, s.sip+5, s.sip+6, s.media, s.media+1, s.media+100) {
			slots.given[k] = true
			return s
		}
	}
	t.Fatal("no free ports for Asterisk")
	return slot{}
}

func free(ports ...int) bool {
	for _, port := range ports {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			return false
		}
		conn.Close()
	}
	return true
}

// Run runs one command of run.sh and gives what it printed.
func (p *PBX) Run(args ...string) (string, error) {
	cmd := testpeer.Promptly(exec.Command("bash", append([]string{p.script}, args...)...))
	cmd.Env = p.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Send lets Asterisk call dest, a number or a sip: URI, and send the file; more
// are options of run.sh send. It returns when the fax is over, with Asterisk's
// line about it; err is set unless the fax was a success.
func (p *PBX) Send(file, dest string, more ...string) (string, error) {
	return p.Run(append(append([]string{"send"}, more...), file, dest)...)
}

// Received are the TIFF files of the faxes that came to extension.
func (p *PBX) Received(t testing.TB, extension string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.run, "rx", extension+"-*.tif"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Results are Asterisk's lines about the faxes at extension, one each.
func (p *PBX) Results(extension string) []string {
	b, _ := os.ReadFile(filepath.Join(p.run, "results.log")) // not there before the first
	var lines []string
	for _, line := range strings.Split(string(b), "\n") {
		if strings.Contains(line, " exten="+extension+" ") {
			lines = append(lines, line)
		}
	}
	return lines
}
