package t30

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// The table of bits is one piece: no bit twice, none on an extend bit, each of
// them written, read and printed.
func TestFields(t *testing.T) {
	owner := map[int]string{}
	names := map[string]bool{}
	for _, f := range Fields {
		if f.Capability == "" && f.Selection == "" {
			t.Errorf("bit %d means nothing", f.First)
		}
		if f.Name != "" && names[f.Name] {
			t.Errorf("%q is there twice", f.Name)
		}
		names[f.Name] = true
		for bit := f.First; bit < f.First+f.Width; bit++ {
			if other, taken := owner[bit]; taken {
				t.Errorf("bit %d belongs to %q and %q", bit, other, f.Capability)
			}
			if bit >= firstExtendBit && bit%8 == 0 || bit < 1 || bit >= lastBit {
				t.Errorf("bit %d extends the field or is outside it", bit)
			}
			owner[bit] = f.Capability
		}
		for v := range 1 << f.Width {
			b := newBitField()
			b.setValue(f.First, f.Width, v)
			if got := b.valid().value(f.First, f.Width); got != v {
				t.Errorf("bit %d: wrote %d, read %d from % X", f.First, v, got, []byte(b))
			}
			if f.Name != "" && v > 0 && !strings.Contains(describeCapabilities(b), " "+f.Name) {
				t.Errorf("bit %d is not printed: %s", f.First, describeCapabilities(b))
			}
		}
	}
}

// The DIS of a real machine, Asterisk 22 with spandsp 0.0.6, as it was on the wire.
func TestCapabilitiesOfAsterisk(t *testing.T) {
	fif := []byte{0x20, 0x77, 0x1F, 0x23, 0x01, 0x89, 0x01, 0x01, 0x01, 0x18}
	c := ParseCapabilities(fif)
	if !c.Receives || c.Polling || !c.ECM || c.Modems != ModemV27ter|ModemV29|ModemV17 || c.Only2400 ||
		c.Codings != CodingMH|CodingMR|CodingMMR || c.widest != 0 || !c.unlimited || !c.InternetAware {
		t.Errorf("%+v", c)
	}
	for r, want := range map[t4.Resolution]bool{
		t4.R8x3_85: true, t4.R8x7_7: true, t4.R8x15_4: true, t4.I200x200: true, t4.I300x300: false, t4.R16x15_4: false,
	} {
		if c.resolutions.has(r) != want {
			t.Errorf("%v: %v", r, !want)
		}
	}
	frame := append([]byte{0xFF, 0xC8, 0x01}, fif...)
	const want = "DIS V.27ter V.29 V.17 width-1728 unlimited row-0s T.38 receiver fine MR ECM MMR superfine metric letter legal"
	if got := DescribeFrame(frame); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What is past the last extend bit is not read.
func TestExtendBits(t *testing.T) {
	c := ParseCapabilities([]byte{0x00, 0x50, 0x00, 0xFF, 0xFF})
	if c.ECM || c.Codings != CodingMH {
		t.Errorf("read beyond the end: %+v", c)
	}
	for n := range 3 {
		ParseCapabilities(make([]byte, n))
	}
	if _, err := ParseSelection([]byte{0x00, 0x50}); err == nil {
		t.Error("a DCS of two octets was read")
	}
}

func TestCapabilitiesAreReadAsWritten(t *testing.T) {
	for _, cfg := range []Config{
		{}, {Receives: true}, {Transmits: true}, {Receives: true, DisableECM: true}, {MaxRate: 2400, Receives: true},
		{MaxRate: 4800}, {MaxRate: 9600}, {Modems: ModemV29}, {Codings: CodingMR}, {InternetAware: true},
		{Resolutions: []t4.Resolution{}}, {Resolutions: []t4.Resolution{t4.R8x7_7, t4.I600x600}},
	} {
		cfg = cfg.withDefaults()
		want := capabilitiesOf(&cfg)
		got := ParseCapabilities(want.octets())
		got.field = nil
		want.Codings = got.Codings // MMR is said with ECM only
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%+v\ngot  %+v\nwant %+v", cfg, got, want)
		}
	}
}

func TestSelectionsAreReadAsWritten(t *testing.T) {
	n := 0
	for _, f := range fallback {
		for _, b := range resolutionBits {
			for _, r := range []t4.Resolution{b.metric, b.inch} {
				for class := range pelsAcross {
					for _, c := range scanLineCodes {
						for _, coding := range []t4.Coding{t4.MH, t4.MR, t4.MMR} {
							s := Selection{
								Modulation: f.modulation, ECM: n%2 == 0, FrameSize64: n%4 == 0, Coding: coding,
								Width: width(class, r), Resolution: r, ScanLineTime: c.t,
								InternetAware: n%3 == 0, length: n % 3, subaddress: n%7 == 0, senderID: n%11 == 0,
							}
							got, err := ParseSelection(s.octets())
							if err != nil || got != s {
								t.Fatalf("% X: %v\ngot  %+v\nwant %+v", s.octets(), err, got, s)
							}
							n++
						}
					}
				}
			}
		}
	}
}

