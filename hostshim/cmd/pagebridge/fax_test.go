package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// ran is what a command said and how it ended.
type ran struct {
	out, err string
	code     int
}

// notices is the standard error of a command; it passes on the address that it
// waits at.
type notices struct {
	mu      sync.Mutex
	text    bytes.Buffer
	waiting chan string
}

func newNotices() *notices { return &notices{waiting: make(chan string, 1)} }

func (n *notices) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if line := string(b); strings.HasPrefix(line, "waiting for ") {
		n.waiting <- strings.TrimPrefix(strings.TrimSpace(line[strings.LastIndexByte(line, ' '):]), "sip:")
	}
	return n.text.Write(b)
}

func (n *notices) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// execute runs the program's command line as main does.
func execute(ctx context.Context, n *notices, args ...string) ran {
	var out bytes.Buffer
	c := root()
	c.SetArgs(args)
	c.SetOut(&out)
	c.SetErr(n)
	err := c.ExecuteContext(ctx)
	r := ran{out: out.String(), err: n.String()}
	var code exitCode
	switch {
	case errors.As(err, &code):
		r.code = int(code)
	case err != nil:
		r.code, r.err = 1, r.err+err.Error()
	}
	return r
}

// faxCall is two commands in one call.
type faxCall struct{ called, calling ran }

// begin runs a command that waits, tells the other one where, and runs that.
func begin(ctx context.Context, waits []string, calls func(addr string) []string) <-chan faxCall {
	var c faxCall
	n, called, both := newNotices(), make(chan ran, 1), make(chan faxCall, 1)
	go func() { called <- execute(ctx, n, waits...) }()
	go func() {
		select {
		case addr := <-n.waiting:
			c.calling = execute(ctx, newNotices(), calls(addr)...)
			c.called = <-called
		case c.called = <-called: // it did not wait
		}
		both <- c
	}()
	return both
}

// outcome reads the one line of --json, which has the documented fields and no
// others.
func outcome(t *testing.T, r ran) result {
	t.Helper()
	if strings.Count(r.out, "\n") != 1 {
		t.Fatalf("--json gave %q; %s", r.out, r.err)
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(r.out), &fields); err != nil {
		t.Fatalf("%q: %v", r.out, err)
	}
	for _, name := range []string{
		"success", "cause", "sentence", "pages", "rate", "coding", "ecm", "bad_rows", "remote_id", "elapsed_s",
	} {
		if _, ok := fields[name]; !ok {
			t.Errorf("%s is missing in %s", name, r.out)
		}
	}
	var res result
	if err := json.Unmarshal([]byte(r.out), &res); err != nil {
		t.Fatal(err)
	}
	return res
}

