package t30

import (
	"fmt"
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Selection is how the pages that follow are sent, as DCS says it (T.30 Table 2).
type Selection struct {
	Modulation    Modulation
	ECM           bool
	FrameSize64   bool
	Coding        t4.Coding
	Width         int // pels
	Resolution    t4.Resolution
	ScanLineTime  time.Duration
	InternetAware bool

	length               int // bits 19 and 20
	subaddress, senderID bool
}

// scanLineCodes are bits 21 to 23 of DCS.
var scanLineCodes = []struct {
	t    time.Duration
	code int
}{
	{0, 0b111}, {5 * time.Millisecond, 0b100}, {10 * time.Millisecond, 0b010},
	{20 * time.Millisecond, 0b000}, {40 * time.Millisecond, 0b001},
}

// ParseSelection reads the FIF of a DCS. The error says what it selects that
// this package does not have.
func ParseSelection(fif []byte) (Selection, error) {
	f := bitField(fif).valid()
	if len(f) < 3 {
		return Selection{}, fmt.Errorf("DCS of %d octets is too short", len(f))
	}
	m, ok := modulationOf(f.value(bitRate, 4))
	if !ok {
		return Selection{}, fmt.Errorf("DCS selects the unknown data signalling rate %04b", f.value(bitRate, 4))
	}
	s := Selection{
		Modulation:    m,
		ECM:           f.get(bitECM),
		FrameSize64:   f.get(bitFrameSize64),
		InternetAware: f.get(bitRealTimeInternet),
		length:        f.value(bitLength, 2),
		subaddress:    f.get(bitSubaddress),
		senderID:      f.get(bitPassword),
	}
	switch {
	case f.get(bitMMR):
		s.Coding = t4.MMR
	case f.get(bitMR):
		s.Coding = t4.MR
	}
	for _, b := range resolutionBits {
		if b.bit == 0 || f.get(b.bit) {
			s.Resolution = b.metric
			if f.get(bitInch) {
				s.Resolution = b.inch
			}
			break
		}
	}
	class := [4]int{0b00: 0, 0b10: 1, 0b01: 2, 0b11: 2}[f.value(bitWidth, 2)]
	s.Width = width(class, s.Resolution)
	for _, c := range scanLineCodes {
		if c.code == f.value(bitScanLineTime, 3) {
			s.ScanLineTime = c.t
		}
	}
	return s, nil
}

// octets is the FIF of the DCS.
func (s Selection) octets() []byte {
	f := newBitField()
	f.setIf(bitRealTimeInternet, s.InternetAware)
	f.set(bitReceives)
	f.setValue(bitRate, 4, rateBits(s.Modulation))
	f.setIf(bitMR, s.Coding == t4.MR)
	f.setIf(bitMMR, s.Coding == t4.MMR)
	for _, b := range resolutionBits {
		if s.Resolution != b.metric && s.Resolution != b.inch {
			continue
		}
		if b.bit != 0 {
			f.set(b.bit)
		}
		// For resolutions that exist in inches only bit 44 says nothing new.
		f.setIf(bitInch, b.metric != b.inch && s.Resolution == b.inch)
	}
	f.setValue(bitWidth, 2, [3]int{0b00, 0b10, 0b01}[widthClass(s.Width, s.Resolution)])
	f.setValue(bitLength, 2, s.length)
	for _, c := range scanLineCodes {
		if c.t == s.ScanLineTime {
			f.setValue(bitScanLineTime, 3, c.code)
		}
	}
	f.setIf(bitECM, s.ECM)
	f.setIf(bitFrameSize64, s.ECM && s.FrameSize64)
	f.setIf(bitSubaddress, s.subaddress)
	f.setIf(bitPassword, s.senderID)
	f.setIf(bitInternetAware, s.InternetAware)
	return f
}

// frameSize is the octets of page in an ECM frame.
func (s Selection) frameSize() int {
	if s.FrameSize64 {
		return 64
	}
	return 256
}

// Lengths of paper, in mm (T.4 2.2).
const (
	a4Length = 297.0
	b4Length = 364.0
	// longer is what a page may have beyond that: the metric and the inch-based
	// resolutions differ by 2 %, and scanners see a little more than the paper.
	longer = 1.05
)

// maxRows is the most rows that a page may have, 0 for any number.
func (s Selection) maxRows() int {
	_, y := s.Resolution.DPI()
	switch s.length {
	case 0b00:
		return int(a4Length * longer * y / 25.4)
	case 0b10:
		return int(b4Length * longer * y / 25.4)
	}
	return 0
}

// choose makes the best selection that the receiver understands for a page.
func choose(cfg *Config, peer Capabilities, page *t4.Page) Selection {
	s := Selection{
		ECM:           peer.ECM && !cfg.DisableECM,
		Coding:        t4.MH,
		InternetAware: cfg.InternetAware && peer.InternetAware,
		length:        peer.length(page),
	}
	s.FrameSize64 = s.ECM && cfg.FrameSize64
	codings := cfg.Codings & peer.Codings
	switch {
	case s.ECM && codings&CodingMMR != 0:
		s.Coding = t4.MMR
	case codings&CodingMR != 0:
		s.Coding = t4.MR
	}
	s.Resolution = peer.resolutions.nearest(page.Resolution)
	if isInch(s.Resolution) && !peer.prefersInch {
		// The same pels; a receiver that does not ask for inches may not know bit 44.
		if !isInch(twin(s.Resolution)) {
			s.Resolution = twin(s.Resolution)
		}
	}
	class := min(widthClass(page.Width, page.Resolution), peer.widest)
	s.Width = width(class, s.Resolution)
	if !s.ECM {
		s.ScanLineTime = peer.scanLineTime(s.Resolution)
	}
	s.Modulation = bestModulation(cfg, peer, 0)
	return s
}

// bestModulation finds the best modulation that both have, at or after a place
// in the table of fallback; NoModulation when there is none left.
func bestModulation(cfg *Config, peer Capabilities, from int) Modulation {
	for _, f := range fallback[min(from, len(fallback)):] {
		if f.modem&cfg.Modems&peer.Modems == 0 || f.modulation.Rate() > cfg.MaxRate {
			continue
		}
		if f.modem == ModemV27ter && peer.Only2400 && f.modulation != V27ter2400 {
			continue
		}
		return f.modulation
	}
	return NoModulation
}

// stepDown finds the modulation to try after m has failed.
func stepDown(cfg *Config, peer Capabilities, m Modulation) Modulation {
	for i, f := range fallback {
		if f.modulation == m {
			return bestModulation(cfg, peer, i+1)
		}
	}
	return NoModulation
}