// A plain DCS has the three octets of old machines and no more.
func TestPlainDCSIsShort(t *testing.T) {
	s := Selection{Modulation: V27ter4800, Width: 1728, ScanLineTime: 20 * time.Millisecond}
	if got := s.octets(); !bytes.Equal(got, []byte{0x00, 0x50, 0x00}) {
		t.Errorf("% X", got)
	}
}

func TestScanLineTimes(t *testing.T) {
	for _, test := range []struct {
		code                int
		half                bool
		standard, fine, top int // ms
	}{
		{0b000, false, 20, 20, 20}, {0b001, false, 40, 40, 40}, {0b010, false, 10, 10, 10}, {0b100, false, 5, 5, 5},
		{0b011, false, 10, 5, 5}, {0b110, false, 20, 10, 10}, {0b101, false, 40, 20, 20}, {0b111, false, 0, 0, 0},
		{0b101, true, 40, 20, 10}, {0b000, true, 20, 20, 10}, {0b100, true, 5, 5, 5},
	} {
		c := Capabilities{scanLine: test.code, halfScanLine: test.half}
		for r, want := range map[t4.Resolution]int{t4.R8x3_85: test.standard, t4.R8x7_7: test.fine, t4.R8x15_4: test.top} {
			if got := c.scanLineTime(r); got != time.Duration(want)*time.Millisecond {
				t.Errorf("%03b half %v %v: %v, want %d ms", test.code, test.half, r, got, want)
			}
		}
	}
}

func TestLengths(t *testing.T) {
	long, short := &t4.Page{Rows: 2800, Resolution: t4.R8x7_7}, &t4.Page{Rows: 2200, Resolution: t4.R8x7_7}
	for _, test := range []struct {
		c           Capabilities
		long, short int
	}{
		{Capabilities{}, 0b00, 0b00}, {Capabilities{b4Length: true}, 0b10, 0b00}, {Capabilities{unlimited: true}, 0b01, 0b01},
	} {
		if l, s := test.c.length(long), test.c.length(short); l != test.long || s != test.short {
			t.Errorf("%+v: %02b %02b", test.c, l, s)
		}
	}
}

func TestNearestResolution(t *testing.T) {
	set := func(rs ...t4.Resolution) (s resolutionSet) {
		s.add(t4.R8x3_85, t4.I200x100)
		for _, r := range rs {
			s.add(r, twin(r))
		}
		return s
	}
	for _, test := range []struct {
		page t4.Resolution
		can  resolutionSet
		want t4.Resolution
	}{
		{t4.R8x7_7, set(t4.R8x7_7), t4.R8x7_7},
		{t4.I200x200, set(t4.R8x7_7), t4.I200x200},
		{t4.I200x200, set(), t4.R8x3_85},
		{t4.I300x300, set(t4.R8x7_7, t4.R8x15_4), t4.R8x7_7},
		{t4.I400x400, set(t4.R8x7_7, t4.R8x15_4), t4.R8x15_4},
		{t4.I1200x1200, set(t4.R8x7_7, t4.R8x15_4, t4.I600x600), t4.I600x600},
		{t4.R8x3_85, set(t4.R8x7_7, t4.R8x15_4), t4.R8x3_85},
	} {
		if got := test.can.nearest(test.page); got != test.want {
			t.Errorf("%v: %v, want %v", test.page, got, test.want)
		}
	}
}

func TestIdentities(t *testing.T) {
	// As TSB-85 has it on the wire.
	want := []byte{0x9C, 0x1C, 0xEC, 0x6C, 0xAC, 0x2C, 0xCC, 0x4C, 0x8C, 0x0C, 0xD4, 4, 4, 4, 4, 4, 4, 4, 4, 4}
	if got := encodeIdentity("+0123456789"); !bytes.Equal(got, want) {
		t.Errorf("% X", got)
	}
	for _, s := range []string{"", "1", "+49 30 123456", "ASTERISK RX", "12345678901234567890"} {
		if got := decodeIdentity(encodeIdentity(s)); got != s {
			t.Errorf("%q becomes %q", s, got)
		}
	}
	if got := decodeIdentity(encodeIdentity("123456789012345678901234")); got != "12345678901234567890" {
		t.Errorf("too long: %q", got)
	}
	if got := decodeIdentity([]byte{0xFF, 0x00, 0x8C}); got != "1 ?" {
		t.Errorf("%q", got)
	}
}

