package ifp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// golden are packets as they are met on the wire; those of 1998 were captured
// from Asterisk 22 (spandsp) with T38FaxVersion 0.
var golden = []struct {
	wire   string
	syntax Syntax
	packet Packet
}{
	{"00", Syntax1998, Packet{Indicator: NoSignal}},
	{"02", Syntax1998, Packet{Indicator: CNG}},
	{"04", Syntax1998, Packet{Indicator: CED}},
	{"06", Syntax1998, Packet{Indicator: V21Preamble}},
	{"1e", Syntax1998, Packet{Indicator: V17_14400LongTraining}},
	{"2000", Syntax2002, Packet{Indicator: V8ANSam}},
	{"2180", Syntax2002, Packet{Indicator: V33_14400Training}},
	{"c001800000ff", Syntax1998, data(V21, Field{HDLCData, []byte{0xFF}})},
	{"c00120", Syntax1998, data(V21, Field{HDLCFCSOK, nil})},
	{"c00140", Syntax1998, data(V21, Field{HDLCFCSOKSigEnd, nil})},
	{"c00110", Syntax2002, data(V21, Field{HDLCFCSOK, nil})},
	{"c00120", Syntax2002, data(V21, Field{HDLCFCSOKSigEnd, nil})},
	{"d001800002ffc060", Syntax1998, data(V17_14400, Field{HDLCData, []byte{0xFF, 0xC0, 0x60}})},
	{"d001e00001aabb", Syntax1998, data(V17_14400, Field{T4NonECMData, []byte{0xAA, 0xBB}})},
	{"d001b00001aabb", Syntax2002, data(V17_14400, Field{T4NonECMData, []byte{0xAA, 0xBB}})},
	{"c00280000001" + "40", Syntax1998, data(V21, Field{HDLCData, []byte{1}}, Field{HDLCFCSOKSigEnd, nil})},
	{"c00280000001" + "20", Syntax2002, data(V21, Field{HDLCData, []byte{1}}, Field{HDLCFCSOKSigEnd, nil})},
	// A field without data, then one that begins within the octet.
	{"d00328" + "000007" + "20", Syntax1998, data(V17_14400, Field{HDLCFCSOK, nil}, Field{HDLCData, []byte{7}}, Field{HDLCFCSOK, nil})},
	{"e0000108", Syntax2002, data(V8, Field{HDLCSigEnd, nil})},
	// cm-message is the first field type beyond the extension marker.
	{"e00001" + "c000" + "000033", Syntax2002, data(V8, Field{CMMessage, []byte{0x33}})},
}

func data(d DataType, f ...Field) Packet { return Packet{IsData: true, DataType: d, Fields: f} }

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func same(a, b Packet) bool {
	if a.IsData != b.IsData || a.Indicator != b.Indicator || a.DataType != b.DataType || len(a.Fields) != len(b.Fields) {
		return false
	}
	for i := range a.Fields {
		if a.Fields[i].Type != b.Fields[i].Type || !bytes.Equal(a.Fields[i].Data, b.Fields[i].Data) {
			return false
		}
	}
	return true
}

func TestGolden(t *testing.T) {
	for _, g := range golden {
		var p Packet
		wire := unhex(t, g.wire)
		if err := p.Parse(wire, g.syntax); err != nil || !same(p, g.packet) {
			t.Errorf("Parse(%s, %v) = %v, %v; want %v", g.wire, g.syntax, &p, err, &g.packet)
		}
		if got, err := g.packet.Append(nil, g.syntax); err != nil || !bytes.Equal(got, wire) {
			t.Errorf("Append(%v, %v) = %x, %v; want %s", &g.packet, g.syntax, got, err, g.wire)
		}
	}
}

// Every value of every ENUMERATED comes back, in both syntaxes where it exists.
func TestRoundTripOfEveryValue(t *testing.T) {
	check := func(p Packet, s Syntax) {
		t.Helper()
		b, err := p.Append([]byte{0xEE}, s)
		if err != nil || b[0] != 0xEE {
			t.Fatalf("Append(%v) = %x, %v", &p, b, err)
		}
		var back Packet
		if err := back.Parse(b[1:], s); err != nil || !same(p, back) {
			t.Errorf("%v, syntax %v: %x came back as %v, %v", &p, s, b[1:], &back, err)
		}
	}
	for _, s := range []Syntax{Syntax1998, Syntax2002} {
		for i := Indicator(0); i < 16+64; i++ {
			check(Packet{Indicator: i}, s)
		}
		for d := DataType(0); d < 9+64; d++ {
			for f := FieldType(0); f < 8+64; f++ {
				if s == Syntax1998 && f >= rootFieldTypes {
					continue
				}
				check(data(d, Field{f, nil}), s)
				check(data(d, Field{f, []byte{1, 2, 3}}, Field{HDLCFCSOK, nil}, Field{f, bytes.Repeat([]byte{9}, 300)}), s)
			}
		}
	}
}

