package t30

import (
	"bytes"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// String prints the ladder, a line for each entry: seconds since the first,
// the direction, what it was.
//
//	 0.000  -> CED
//	 4.350  -> DIS receiver V.27ter V.29 V.17 fine MR ECM MMR ...
//	 7.120  <- DCS 14400 V.17 MMR ECM fine 1728
//	10.900  -> CFR
func (l *Ladder) String() string {
	var b strings.Builder
	// A strings.Builder does not fail.
	_, _ = l.WriteTo(&b)
	return b.String()
}

// WriteTo writes what String gives.
func (l *Ladder) WriteTo(w io.Writer) (int64, error) {
	if l == nil {
		return 0, nil
	}
	// A tone is entered when it is ordered, with the time at which it begins: what
	// came before that was entered later.
	entries := slices.Clone(l.entries)
	slices.SortStableFunc(entries, func(a, b ladderEntry) int { return a.at.Compare(b.at) })
	var b bytes.Buffer
	for _, e := range entries {
		arrow := [...]string{Sent: "->", Received: "<-", Noted: "--"}[min(e.direction, Noted)]
		octets := l.arena[e.offset : e.offset+uint32(e.size)]
		fmt.Fprintf(&b, "%7.3f  %s %s", e.at.Sub(entries[0].at).Seconds(), arrow, entryText(e.kind, octets))
		if e.cut {
			b.WriteString(" ...")
		}
		b.WriteByte('\n')
	}
	if l.dropped > 0 {
		fmt.Fprintf(&b, "         and %d more\n", l.dropped)
	}
	return b.WriteTo(w)
}

// Len is the number of entries.
func (l *Ladder) Len() int {
	if l == nil {
		return 0
	}
	return len(l.entries)
}

func entryText(k Kind, octets []byte) string {
	count := 0
	for _, o := range octets[:min(4, len(octets))] {
		count = count<<8 | int(o)
	}
	first := byte(0)
	if len(octets) > 0 {
		first = octets[0]
	}
	switch k {
	case KindFrame:
		return DescribeFrame(octets)
	case KindBadFrame:
		return fmt.Sprintf("frame with a wrong FCS: % X", octets)
	case KindTone:
		return Tone(first).String()
	case KindTraining:
		return Modulation(first).String() + " training"
	case KindTrainingFailed:
		return Modulation(first).String() + " training, not understood"
	case KindTCF:
		return fmt.Sprintf("TCF %d octets", count)
	case KindTCFGood:
		return "TCF good"
	case KindTCFBad:
		return "TCF bad"
	case KindImage:
		return fmt.Sprintf("page %d octets", count)
	case KindPartialPage:
		return fmt.Sprintf("partial page %d frames", count)
	}
	return string(octets)
}

func (t Tone) String() string {
	if t == CED {
		return "CED"
	}
	return "CNG"
}

// DescribeFrame says in a line what a control frame says.
func DescribeFrame(octets []byte) string {
	f, err := ParseFrame(octets)
	if err != nil {
		return fmt.Sprintf("%v: % X", err, octets)
	}
	switch f.FCF {
	case DIS, DTC:
		return f.FCF.String() + describeCapabilities(f.FIF)
	case DCS:
		return "DCS" + describeSelection(f.FIF)
	case CSI, TSI, CIG, SUB, SID, SEP, PSA, PWD:
		return fmt.Sprintf("%v %q", f.FCF, decodeIdentity(f.FIF))
	case NSF, NSC, NSS:
		return fmt.Sprintf("%v %s", f.FCF, describeNonStandard(f.FIF))
	case CSA, TSA, CIA, IRA, ISP:
		return fmt.Sprintf("%v %q", f.FCF, f.FIF)
	case PPS, EOR:
		return describePartialPage(f)
	case PPR:
		return "PPR" + describeRequest(f.FIF)
	case CTC:
		m, _ := modulationOf(bitField(f.FIF).value(bitRate, 4))
		return fmt.Sprintf("CTC %v", m)
	}
	if len(f.FIF) > 0 {
		return fmt.Sprintf("%v % X", f.FCF, f.FIF)
	}
	return f.FCF.String()
}

func describePartialPage(f Frame) string {
	if len(f.FIF) == 0 {
		return f.FCF.String() + " cut short"
	}
	s := f.FCF.String() + "-" + FCF(f.FIF[0]&^xBit).String()
	if f.FCF == PPS && len(f.FIF) >= 4 {
		s += fmt.Sprintf(" page %d block %d frames %d", bits.Reverse8(f.FIF[1]), bits.Reverse8(f.FIF[2]),
			int(bits.Reverse8(f.FIF[3]))+1)
	}
	return s
}

// describeRequest lists the frames that PPR asks for. Bits beyond the end of the
// partial page are 1 too, so that the last range is mostly that.
func describeRequest(fif []byte) string {
	asked := func(n int) bool { return n < len(fif)*8 && fif[n/8]&(0x80>>(n%8)) != 0 }
	var b strings.Builder
	for n := 0; n < len(fif)*8; n++ {
		if !asked(n) {
			continue
		}
		if b.Len() > 40 {
			return b.String() + " ..."
		}
		from := n
		for asked(n + 1) {
			n++
		}
		fmt.Fprintf(&b, " %d", from)
		if n > from {
			fmt.Fprintf(&b, "-%d", n)
		}
	}
	return b.String()
}

// describeCapabilities prints every bit that is set.
func describeCapabilities(fif []byte) string {
	f := bitField(fif).valid()
	c := ParseCapabilities(fif)
	var b strings.Builder
	for _, m := range []struct {
		set  ModemSet
		name string
	}{{ModemV27ter, "V.27ter"}, {ModemV29, "V.29"}, {ModemV17, "V.17"}} {
		if c.Modems&m.set != 0 {
			b.WriteString(" " + m.name)
		}
	}
	if c.Only2400 {
		b.WriteString(" 2400")
	}
	fmt.Fprintf(&b, " width-%d", pelsAcross[c.widest])
	b.WriteString([4]string{0b00: " A4", 0b01: " unlimited", 0b10: " B4", 0b11: " length-11"}[f.value(bitLength, 2)])
	fmt.Fprintf(&b, " row-%v", c.scanLineTime(t4.R8x3_85))
	describeBits(&b, f, nil)
	return b.String()
}

func describeSelection(fif []byte) string {
	s, err := ParseSelection(fif)
	if err != nil {
		return " (" + err.Error() + ")"
	}
	modem, rate, _ := strings.Cut(s.Modulation.String(), " ")
	var b strings.Builder
	fmt.Fprintf(&b, " %s %s %v", rate, modem, s.Coding)
	if s.ECM {
		b.WriteString(" ECM")
	}
	fmt.Fprintf(&b, " %v %d", s.Resolution, s.Width)
	if s.ScanLineTime > 0 {
		fmt.Fprintf(&b, " row-%v", s.ScanLineTime.Round(time.Millisecond))
	}
	describeBits(&b, bitField(fif).valid(), alreadySaid)
	return b.String()
}

// alreadySaid are the bits that the words before the list of a DCS say.
var alreadySaid = map[int]bool{
	bitReceives: true, bitMR: true, bitMMR: true, bitECM: true, bitFine: true, bitInch: true,
	bitR8x15_4: true, bit300x300: true, bitR16x15_4: true, bit600x600: true, bit1200x1200: true,
	bit300x600: true, bit400x800: true, bit600x1200: true,
}

func describeBits(b *strings.Builder, f bitField, skip map[int]bool) {
	for _, field := range Fields {
		v := f.value(field.First, field.Width)
		if v == 0 || field.Name == "" || skip[field.First] {
			continue
		}
		name := field.Name
		if skip != nil && field.First == bitPassword {
			name = "SID" // what bit 50 is in DCS
		}
		b.WriteString(" " + name)
		if field.Width > 1 {
			fmt.Fprintf(b, "-%d", v)
		}
	}
}
