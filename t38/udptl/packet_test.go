package udptl

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
)

// captured gives the datagrams of a file in testdata.
func captured(t testing.TB, name string) (datagrams [][]byte) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		datagrams = append(datagrams, unhex(t, line))
	}
	return datagrams
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCapturedDatagramsComeBack(t *testing.T) {
	for _, file := range []string{"asterisk-redundancy.hex", "asterisk-fec.hex"} {
		for i, d := range captured(t, file) {
			var p Packet
			if err := p.Parse(d); err != nil || int(p.Seq) != i {
				t.Fatalf("%s: datagram %d: %v, %v", file, i, &p, err)
			}
			if got, err := p.Append(nil); err != nil || !bytes.Equal(got, d) {
				t.Fatalf("%s: %x came back as %x, %v", file, d, got, err)
			}
		}
	}
}

// The sender makes the very octets that Asterisk makes of the same packets. Its
// parity winds up in another way at the start, where only the receiver matters.
func TestSenderMakesWhatAsteriskMakes(t *testing.T) {
	for _, c := range []struct {
		file string
		s    Sender
		from int
	}{
		{"asterisk-redundancy.hex", Sender{Correction: Redundancy}, 0},
		{"asterisk-fec.hex", Sender{Correction: FEC, Span: 3, Entries: 3}, 9},
	} {
		for i, d := range captured(t, c.file) {
			var p Packet
			if err := p.Parse(d); err != nil {
				t.Fatal(err)
			}
			got, err := c.s.Append(nil, p.Primary, 3)
			if err != nil || i >= c.from && !bytes.Equal(got, d) {
				t.Fatalf("%s: datagram %d is %x, %v; want %x", c.file, i, got, err, d)
			}
		}
	}
}

func TestWrongDatagrams(t *testing.T) {
	for _, c := range []struct {
		wire    string
		err     error
		primary string
	}{
		{"", ErrCut, ""},
		{"0001", ErrCut, ""},
		{"000105", ErrCut, ""},
		{"0001c0", ErrLength, ""},
		{"000180", ErrCut, ""},
		{"0001010600", ErrCut, "06"},
		{"000101060001", ErrCut, "06"},
		{"00010106000103", ErrCut, "06"},
		{"00010106000000", ErrTrailing, "06"},
		{"0001010680", ErrCut, "06"},
		{"000101068002010100", ErrRecovery, "06"},
		{"00010106808180", ErrCut, "06"},
		{"0001010600bfff", ErrRecovery, "06"},
		{"00010106", nil, "06"}, // without any error-recovery
		{"0001000000", nil, ""}, // an empty packet
	} {
		var p Packet
		if err := p.Parse(unhex(t, c.wire)); !errors.Is(err, c.err) || hex.EncodeToString(p.Primary) != c.primary {
			t.Errorf("Parse(%s) = %v, %v; want %v", c.wire, &p, err, c.err)
		}
	}
	for _, p := range []Packet{
		{Primary: make([]byte, 0x4000)},
		{Recovery: [][]byte{make([]byte, 0x4000)}},
		{Recovery: make([][]byte, maxRecovery+1)},
		{IsFEC: true, FECNPackets: 128},
	} {
		if b, err := p.Append([]byte{1}); err == nil || len(b) != 1 {
			t.Errorf("Append(%v) = %d octets, %v", &p, len(b), err)
		}
	}
}

func TestLongLengths(t *testing.T) {
	p := Packet{Seq: 0xFFFF, Primary: make([]byte, 300), Recovery: [][]byte{make([]byte, 127), make([]byte, 128)}}
	b, err := p.Append(nil)
	if err != nil || len(b) != 2+lenOctets(300)+2+lenOctets(127)+lenOctets(128) {
		t.Fatalf("%d octets, %v", len(b), err)
	}
	var back Packet
	if err := back.Parse(b); err != nil || len(back.Primary) != 300 || len(back.Recovery[1]) != 128 {
		t.Errorf("%v, %v", &back, err)
	}
	if got, want := back.LogValue().String(), "seq 65535, 300 octets, 2 secondary"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range []string{"asterisk-redundancy.hex", "asterisk-fec.hex"} {
		for _, d := range captured(f, file)[:20] {
			f.Add(d)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var p, back Packet
		if p.Parse(b) != nil {
			return
		}
		again, err := p.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := back.Parse(again); err != nil || back.String() != p.String() || !bytes.Equal(back.Primary, p.Primary) {
			t.Fatalf("%x is %v, written %x, which is %v, %v", b, &p, again, &back, err)
		}
	})
}

func BenchmarkSendReceive(b *testing.B) {
	for _, c := range []Sender{{}, {Correction: Redundancy}, {Correction: FEC}} {
		b.Run(c.Correction.String(), func(b *testing.B) {
			var r Receiver
			ifp, buf := make([]byte, 59), make([]byte, 0, 1500)
			b.ReportAllocs()
			for b.Loop() {
				buf, _ = c.Append(buf[:0], ifp, 3)
				if err := r.Receive(at(0), buf); err != nil {
					b.Fatal(err)
				}
				for _, more := r.Next(at(0)); more; _, more = r.Next(at(0)) {
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "packets/s")
		})
	}
}