// testDocument writes a TIFF of a few small pages, so that a fax is not long.
func testDocument(t *testing.T, pages int) string {
	t.Helper()
	const stride, rows = 1728 / 8, 120
	var doc []*t4.Page
	for n := range pages {
		bits := make([]byte, stride*rows)
		for y := 20; y < rows-20; y++ {
			for x := 20; x < 120; x += 2 + (y/8+n)%5 {
				bits[y*stride+x] = byte(y/4*37 + x + n)
			}
		}
		doc = append(doc, t4.FromBitmap(bits, stride*8, stride, rows, t4.MMR, t4.R8x7_7))
	}
	path := filepath.Join(t.TempDir(), "document.tif")
	if err := writePages(path, doc); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantSame compares two TIFFs pel by pel.
func wantSame(t *testing.T, want, got string) {
	t.Helper()
	a, err := readPages(want)
	if err != nil {
		t.Fatal(err)
	}
	b, err := readPages(got)
	if err != nil {
		t.Fatal(err)
	}
	if len(a) != len(b) {
		t.Fatalf("%d pages, want %d", len(b), len(a))
	}
	for n := range a {
		bitsA, _, errA := a[n].Bitmap()
		bitsB, _, errB := b[n].Bitmap()
		if errA != nil || errB != nil || a[n].Width != b[n].Width || !bytes.Equal(bitsA, bitsB) {
			t.Errorf("page %d differs (%v, %v)", n+1, errA, errB)
		}
	}
}

// terminals are the faxes of two terminals without SIP.
var terminals = []struct {
	name    string
	command string
	pages   int
	flags   []string // of both
	want    result
}{
	{"ECM over redundancy", "udptl", 2, []string{"--ec", "redundancy", "--span", "2"},
		result{Pages: 2, Rate: 14400, Coding: "MMR", ECM: true}},
	{"no ECM, over FEC", "udptl", 1, []string{"--ec", "fec", "--span", "4", "--ecm=false", "--max-rate", "9600", "--t38-version", "3"},
		result{Pages: 1, Rate: 9600, Coding: "MR"}},
	{"MH through loss", "udptl", 1, []string{"--loss", "5%", "--seed", "7", "--coding", "mh", "-v"},
		result{Pages: 1, Rate: 14400, Coding: "MH", ECM: true}},
	{"audio", "rtp", 1, []string{"--codec", "pcma"},
		result{Pages: 1, Rate: 14400, Coding: "MMR", ECM: true}},
	{"audio, V.29, no ECM", "rtp", 1, []string{"--modems", "v29,v27ter", "--ecm=false", "--ptime", "10ms"},
		result{Pages: 1, Rate: 9600, Coding: "MR"}},
}

// TestFaxes has all its faxes under way at once: they take real time and do
// nothing in it. Parallel tests would be as many as there are processors.
func TestFaxes(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	document, dir := testDocument(t, 1), t.TempDir()
	overSIP := begin(ctx, []string{"fax", "receive", "--listen", "udp:127.0.0.1:0", "--dir", dir, "--json"},
		func(addr string) []string {
			return []string{"fax", "send", "--listen", "udp:127.0.0.1:0", "--to", "sip:7001@" + addr, document}
		})
	var begun []func(*testing.T)
	for _, c := range terminals {
		document, got := testDocument(t, c.pages), filepath.Join(t.TempDir(), "got.tif")
		command := func(flags ...string) []string {
			common := []string{"fax", c.command, "--local", "127.0.0.1:0", "--json", "--station-id", "555 0100"}
			return append(append(common, c.flags...), flags...)
		}
		both := begin(ctx, command("--receive", got),
			func(addr string) []string { return command("--send", document, "--remote", addr) })
		begun = append(begun, func(t *testing.T) {
			fax := <-both
			checkTerminal(t, fax.called, c.want, got)
			checkTerminal(t, fax.calling, c.want, "")
			wantSame(t, document, got)
			if c.flags[0] == "--loss" {
				checkVerbose(t, fax)
			}
		})
	}
	for n, c := range terminals {
		t.Run(c.name, begun[n])
	}
	t.Run("over SIP", func(t *testing.T) { checkSIP(t, <-overSIP, document) })
}

// checkTerminal compares what a terminal said with what was to come.
func checkTerminal(t *testing.T, r ran, want result, file string) {
	t.Helper()
	o := outcome(t, r)
	if o.Sentence == "" || o.Elapsed < 5 || o.Elapsed > 60 {
		t.Errorf("sentence %q, %v s", o.Sentence, o.Elapsed)
	}
	want.Success, want.RemoteID, want.File = true, "555 0100", file
	want.Sentence, want.Elapsed = o.Sentence, o.Elapsed
	if o != want || r.code != 0 {
		t.Errorf("%+v, exit code %d\nwant %+v\n%s", o, r.code, want, r.err)
	}
}

func checkVerbose(t *testing.T, fax faxCall) {
	t.Helper()
	wantLadder(t, fax.called.err, "<- CNG", "-> CED", "-> DIS V.27ter", "<- DCS 14400 V.17 MH ECM", "-> CFR", "-> MCF")
	wantLadder(t, fax.calling.err, "-> CNG", "<- DIS V.27ter", "-> DCS 14400", "-> PPS-EOP", "<- MCF", "-> DCN")
	if said := fax.called.err; strings.Contains(said, "--loss dropped 0 and 0") || !strings.Contains(said, "--loss dropped") {
		t.Errorf("-v does not say what was lost:\n%s", said)
	}
}

// wantLadder looks for the lines in their order.
func wantLadder(t *testing.T, ladder string, lines ...string) {
	t.Helper()
	rest := ladder
	for _, line := range lines {
		_, after, ok := strings.Cut(rest, line)
		if !ok {
			t.Errorf("%q is not in its place in\n%s", line, ladder)
			return
		}
		rest = after
	}
}

func checkSIP(t *testing.T, fax faxCall, document string) {
	t.Helper()
	o := outcome(t, fax.called)
	if !o.Success || o.Pages != 1 || o.Rate != 14400 || o.Coding != "MMR" || !o.ECM || fax.called.code != 0 || fax.calling.code != 0 {
		t.Fatalf("%+v", fax)
	}
	wantSame(t, document, o.File)
	for _, want := range []string{"The fax went through: 1 page", `14400 bit/s, MMR, error correction, with "pagebridge", `} {
		if !strings.Contains(fax.calling.out, want) {
			t.Errorf("%q is not in %q", want, fax.calling.out)
		}
	}
}

// A fax that fails is exit code 1 and says why.
func TestFailedFaxes(t *testing.T) {
	document := testDocument(t, 1)
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for name, args := range map[string][]string{
		"nobody calls":      {"receive", "--listen", "udp:127.0.0.1:0", "--dir", t.TempDir()},
		"no datagram comes": {"udptl", "--local", "127.0.0.1:0", "--receive", filepath.Join(t.TempDir(), "a.tif")},
		"no answer":         {"udptl", "--local", "127.0.0.1:0", "--remote", silent.LocalAddr().String(), "--send", document},
	} {
		t.Run(name, func(t *testing.T) {
			r := execute(t.Context(), newNotices(), append(append([]string{"fax"}, args...), "--json", "--timeout", "300ms")...)
			o := outcome(t, r)
			if o.Success || o.Cause != "timeout" || !strings.Contains(o.Sentence, "longer than 300ms") || o.Coding != "" || r.code != 1 {
				t.Errorf("%+v, %+v", o, r)
			}
		})
	}
}

func TestStoppedByTheUser(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := newNotices()
	go func() { <-n.waiting; cancel() }()
	r := execute(ctx, n, "fax", "udptl", "--local", "127.0.0.1:0", "--receive", filepath.Join(t.TempDir(), "a.tif"), "--json")
	if o := outcome(t, r); o.Cause != "interrupted" || r.code != 1 {
		t.Errorf("%+v", r)
	}
}

func TestMistakesOfTheUser(t *testing.T) {
	dir := t.TempDir()
	document := testDocument(t, 1)
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text, cut := file("letter.doc", []byte("Dear Sirs")), file("cut.tif", b[:len(b)-100])
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.LocalAddr().String()
	udptl := func(flags ...string) []string { return append([]string{"udptl", "--local", "127.0.0.1:0"}, flags...) }
	receive := func(flags ...string) []string {
		return append(udptl("--receive", filepath.Join(dir, "a.tif")), flags...)
	}
	rtp := func(flags ...string) []string {
		return append([]string{"rtp", "--local", "127.0.0.1:0", "--receive", filepath.Join(dir, "a.tif")}, flags...)
	}
	send := func(flags ...string) []string { return append([]string{"send", "--to", "sip:7@127.0.0.1"}, flags...) }

	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"sned"}, `"sned": it is send, receive, udptl or rtp`},
		{[]string{"udptl", "--receive", "a.tif"}, "--local"},
		{[]string{"udptl", "--local", "localhost:4000", "--receive", "a.tif"}, "write IP:PORT"},
		{[]string{"udptl", "--local", port, "--receive", filepath.Join(dir, "a.tif")}, port + ": another program has this port"},
		{[]string{"udptl", "--local", "192.0.2.1:4000", "--receive", filepath.Join(dir, "a.tif")}, "does not have this address"},
		{udptl(), "name a file: --send FILE.tif or --receive FILE.tif"},
		{udptl("--send", document, "--receive", "a.tif"), "exclude each other"},
		{udptl("--send", filepath.Join(dir, "none.tif")), "none.tif: no such file"},
		{udptl("--send", dir), "it is a folder"},
		{udptl("--send", text), "letter.doc: it is not a TIFF"},
		{udptl("--send", cut), "cut.tif is cut short"},
		{udptl("--receive", dir), "not an ordinary file"},
		{udptl("--receive", filepath.Join(dir, "none", "a.tif")), "none: no such file"},
		{receive("--remote", "127.0.0.1"), "write IP:PORT"},
		{receive("--remote", "127.0.0.1:0"), "write IP:PORT"},
		{receive("--remote", "[::1]:4000"), "IPv6"},
		{receive("--ec", "parity"), "none, redundancy or fec"},
		{receive("--span", "8"), "0 to 7"},
		{receive("--ec", "fec", "--span", "0"), "1 to 20"},
		{receive("--ec", "none", "--span", "1"), "no meaning"},
		{receive("--max-rate", "33600"), "2400, 4800"},
		{receive("--coding", "jbig"), "mh, mr or mmr"},
		{receive("--coding", "mmr", "--ecm=false"), "needs error correction"},
		{receive("--t38-version", "4"), "0, 1, 2 or 3"},
		{rtp("--codec", "g729"), "pcmu or pcma"},
		{rtp("--modems", "v34"), "v17, v29 or v27ter"},
		{rtp("--ptime", "100ms"), "10ms to 60ms"},
		{rtp("--ec", "fec"), "unknown flag"},
		{receive("--loss", "100%"), "below 100%"},
		{receive("--loss", "NaN"), "below 100%"},
		{receive("--timeout", "0s"), "--timeout"},
		{receive("--station-id", strings.Repeat("1", 21)), "20 characters"},
		{receive("--paper", "a4"), "unknown flag"},
		{receive("again.tif"), "only flags are expected"},
		{[]string{"send", document}, "must be a SIP URI"},
		{send(), "name one file to send"},
		{send(filepath.Join(dir, "none.tif")), "none.tif: no such file"},
		{send(text), "letter.doc: it is not a TIFF"},
		{send(document, "--listen", "udp:"+port), "another program has this port"},
		{send(document, "--media", "here"), "must be an IP address"},
		{[]string{"receive", "--listen", "5060"}, "transport:address:port"},
		{[]string{"receive", "--listen", "udp:0.0.0.0:0", "--dir", dir}, "--media is needed"},
		{[]string{"receive", "--listen", "udp:127.0.0.1:0", "--dir", text}, "not a directory"},
	} {
		r := execute(t.Context(), newNotices(), append([]string{"fax"}, c.args...)...)
		if r.code != 2 || !strings.Contains(r.err, c.want) || r.out != "" || strings.Count(r.err, "\n") != 1 {
			t.Errorf("fax %s: exit code %d, %q; want %q", strings.Join(c.args, " "), r.code, r.err+r.out, c.want)
		}
	}
}