// The octets of frames as the Recommendation prints them.
func TestFramesOnTheWire(t *testing.T) {
	for _, test := range []struct {
		f    Frame
		want []byte
	}{
		{Frame{FCF: DIS, Final: true, X: true, FIF: []byte{1}}, []byte{0xFF, 0xC8, 0x01, 1}},
		{Frame{FCF: DTC, Final: true}, []byte{0xFF, 0xC8, 0x81}},
		{Frame{FCF: DCS, Final: true}, []byte{0xFF, 0xC8, 0x41}},
		{Frame{FCF: DCS, Final: true, X: true}, []byte{0xFF, 0xC8, 0xC1}},
		{Frame{FCF: TSI, X: true}, []byte{0xFF, 0xC0, 0xC2}},
		{Frame{FCF: CTC, Final: true, X: true}, []byte{0xFF, 0xC8, 0xC8}},
		{Frame{FCF: EOP, Final: true, X: true}, []byte{0xFF, 0xC8, 0xF4}},
		{Frame{FCF: DCN, Final: true}, []byte{0xFF, 0xC8, 0x5F}},
		{Frame{FCF: MCF, Final: true, X: true}, []byte{0xFF, 0xC8, 0xB1}},
	} {
		got := test.f.Octets()
		if !bytes.Equal(got, test.want) {
			t.Errorf("%v: % X, want % X", test.f.FCF, got, test.want)
		}
		back, err := ParseFrame(got)
		if err != nil || back.FCF != test.f.FCF || back.Final != test.f.Final {
			t.Errorf("% X: %+v, %v", got, back, err)
		}
	}
	for _, bad := range [][]byte{nil, {0xFF}, {0xFF, 0xC8}, {0x7F, 0xC8, 0x01}, {0xFF, 0xC9, 0x01}, {0xA2, 0x02, 0xB5}} {
		if f, err := ParseFrame(bad); err == nil {
			t.Errorf("% X is taken for %v", bad, f.FCF)
		}
	}
}

func TestFallbackTable(t *testing.T) {
	for i, f := range fallback {
		if m, ok := modulationOf(f.rate); !ok || m != f.modulation || rateBits(m) != f.rate {
			t.Errorf("%v: %v %v", f.modulation, m, ok)
		}
		if i > 0 && f.modulation.Rate() > fallback[i-1].modulation.Rate() {
			t.Errorf("%v comes after %v", f.modulation, fallback[i-1].modulation)
		}
	}
	for rate := range 16 {
		set, _ := modemsOf(rate)
		if set == 0 {
			t.Errorf("DIS %04b: no modem", rate)
		}
	}
}

func TestCauses(t *testing.T) {
	names, sentences := map[string]bool{}, map[string]bool{}
	for _, c := range Causes() {
		if c.String() == "" || names[c.String()] || c.Sentence() == "" || sentences[c.Sentence()] {
			t.Errorf("cause %d: %q %q", c, c, c.Sentence())
		}
		names[c.String()], sentences[c.Sentence()] = true, true
		o := Outcome{Cause: c, Pages: make([]PageResult, 2)}
		if s := o.Sentence(); !strings.HasPrefix(s, c.Sentence()) || !strings.Contains(s, "2 pages were confirmed") {
			t.Errorf("%s", s)
		}
	}
	if s := (Outcome{Success: true, Pages: make([]PageResult, 1)}).Sentence(); s != "The fax went through: 1 page was confirmed." {
		t.Error(s)
	}
	if Cause(200).Sentence() == "" || Cause(200).Retry() || Cause(200).String() == "" {
		t.Error("an unknown cause")
	}
}