func TestSendersThatBeginFieldsWithAnOctet(t *testing.T) {
	var p Packet
	want := data(V17_14400, Field{HDLCFCSOK, nil}, Field{HDLCData, []byte{7}}, Field{HDLCFCSOK, nil})
	for s, wire := range map[Syntax]string{Syntax1998: "d003208000000720", Syntax2002: "d003108000000710"} {
		if err := p.Parse(unhex(t, wire), s); err != nil || !same(p, want) {
			t.Errorf("syntax %v: %v, %v; want %v", s, &p, err, &want)
		}
	}
}

func TestUnknownExtensionsAreKeptByNumber(t *testing.T) {
	var p Packet
	// t30-indicator 16+20; then one with a number of 64 and more, in two octets.
	if err := p.Parse(unhex(t, "2500"), Syntax2002); err != nil || p.Indicator.Known() || p.String() != "t30-indicator(36)" {
		t.Errorf("%v, %v", &p, err)
	}
	if err := p.Parse(unhex(t, "30"+"0150"), Syntax2002); err != nil || p.Indicator.Known() {
		t.Errorf("%v, %v", &p, err)
	}
}

func TestZerosAfterThePacketAreFECPadding(t *testing.T) {
	var p Packet
	if err := p.Parse(unhex(t, "c001400000000000"), Syntax1998); err != nil || p.Fields[0].Type != HDLCFCSOKSigEnd {
		t.Errorf("%v, %v", &p, err)
	}
	if err := p.Parse(unhex(t, "0600"), Syntax1998); err != nil || p.Indicator != V21Preamble {
		t.Errorf("%v, %v", &p, err)
	}
}

func TestWrongPackets(t *testing.T) {
	for _, c := range []struct {
		wire string
		err  error
	}{
		{"", ErrCut},
		{"c0", ErrCut},
		{"c001", ErrCut},
		{"c00180", ErrCut},
		{"c001800000", ErrCut},
		{"c001800005ff", ErrCut},
		{"c0c1", ErrLength},
		{"c0bfff" + strings.Repeat("00", 40), ErrFields},
		{"0601", ErrTrailing},
		{"07", ErrTrailing},
	} {
		var p Packet
		if err := p.Parse(unhex(t, c.wire), Syntax1998); !errors.Is(err, c.err) {
			t.Errorf("Parse(%s): %v, want %v", c.wire, err, c.err)
		}
	}
	tooLong := data(V21, Field{HDLCData, make([]byte, 65536)})
	if _, err := tooLong.Append(nil, Syntax1998); !errors.Is(err, ErrLength) {
		t.Errorf("field of 65536 octets: %v", err)
	}
	beyond := data(V8, Field{CMMessage, []byte{1}})
	if _, err := beyond.Append(nil, Syntax1998); !errors.Is(err, ErrSyntax) {
		t.Errorf("cm-message in the syntax of 1998: %v", err)
	}
}

func TestNames(t *testing.T) {
	p := data(V21, Field{HDLCData, []byte{1, 2, 3}}, Field{HDLCFCSOKSigEnd, nil})
	if got, want := p.LogValue().String(), "v21: hdlc-data[3] hdlc-fcs-OK-sig-end"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for i := range numIndicators {
		if i.String() == "" || !i.Known() {
			t.Errorf("indicator %d has no name", i)
		}
	}
	if FieldType(200).Known() || DataType(200).Known() || !T4NonECMSigEnd.SigEnd() || T4NonECMData.SigEnd() {
		t.Error("what is known or ends a signal is wrong")
	}
	if SyntaxOf(0) != Syntax1998 || SyntaxOf(3) != Syntax2002 || Syntax2002.String() != "2002" {
		t.Error("SyntaxOf")
	}
}

func TestNoAllocationInSteadyState(t *testing.T) {
	wire := unhex(t, "c0028000000140")
	var p Packet
	buf := make([]byte, 0, 64)
	got := testing.AllocsPerRun(100, func() {
		if err := p.Parse(wire, Syntax1998); err != nil {
			t.Fatal(err)
		}
		buf, _ = p.Append(buf[:0], Syntax1998)
	})
	if got != 0 || !bytes.Equal(buf, wire) {
		t.Errorf("%v allocations for a packet", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, g := range golden {
		f.Add(unhex(f, g.wire), g.syntax == Syntax2002)
	}
	f.Fuzz(func(t *testing.T, b []byte, newer bool) {
		s := Syntax1998
		if newer {
			s = Syntax2002
		}
		var p, back Packet
		if p.Parse(b, s) != nil {
			return
		}
		again, err := p.Append(nil, s)
		if err != nil {
			return // an extension with a number that is not written
		}
		if err := back.Parse(again, s); err != nil || !reflect.DeepEqual(p.String(), back.String()) {
			t.Fatalf("%x is %v, written %x, which is %v, %v", b, &p, again, &back, err)
		}
	})
}

func BenchmarkParseAppend(b *testing.B) {
	p := data(V17_14400, Field{HDLCData, make([]byte, 54)})
	wire, _ := p.Append(nil, Syntax1998)
	buf := make([]byte, 0, 128)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Parse(wire, Syntax1998); err != nil {
			b.Fatal(err)
		}
		buf, _ = p.Append(buf[:0], Syntax1998)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "packets/s")
}
