package t30

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Capabilities is what a terminal can do, as DIS and DTC say it (T.30 Table 2).
type Capabilities struct {
	Polling  bool // has a document to be polled
	Receives bool

	Modems   ModemSet
	Only2400 bool // V.27ter in its fall-back mode only

	ECM     bool
	Codings CodingSet // MMR is used with ECM only

	widest      int // class of width, see width
	unlimited   bool
	b4Length    bool
	resolutions resolutionSet
	prefersInch bool

	scanLine     int  // bits 21 to 23
	halfScanLine bool // bit 46

	Subaddress, Password, SelectivePolling, PolledSubaddress bool
	InternetAware                                            bool

	field bitField
}

// ParseCapabilities reads the FIF of a DIS or DTC. One shorter than three
// octets is read as far as it goes.
func ParseCapabilities(fif []byte) Capabilities {
	f := bitField(fif).valid()
	c := Capabilities{
		Polling:          f.get(bitPolling),
		Receives:         f.get(bitReceives),
		ECM:              f.get(bitECM),
		Codings:          CodingMH,
		prefersInch:      f.get(bitInch),
		scanLine:         f.value(bitScanLineTime, 3),
		halfScanLine:     f.get(bitHalfScanLineTime),
		Subaddress:       f.get(bitSubaddress),
		Password:         f.get(bitPassword),
		SelectivePolling: f.get(bitSelectivePolling),
		PolledSubaddress: f.get(bitPolledSubaddress),
		InternetAware:    f.get(bitRealTimeInternet),
		field:            f,
	}
	c.Modems, c.Only2400 = modemsOf(f.value(bitRate, 4))
	if f.get(bitMR) {
		c.Codings |= CodingMR
	}
	if f.get(bitMMR) {
		c.Codings |= CodingMMR
	}
	// 01 is all three widths; 11 is invalid and read as 01 (T.30 Table 2).
	c.widest = [4]int{0b00: 0, 0b10: 1, 0b01: 2, 0b11: 2}[f.value(bitWidth, 2)]
	c.unlimited = f.value(bitLength, 2) == 0b01
	c.b4Length = f.value(bitLength, 2) == 0b10
	c.resolutions.add(t4.R8x3_85, t4.I200x100)
	for _, b := range resolutionBits {
		if b.bit != 0 && f.get(b.bit) {
			c.resolutions.add(b.metric, b.inch)
		}
	}
	return c
}

// capabilitiesOf is what a terminal of this configuration says in DIS or DTC.
func capabilitiesOf(cfg *Config) Capabilities {
	c := Capabilities{
		Polling:       cfg.Transmits && !cfg.Calling,
		Receives:      cfg.Receives,
		Modems:        cfg.modems(),
		Only2400:      cfg.MaxRate < 4800,
		ECM:           !cfg.DisableECM,
		Codings:       cfg.Codings | CodingMH,
		widest:        len(pelsAcross) - 1,
		unlimited:     true,
		scanLine:      0b111,
		Subaddress:    cfg.Receives,
		InternetAware: cfg.InternetAware,
	}
	c.SelectivePolling = c.Polling
	c.Password = c.Polling || cfg.Receives
	c.resolutions.add(t4.R8x3_85, t4.I200x100)
	for _, r := range cfg.Resolutions {
		c.resolutions.add(r, twin(r))
	}
	if cfg.Resolutions == nil {
		for _, b := range resolutionBits {
			c.resolutions.add(b.metric, b.inch)
		}
	}
	return c
}

// octets is the FIF of the DIS or DTC.
func (c Capabilities) octets() []byte {
	f := newBitField()
	f.setIf(bitRealTimeInternet, c.InternetAware)
	f.setIf(bitPolling, c.Polling)
	f.setIf(bitReceives, c.Receives)
	rate := rateOfModems(c.Modems)
	if c.Only2400 {
		rate = 0b0000
	}
	f.setValue(bitRate, 4, rate)
	f.setIf(bitMR, c.Codings&CodingMR != 0)
	f.setValue(bitWidth, 2, [3]int{0b00, 0b10, 0b01}[c.widest])
	if c.unlimited {
		f.setValue(bitLength, 2, 0b01)
	}
	f.setValue(bitScanLineTime, 3, c.scanLine)
	f.setIf(bitECM, c.ECM)
	f.setIf(bitMMR, c.ECM && c.Codings&CodingMMR != 0)
	for _, b := range resolutionBits {
		if b.bit != 0 {
			f.setIf(b.bit, c.resolutions.has(b.metric))
		}
	}
	// The pels are the same in both systems; without a preference a sender that
	// knows only one may take this terminal for the other.
	f.set(bitMetric)
	f.setIf(bitSelectivePolling, c.SelectivePolling)
	f.setIf(bitSubaddress, c.Subaddress)
	f.setIf(bitPassword, c.Password)
	f.setIf(bitInternetAware, c.InternetAware)
	return f
}

// length is bits 19 and 20 of the DCS for a page: A4, which is every page that is
// not longer, B4 or unlimited, as far as the receiver has them.
func (c Capabilities) length(page *t4.Page) int {
	_, y := page.Resolution.DPI()
	switch {
	case c.unlimited:
		return 0b01
	case c.b4Length && y > 0 && float64(page.Rows)/y*25.4 > a4Length:
		return 0b10
	}
	return 0b00
}

// scanLineTime is the least time that a row must take on the line outside ECM
// (T.30 Table 2, bits 21 to 23 and 46).
func (c Capabilities) scanLineTime(r t4.Resolution) time.Duration {
	standard := [8]time.Duration{
		0b000: 20, 0b001: 40, 0b010: 10, 0b100: 5,
		0b011: 10, 0b110: 20, 0b101: 40, 0b111: 0,
	}[c.scanLine] * time.Millisecond
	_, y := r.DPI()
	if y < 150 {
		return standard
	}
	t := standard
	if c.scanLine == 0b011 || c.scanLine == 0b110 || c.scanLine == 0b101 {
		t /= 2
	}
	if y > 250 && c.halfScanLine && t > 5*time.Millisecond {
		t /= 2 // DCS cannot say 2.5 ms
	}
	return t
}

// modems is the set to offer: what the largest rate leaves no use for is left out.
func (cfg *Config) modems() ModemSet {
	set := cfg.Modems
	if cfg.MaxRate <= 9600 {
		set &^= ModemV17
	}
	if cfg.MaxRate < 7200 {
		set &^= ModemV29
	}
	if set == 0 {
		set = ModemV27ter
	}
	return set
}
