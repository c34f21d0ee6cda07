package t38

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// spandsp is a terminal of libspandsp in its own process, in lockstep with the
// test's time. Its UDPTL is ours, its IFP and T.30 are not.
type spandsp struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	in     *bufio.Writer
	out    *bufio.Reader
	sender udptl.Sender
	recv   udptl.Receiver
	depth  int
	done   bool
	result int
	pages  []bitmap
}

type bitmap struct {
	width, rows int
	bits        []byte
}

// peerOptions are those of the program in testdata/spandsp.
type peerOptions struct {
	calls, sends bool
	noECM        bool
	version      int
	modems       int // T30_SUPPORT_V27TER 1, V29 2, V17 4; 0: all
	codings      int // MH 2, MR 4, MMR 8; 0: all
	options      int // T38_TERMINAL_OPTION_…
}

// noIndicators makes the peer send none. (Those that repeat them make libspandsp
// 0.0.6 miss its own turn to send.)
const noIndicators = 8

// buildSpandsp compiles the peer, or ends the test when this machine has no
// libspandsp.
func buildSpandsp(t *testing.T) string {
	t.Helper()
	cc := testpeer.Command(t, "cc", "Debian package gcc")
	program := filepath.Join(t.TempDir(), "peer")
	out, err := exec.Command(cc, "-O1", "-o", program, "testdata/spandsp/peer.c", "-lspandsp", "-ltiff").CombinedOutput()
	if err != nil {
		t.Logf("%s", out)
		testpeer.Missing(t, "libspandsp with its headers (Debian packages libspandsp-dev and libtiff-dev)")
	}
	return program
}

func startSpandsp(t testing.TB, program string, o peerOptions, document []*t4.Page) *spandsp {
	t.Helper()
	word := func(yes bool, a, b string) string {
		if yes {
			return a
		}
		return b
	}
	number := func(n, all int) string {
		if n == 0 {
			n = all
		}
		return strconv.Itoa(n)
	}
	p := &spandsp{t: t, depth: 3}
	p.cmd = exec.Command(program, word(o.calls, "calls", "answers"), word(o.sends, "sends", "receives"),
		filepath.Join(t.TempDir(), "fax.tif"), word(o.noECM, "0", "1"), strconv.Itoa(o.version),
		number(o.modems, 7), number(o.codings, 14), strconv.Itoa(o.options))
	p.cmd.Stderr = os.Stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.stdin, p.in, p.out = stdin, bufio.NewWriter(stdin), bufio.NewReader(stdout)
	if o.sends {
		p.writeDocument(document)
	}
	t.Cleanup(func() {
		p.stdin.Close()
		_ = p.cmd.Wait()
	})
	return p
}

func (p *spandsp) writeDocument(document []*t4.Page) {
	p.number(2, len(document))
	for _, page := range document {
		perCM := 7700 // hundredths of lines per cm
		if page.Resolution == t4.R8x3_85 {
			perCM = 3850
		} else if page.Resolution == t4.R8x15_4 {
			perCM = 15400
		}
		bits, _, err := page.Bitmap()
		if err != nil {
			p.t.Fatal(err)
		}
		p.number(4, page.Width)
		p.number(4, page.Rows)
		p.number(4, perCM)
		p.write(bits)
	}
}

func (p *spandsp) number(octets, n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	p.write(b[8-octets:])
}

