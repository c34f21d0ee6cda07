package e2e

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/speechtest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/t38/audio"
)

var speechTime = flag.Duration("speech", 20*time.Second, "how long the call of TestSpeechIsNotDisturbed talks")

// TestSpeechIsNotDisturbed lets two sides talk through a host that listens for
// faxes: sipp makes and takes the call, the test speaks and listens. What one
// says arrives at the other octet for octet, and soon.
func TestSpeechIsNotDisturbed(t *testing.T) {
	t.Parallel()
	speech := speechtest.Speech(t, min(*speechTime, 5*time.Minute)) // and again from its beginning
	sip, far := hosttest.FreePort(t), hosttest.FreePort(t)
	host := hosttest.Serve(t, fmt.Sprintf(`sip { listen = ["udp:127.0.0.1:%d"] }
media { address = "127.0.0.1" }
trunk "near" { server = "127.0.0.1:9" }
trunk "far" { server = "127.0.0.1:%d" }
route "7*" {
  trunk = "far"
  mode  = "detect"
}
`, sip, far))
	near, called := newTalker(t), newTalker(t)
	over := make(chan error, 2)
	callee := startSipp(t, takesCall(called.port()), "-p", fmt.Sprint(far))
	caller := startSipp(t, makesCall(near.port(), *speechTime+5*time.Second), "-p", fmt.Sprint(hosttest.FreePort(t)), "-s", "7000", fmt.Sprintf("127.0.0.1:%d", sip))
	go func() { over <- callee.wait("the called side") }()
	go func() { over <- caller.wait("the calling side") }()
	near.to, called.to = caller.media(t), callee.media(t)
	// Two more talk without anything between: what this machine takes for that.
	beside, listener := newTalker(t), newTalker(t)
	beside.to = netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1:%d", listener.port()))
	var all sync.WaitGroup
	for _, k := range []*talker{near, called, beside} {
		all.Go(func() { k.talk(speech, *speechTime) })
	}
	for name, k := range map[string]*talker{"the calling side": near, "the called side": called, "without a host": listener} {
		all.Go(func() { k.listen(*speechTime).judge(t, name) })
	}
	all.Wait()
	for range 2 {
		if err := <-over; err != nil {
			t.Error(err)
		}
	}
	if log := host.About("is heard"); log != "" {
		t.Errorf("speech was taken for a fax:\n%s", log)
	}
	t.Log(host.About("RTP from leg"))
}

const ptime = 20 * time.Millisecond

// talker is the media of one side.
type talker struct {
	conn *net.UDPConn
	to   netip.AddrPort
}

func newTalker(t *testing.T) *talker {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &talker{conn: conn}
}

func (k *talker) port() int { return k.conn.LocalAddr().(*net.UDPAddr).Port }

// talk sends a line in G.711, each packet with a mark by which it is known and
// the time at which it left.
func (k *talker) talk(line []int16, length time.Duration) {
	const samples = 160
	begun := time.Now()
	p := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: uint32(k.port())}, Payload: make([]byte, samples)}
	for n := range int(length / ptime) {
		for i := range p.Payload {
			p.Payload[i] = audio.MuLaw.Encode(line[(n*samples+i)%len(line)])
		}
		p.SequenceNumber, p.Timestamp = uint16(n), uint32(n*samples)
		// Two extensions (RFC 8285) say when it left and what it held: nobody on
		// the way reads them.
		time.Sleep(time.Until(begun.Add(time.Duration(n) * ptime)))
		p.Header.Extensions, p.Header.Extension, p.Header.ExtensionProfile = nil, true, 0xBEDE
		p.SetExtension(1, binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixNano())))
		p.SetExtension(2, binary.BigEndian.AppendUint32(nil, sum(p.Payload)))
		octets, err := p.Marshal()
		if err != nil {
			panic(err)
		}
		k.conn.WriteToUDPAddrPort(octets, k.to)
	}
}

func sum(b []byte) (s uint32) {
	for _, o := range b {
		s = s*31 + uint32(o)
	}
	return s
}

// talked is what one side has heard.
type talked struct {
	delays []time.Duration
	spoilt int
}

