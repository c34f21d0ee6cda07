package modemtest

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/t38/modem"
)

// Numbers that name the modems of Spandsp.
const (
	V17    = 17
	V21    = 21 // channel 2; it has no rate
	V27ter = 27
	V29    = 29
)

// Spandsp is a process with the modems of libspandsp: nobody here wrote them.
type Spandsp struct {
	t   testing.TB
	in  *bufio.Writer
	out *bufio.Reader
}

// StartSpandsp compiles and starts the program in testdata/spandsp, or ends the
// test when this machine has no libspandsp.
func StartSpandsp(t testing.TB) *Spandsp {
	t.Helper()
	cc := testpeer.Command(t, "cc", "Debian package gcc")
	program := filepath.Join(t.TempDir(), "peer")
	_, here, _, _ := runtime.Caller(0)
	source := filepath.Join(filepath.Dir(here), "testdata", "spandsp", "peer.c")
	out, err := exec.Command(cc, "-O2", "-o", program, source, "-lspandsp").CombinedOutput()
	if err != nil {
		t.Logf("%s", out)
		testpeer.Missing(t, "libspandsp with its headers (Debian package libspandsp-dev)")
	}
	cmd := exec.Command(program)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait()
	})
	return &Spandsp{t, bufio.NewWriter(stdin), bufio.NewReader(stdout)}
}

func (s *Spandsp) put(octets int, n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	if _, err := s.in.Write(b[8-octets:]); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Spandsp) read(n int) []byte {
	if err := s.in.Flush(); err != nil {
		s.t.Fatal(err)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(s.out, b); err != nil {
		s.t.Fatal(err)
	}
	return b
}

func (s *Spandsp) number(octets int) (n int) {
	for _, o := range s.read(octets) {
		n = n<<8 | int(o)
	}
	return n
}

func (s *Spandsp) samples(samples []int16) {
	s.put(4, len(samples))
	for _, x := range samples {
		s.put(2, int(uint16(x)))
	}
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Transmit gives the whole signal for some bits. Short training is for V.17.
func (s *Spandsp) Transmit(name, rate int, short, echoProtection bool, bits []byte) []int16 {
	s.put(1, 'T')
	s.put(1, name)
	s.put(2, rate)
	s.put(1, oneIf(short))
	s.put(1, oneIf(echoProtection))
	s.put(4, len(bits))
	for _, b := range bits {
		s.put(1, int(b))
	}
	b := s.read(2 * s.number(4))
	samples := make([]int16, len(b)/2)
	for i := range samples {
		samples[i] = int16(binary.BigEndian.Uint16(b[2*i:]))
	}
	return samples
}

// Restart begins to receive. V.17 keeps what it learnt for a short training.
func (s *Spandsp) Restart(name, rate int, short bool) {
	s.put(1, 'R')
	s.put(1, name)
	s.put(2, rate)
	s.put(1, oneIf(short))
}

// Receive hears samples and tells what it makes of them.
func (s *Spandsp) Receive(samples []int16, sink modem.Sink) {
	s.put(1, 'A')
	s.samples(samples)
	for _, e := range s.read(s.number(4)) {
		switch int8(e) { // SIG_STATUS_
		case 0, 1:
			sink.Bit(e)
		case -1:
			sink.Status(modem.CarrierDown)
		case -2:
			sink.Status(modem.CarrierUp)
		case -4:
			sink.Status(modem.Trained)
		case -5:
			sink.Status(modem.TrainingFailed)
		}
	}
}

// ReceiveTime is the CPU time of a new receiver for these samples.
func (s *Spandsp) ReceiveTime(name, rate int, samples []int16) time.Duration {
	s.put(1, 'C')
	s.put(1, name)
	s.put(2, rate)
	s.samples(samples)
	return time.Duration(s.number(8))
}

// TransmitTime is the CPU time of a new transmitter for so many samples.
func (s *Spandsp) TransmitTime(name, rate, samples int) time.Duration {
	s.put(1, 'D')
	s.put(1, name)
	s.put(2, rate)
	s.put(4, samples)
	return time.Duration(s.number(8))
}