func (p *spandsp) write(b []byte) {
	if _, err := p.in.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

func (p *spandsp) read(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(p.out, b); err != nil {
		p.t.Fatal(err)
	}
	return b
}

func (p *spandsp) readNumber(octets int) (n int) {
	for _, o := range p.read(octets) {
		n = n<<8 | int(o)
	}
	return n
}

// hear gives the peer a datagram.
func (p *spandsp) hear(now time.Time, datagram []byte) {
	_ = p.recv.Receive(now, datagram)
	p.deliver(now)
}

func (p *spandsp) deliver(now time.Time) {
	for it, more := p.recv.Next(now); more; it, more = p.recv.Next(now) {
		if it.Missing > 0 {
			continue // the gap in the numbers tells
		}
		p.write([]byte{'P'})
		p.number(2, int(it.Seq))
		p.number(2, len(it.IFP))
		p.write(it.IFP)
	}
}

// tick lets 20 ms pass there and sends what the peer has said.
func (p *spandsp) tick(now time.Time, to *simnet.Link) {
	p.deliver(now)
	p.write([]byte{'T'})
	if err := p.in.Flush(); err != nil {
		p.t.Fatal(err)
	}
	for {
		switch c := p.readNumber(1); c {
		case 'P':
			datagram, err := p.sender.Append(nil, p.read(p.readNumber(2)), p.depth)
			if err != nil {
				p.t.Fatal(err)
			}
			to.Send(now, datagram)
		case 'T':
			p.done = p.readNumber(1) != 0
			return
		default:
			p.t.Fatalf("the peer says %q", rune(c))
		}
	}
}

// finish ends the peer's call and takes what it has received.
func (p *spandsp) finish() {
	p.write([]byte{'Q'})
	if err := p.in.Flush(); err != nil {
		p.t.Fatal(err)
	}
	for p.readNumber(1) != 'R' {
		p.read(p.readNumber(2)) // packets said while it ended
	}
	p.result = p.readNumber(1)
	for range p.readNumber(2) {
		page := bitmap{width: p.readNumber(4), rows: p.readNumber(4)}
		page.bits = p.read((page.width + 7) / 8 * page.rows)
		p.pages = append(p.pages, page)
	}
}

const spandspTick = 20 * time.Millisecond

// against runs one of our sessions against the peer until both are done.
func against(t testing.TB, p *spandsp, o Options, c simnet.Conditions, doc []*t4.Page) *end {
	t.Helper()
	w := &world{now: time.Unix(1e9, 0)}
	back := simnet.New(c)
	c.Seed++
	e := &end{w: w, out: simnet.New(c), source: doc}
	e.s = newSession(o, w.now, e)
	stop, tick := w.now.Add(longest), w.now
	for !e.s.done() || !p.done {
		next := tick
		if !e.s.done() {
			next = earliest(next, e.s.deadline())
		}
		if at, ok := e.out.Next(); ok {
			next = earliest(next, at)
		}
		if at, ok := back.Next(); ok {
			next = earliest(next, at)
		}
		for _, r := range e.pending {
			next = earliest(next, r.at)
		}
		if next.After(w.now) {
			w.now = next
		}
		if w.now.After(stop) {
			t.Fatal("the fax does not end")
		}
		for b, ok := e.out.Receive(w.now); ok; b, ok = e.out.Receive(w.now) {
			p.hear(w.now, b)
		}
		if !tick.After(w.now) {
			p.tick(w.now, back)
			tick = tick.Add(spandspTick)
		}
		e.step(back)
	}
	p.finish()
	return e
}

func sameAsBitmaps(doc []*t4.Page, got []bitmap) error {
	if len(got) != len(doc) {
		return fmt.Errorf("%d pages, want %d", len(got), len(doc))
	}
	for n, page := range doc {
		bits, _, err := page.Bitmap()
		if err != nil {
			return err
		}
		if got[n].rows != page.Rows || got[n].width != page.Width || string(bits) != string(got[n].bits) {
			return fmt.Errorf("page %d differs (%d rows of %d pels, want %d of %d)", n, got[n].rows, got[n].width, page.Rows, page.Width)
		}
	}
	return nil
}

// spandspFax sends the document to or from the peer and checks every pel.
func spandspFax(t testing.TB, program string, peer peerOptions, o Options, c simnet.Conditions, doc []*t4.Page) (t30.Outcome, error) {
	t.Helper()
	o.T30.Calling, o.T30.Transmits, o.T30.Receives = !peer.calls, !peer.sends, peer.sends
	o.T30.LocalID, o.T30.Ladder = "111", new(t30.Ladder)
	p := startSpandsp(t, program, peer, doc)
	p.sender = udptl.Sender{Correction: o.ErrorCorrection}
	e := against(t, p, o, c, doc)
	out := e.s.driver.Engine.Outcome()
	switch {
	case !out.Success || p.result != 0:
		return out, fmt.Errorf("we: %s (%v); peer: %d\n%s", out.Sentence(), out.Cause, p.result, o.T30.Ladder)
	case peer.sends:
		if d := differ(doc, e.tray); d != "" {
			return out, errors.New(d)
		}
		return out, nil
	}
	return out, sameAsBitmaps(doc, p.pages)
}

func TestSpandsp(t *testing.T) {
	program := buildSpandsp(t)
	doc := []*t4.Page{testPage(1, 300, t4.MMR, t4.R8x7_7), testPage(2, 500, t4.MMR, t4.R8x7_7)}
	run := func(name string, peer peerOptions, o Options, check func(t30.Outcome) bool) {
		for _, sends := range []bool{false, true} {
			peer.sends, peer.calls = sends, sends
			direction := "to it"
			if sends {
				direction = "from it"
			}
			t.Run(name+" "+direction, func(t *testing.T) {
				o.Version = peer.version
				out, err := spandspFax(t, program, peer, o, simnet.Conditions{Delay: 15 * time.Millisecond}, doc)
				if err != nil {
					t.Fatal(err)
				}
				if !check(out) {
					t.Errorf("%d bit/s, ECM %v, %v", out.Rate, out.ECM, out.Coding)
				}
			})
		}
	}
	any := func(t30.Outcome) bool { return true }
	for coding, want := range map[int]t4.Coding{2: t4.MH, 4 | 2: t4.MR, 8 | 4 | 2: t4.MMR} {
		for _, noECM := range []bool{false, true} {
			if noECM && want == t4.MMR {
				continue // T.6 needs ECM
			}
			run(fmt.Sprintf("%v, ECM %v", want, !noECM), peerOptions{codings: coding, noECM: noECM}, Options{},
				func(out t30.Outcome) bool { return out.Coding == want && out.ECM == !noECM })
		}
	}
	for version := range 4 {
		run(fmt.Sprintf("version %d", version), peerOptions{version: version}, Options{}, any)
	}
	for _, ec := range []udptl.ErrorCorrection{udptl.NoCorrection, udptl.Redundancy, udptl.FEC} {
		run(ec.String(), peerOptions{}, Options{ErrorCorrection: ec}, any)
	}
	for _, rate := range []int{2400, 4800, 7200, 9600, 12000, 14400} {
		run(fmt.Sprintf("%d bit/s", rate), peerOptions{noECM: rate < 7200}, Options{MaxBitRate: rate},
			func(out t30.Outcome) bool { return out.Rate == rate })
	}
	run("V.27ter and V.29", peerOptions{modems: 3}, Options{}, func(out t30.Outcome) bool { return out.Rate == 9600 })
	run("no indicators", peerOptions{options: noIndicators}, Options{}, any)
}

// A fax through loss against spandsp: its T.30 and IFP, our UDPTL on both
// sides.
func TestSpandspThroughLoss(t *testing.T) {
	program := buildSpandsp(t)
	doc := []*t4.Page{testPage(1, 300, t4.MMR, t4.R8x7_7)}
	for _, sends := range []bool{false, true} {
		for _, percent := range []float64{5, 10} {
			good := 0
			const tries = 5
			for seed := range uint64(tries) {
				_, err := spandspFax(t, program, peerOptions{sends: sends, calls: sends}, Options{ErrorCorrection: udptl.Redundancy},
					simnet.Conditions{Seed: seed, Loss: percent / 100, Delay: 15 * time.Millisecond}, doc)
				if err == nil {
					good++
				} else {
					t.Logf("it sends %v, %v %%, seed %d: %v", sends, percent, seed, err)
				}
			}
			t.Logf("it sends %v, %v %% lost: %d of %d", sends, percent, good, tries)
			if good < tries {
				t.Errorf("it sends %v, %v %% lost: only %d of %d", sends, percent, good, tries)
			}
		}
	}
}