func TestLossIsTheSeeds(t *testing.T) {
	lost := func(seed uint64) (s string) {
		l := newLink(nil, 0.3, seed)
		for range 64 {
			for _, d := range []*direction{&l.in, &l.out} {
				s += map[bool]string{false: ".", true: "x"}[d.loses()]
			}
		}
		return s
	}
	first, again, other := lost(1), lost(1), lost(2)
	if first != again || first == other {
		t.Error("the seed does not say which datagrams are lost")
	}
	if n := strings.Count(first, "x"); n < 20 || n > 60 {
		t.Errorf("%d of 128 lost at 30 %%", n)
	}
}

func TestLossFlag(t *testing.T) {
	for text, want := range map[string]lossShare{"0": 0, "0.05": 0.05, "5%": 0.05, "0.5%": 0.005, "10": 0.1} {
		var s lossShare
		if err := s.Set(text); err != nil || s != want {
			t.Errorf("--loss %s is %v, %v", text, s, err)
		}
	}
}

func TestWriteLadder(t *testing.T) {
	var b strings.Builder
	writeLadder(&b, "  0.000  -> DIS"+strings.Repeat(" V.27ter", 15)+"\n  1.000  <- DCN\n")
	const want = `seconds     -> said here, <- said by the other machine
  0.000  -> DIS V.27ter V.27ter V.27ter V.27ter V.27ter V.27ter V.27ter V.27ter V.27ter V.27ter
                V.27ter V.27ter V.27ter V.27ter V.27ter
  1.000  <- DCN
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if writeLadder(&b, ""); b.Len() > 0 {
		t.Errorf("no ladder is %q", b.String())
	}
}