func TestLadder(t *testing.T) {
	at := time.Unix(1000, 0)
	l := &Ladder{}
	l.Add(at, Sent, KindTone, []byte{byte(CED)})
	l.Add(at.Add(3*time.Second), Sent, KindFrame, []byte{0xFF, 0xC8, 0x01, 0x00, 0x50, 0x00})
	l.Add(at.Add(4*time.Second), Received, KindText, []byte("v21-preamble"))
	l.Add(at.Add(12345*time.Millisecond), Received, KindFrame, []byte{0xFF, 0xC8, 0xC1, 0x00, 0x46, 0x1F, 0x22})
	l.Add(at.Add(13*time.Second), Received, KindTraining, []byte{byte(V17_14400)})
	l.Add(at.Add(14*time.Second), Received, KindTCFGood, nil)
	l.Add(at.Add(15*time.Second), Sent, KindFrame, []byte{0xFF, 0xC8, 0x21})
	l.count(at.Add(20*time.Second), Received, KindPartialPage, 256)
	l.Add(at.Add(21*time.Second), Received, KindFrame, []byte{0xFF, 0xC8, 0x7D, 0xF4, 0x00, 0x00, 0xFF})
	l.Add(at.Add(22*time.Second), Sent, KindFrame, append([]byte{0xFF, 0xC8, 0x3D, 0x50}, bytes.Repeat([]byte{0xFF}, 31)...))
	l.Add(at.Add(23*time.Second), Received, KindBadFrame, []byte{0xFF, 0xC8})
	l.Add(at.Add(24*time.Second), Noted, KindText, bytes.Repeat([]byte("x"), 200))
	const want = `  0.000  -> CED
  3.000  -> DIS V.27ter width-1728 A4 row-20ms receiver
  4.000  <- v21-preamble
 12.345  <- DCS 14400 V.17 MMR ECM fine 1728
 13.000  <- V.17 14400 training
 14.000  <- TCF good
 15.000  -> CFR
 20.000  <- partial page 256 frames
 21.000  <- PPS-EOP page 0 block 0 frames 256
 22.000  -> PPR 1 3 8-255
 23.000  <- frame with a wrong FCS: FF C8
 24.000  -- `
	got := l.String()
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !strings.HasSuffix(got, "x ...\n") || len(got) > len(want)+120 {
		t.Errorf("a long entry is not cut: %q", got[len(want):])
	}
	for range 2 * maxLadderEntries {
		l.Add(at, Sent, KindText, []byte("again"))
	}
	if l.Len() != maxLadderEntries || !strings.Contains(l.String(), "and 4108 more") {
		t.Errorf("%d entries; the end says %q", l.Len(), l.String()[len(l.String())-40:])
	}
	early := &Ladder{} // what is entered with a time to come has its place by that time
	early.Add(at.Add(200*time.Millisecond), Sent, KindTone, []byte{byte(CED)})
	early.Add(at, Received, KindTone, []byte{byte(CNG)})
	if got := early.String(); got != "  0.000  <- CNG\n  0.200  -> CED\n" {
		t.Errorf("the order is\n%s", got)
	}
	var none *Ladder
	none.Add(at, Sent, KindText, nil)
	if none.String() != "" || none.Len() != 0 {
		t.Error("no ladder says something")
	}
}

func FuzzLadder(f *testing.F) {
	f.Add(byte(0), byte(0), []byte{0xFF, 0xC8, 0x01})
	f.Fuzz(func(t *testing.T, direction, kind byte, octets []byte) {
		l := &Ladder{}
		l.Add(time.Unix(0, 0), Direction(direction), Kind(kind), octets)
		if !strings.HasSuffix(l.String(), "\n") {
			t.Error("no line")
		}
	})
}

func TestMaker(t *testing.T) {
	for _, test := range []struct {
		fif            []byte
		country, maker string
	}{
		{[]byte{0x00, 0x00, 0x11, 0x80}, "Japan", "Canon"},
		{[]byte{0xAD, 0x00, 0x36}, "United States", "HP"},
		{[]byte{0xB5, 0x00, 0xFE}, "United States", ""},
		{[]byte{0x20, 0x81, 0x80}, "Germany", "AVM"},
		{[]byte{0x86}, "Korea", ""},
		{[]byte{0x13, 1, 2}, "", ""},
		{nil, "", ""},
	} {
		if country, maker := Maker(test.fif); country != test.country || maker != test.maker {
			t.Errorf("% X: %q %q", test.fif, country, maker)
		}
	}
	if got := DescribeFrame([]byte{0xFF, 0xC0, 0x04, 0x00, 0x00, 0x11, 0x80}); got != "NSF Canon Japan: 00 00 11 80" {
		t.Error(got)
	}
}

func TestLogValues(t *testing.T) {
	var b bytes.Buffer
	l := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	l.Info("heard", "frame", Frame{FCF: MCF, Final: true}, "outcome",
		Outcome{Cause: CauseDCN, Retry: true, During: "receives", RemoteID: "1", Rate: 9600, Pages: []PageResult{{BadRows: 3}}})
	const want = `level=INFO msg=heard frame=MCF outcome.success=false outcome.pages=1 outcome.bad_rows=3 outcome.rate=9600 ` +
		`outcome.ecm=false outcome.coding=MH outcome.remote=1 outcome.cause=dcn outcome.during=receives outcome.retry=true` + "\n"
	if b.String() != want {
		t.Errorf("got  %swant %s", b.String(), want)
	}
}
