// Package spandsptest runs fax machines of libspandsp for tests: small programs of
// our own against its public interface, each in a process of its own and in
// lockstep with the test's time. common.h is what they have in common.
package spandsptest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Options are those of the T.30 engine of a peer.
type Options struct {
	Calls, Sends bool
	NoECM        bool
	Modems       int // T30_SUPPORT_V27TER 1, V29 2, V17 4; 0: all
	Codings      int // MH 2, MR 4, MMR 8; 0: all
}

// Peer is a machine that runs.
type Peer struct {
	Done   bool
	Result int      // T30_ERR_… of libspandsp, 0 for success; after Finish
	Pages  []Bitmap // what it has received; after Finish

	t     testing.TB
	cmd   *exec.Cmd
	stdin io.WriteCloser
	in    *bufio.Writer
	out   *bufio.Reader
}

// Bitmap is a page: rows of octets, the leftmost pel in the most significant
// bit, black is 1.
type Bitmap struct {
	Width, Rows int
	Bits        []byte
}

// Build compiles the peer whose C source is in a file, or ends the test when this
// machine has no libspandsp.
func Build(t testing.TB, source string) (program string) {
	t.Helper()
	cc := testpeer.Command(t, "cc", "Debian package gcc")
	program = filepath.Join(t.TempDir(), "peer")
	out, err := exec.Command(cc, "-O1", "-o", program, source, "-lspandsp", "-ltiff").CombinedOutput()
	if err != nil {
		t.Logf("%s", out)
		testpeer.Missing(t, "libspandsp with its headers (Debian packages libspandsp-dev and libtiff-dev)")
	}
	return program
}

// Start runs a peer with the document that it is to send, if it does; more are
// arguments of its own. It ends with the test.
func Start(t testing.TB, program string, o Options, document []*t4.Page, more ...string) *Peer {
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
	args := []string{
		word(o.Calls, "calls", "answers"), word(o.Sends, "sends", "receives"),
		filepath.Join(t.TempDir(), "fax.tif"), word(o.NoECM, "0", "1"), number(o.Modems, 7), number(o.Codings, 14),
	}
	p := &Peer{t: t, cmd: exec.Command(program, append(args, more...)...)}
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
	if o.Sends {
		p.writeDocument(document)
	}
	t.Cleanup(func() {
		p.stdin.Close()
		_ = p.cmd.Wait()
	})
	return p
}

func (p *Peer) writeDocument(document []*t4.Page) {
	p.Number(2, len(document))
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
		p.Number(4, page.Width)
		p.Number(4, page.Rows)
		p.Number(4, perCM)
		p.Write(bits)
	}
}

// Number writes a number of so many octets.
func (p *Peer) Number(octets, n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	p.Write(b[8-octets:])
}

// Write writes octets to the peer.
func (p *Peer) Write(b []byte) {
	if _, err := p.in.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

// Flush sends what was written.
func (p *Peer) Flush() {
	if err := p.in.Flush(); err != nil {
		p.t.Fatal(err)
	}
}

// Read reads n octets.
func (p *Peer) Read(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(p.out, b); err != nil {
		p.t.Fatal(err)
	}
	return b
}

// ReadNumber reads a number of so many octets.
func (p *Peer) ReadNumber(octets int) (n int) {
	for _, o := range p.Read(octets) {
		n = n<<8 | int(o)
	}
	return n
}

// TakeResult reads the result of the call, whose 'R' has been read.
func (p *Peer) TakeResult() {
	p.Result = p.ReadNumber(1)
	for range p.ReadNumber(2) {
		page := Bitmap{Width: p.ReadNumber(4), Rows: p.ReadNumber(4)}
		page.Bits = p.Read((page.Width + 7) / 8 * page.Rows)
		p.Pages = append(p.Pages, page)
	}
}

// Compare says how what a peer has received differs from a document, nil if it
// does not.
func Compare(doc []*t4.Page, got []Bitmap) error {
	if len(got) != len(doc) {
		return fmt.Errorf("%d pages, want %d", len(got), len(doc))
	}
	for n, page := range doc {
		bits, _, err := page.Bitmap()
		if err != nil {
			return err
		}
		if got[n].Rows != page.Rows || got[n].Width != page.Width || string(bits) != string(got[n].Bits) {
			return fmt.Errorf("page %d differs (%d rows of %d pels, want %d of %d)", n, got[n].Rows, got[n].Width, page.Rows, page.Width)
		}
	}
	return nil
}