// judge wants nearly all to have been heard, as it was said.
func (w talked) judge(t *testing.T, name string) {
	slices.Sort(w.delays)
	n, want := len(w.delays), int(*speechTime/ptime)
	if n < want*995/1000 || w.spoilt > 0 {
		t.Errorf("%s heard %d packets of %d, %d of them spoilt", name, n, want, w.spoilt)
	}
	if n > 0 {
		t.Logf("%s heard %d packets, after %v (p50), %v (p99)", name, n, w.delays[n/2], w.delays[n*99/100])
	}
}

func (k *talker) listen(length time.Duration) (w talked) {
	var buf [2000]byte
	k.conn.SetReadDeadline(time.Now().Add(length + 3*time.Second))
	for {
		n, _, err := k.conn.ReadFromUDPAddrPort(buf[:])
		if err != nil {
			return w
		}
		now := time.Now()
		var p rtp.Packet
		if p.Unmarshal(buf[:n]) != nil || len(p.GetExtension(1)) != 8 || len(p.GetExtension(2)) != 4 {
			w.spoilt++
			continue
		}
		if binary.BigEndian.Uint32(p.GetExtension(2)) != sum(p.Payload) || p.SequenceNumber != uint16(len(w.delays)) {
			w.spoilt++
		}
		w.delays = append(w.delays, now.Sub(time.Unix(0, int64(binary.BigEndian.Uint64(p.GetExtension(1))))))
	}
}

// sipps counts them: each binds four ports of media, wanted or not.
var sipps atomic.Int32

// sipp is one that runs.
type sipp struct {
	dir  string
	out  *bytes.Buffer
	done chan error
}

func startSipp(t *testing.T, scenario string, args ...string) *sipp {
	t.Helper()
	program := testpeer.Command(t, "sipp", "Debian package sip-tester")
	s := &sipp{dir: t.TempDir(), out: new(bytes.Buffer), done: make(chan error, 1)}
	file := filepath.Join(s.dir, "call.xml")
	if err := os.WriteFile(file, []byte(scenario), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, append([]string{
		"-sf", file, "-i", "127.0.0.1", "-m", "1", "-nostdin", "-skip_rlimit", "-watchdog_interval", "6000000",
		"-mp", fmt.Sprint(31000 + 20*sipps.Add(1)), "-trace_msg", "-message_file", "messages",
	}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, s.out, s.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.done <- cmd.Wait() }()
	return s
}

func (s *sipp) wait(who string) error {
	if err := <-s.done; err != nil {
		messages, _ := os.ReadFile(filepath.Join(s.dir, "messages"))
		return fmt.Errorf("sipp, %s: %v\n%s\n%s", who, err, messages, s.out)
	}
	return nil
}

var audioPort = regexp.MustCompile(`m=audio (\d+) `)

// media is where the other side wants our RTP: what it has said of audio last.
func (s *sipp) media(t *testing.T) (to netip.AddrPort) {
	t.Helper()
	hosttest.Eventually(t, "its address of audio", 30*time.Second, func() bool {
		messages, _ := os.ReadFile(filepath.Join(s.dir, "messages"))
		for _, message := range strings.Split(string(messages), "-----------------------------------------------") {
			if m := audioPort.FindStringSubmatch(message); m != nil && strings.Contains(message, "UDP message received") {
				to = netip.MustParseAddrPort("127.0.0.1:" + m[1])
			}
		}
		return to.IsValid()
	})
	return to
}

// sdpAt is a description in sipp's scenario.
func sdpAt(port int) string {
	return fmt.Sprintf("v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio %d RTP/AVP 0\n", port)
}

func makesCall(port int, length time.Duration) string {
	const dialog = "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\nFrom: <sip:100@127.0.0.1>;tag=[call_number]\n"
	return `<?xml version="1.0"?><scenario name="caller">
<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
` + dialog + `To: <sip:[service]@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:100@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

` + sdpAt(port) + `]]></send>
<recv response="100" optional="true"/><recv response="180" optional="true"/>
<recv response="200" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
` + dialog + `To: <sip:[service]@[remote_ip]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<pause milliseconds="` + fmt.Sprint(length.Milliseconds()) + `"/>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
` + dialog + `To: <sip:[service]@[remote_ip]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/></scenario>`
}

func takesCall(port int) string {
	return `<?xml version="1.0"?><scenario name="callee">
<recv request="INVITE"/>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:7000@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

` + sdpAt(port) + `]]></send>
<recv request="ACK"/>
<recv request="BYE" timeout="3600000"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send></scenario>`
}
