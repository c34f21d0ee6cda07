package t30

// fallback lists the modulations from the best to the most robust, in the order
// in which a sender steps down after FTT (T.30 Figure 5-2 leaves the order to
// the sender; V.29 comes after V.17 of the same rate, whose trellis code needs
// less). rate is bits 11 to 14 of DCS (T.30 Table 2).
var fallback = []struct {
	modulation Modulation
	rate       int
	modem      ModemSet
}{
	{V17_14400, 0b0001, ModemV17},
	{V17_12000, 0b0101, ModemV17},
	{V17_9600, 0b1001, ModemV17},
	{V29_9600, 0b1000, ModemV29},
	{V17_7200, 0b1101, ModemV17},
	{V29_7200, 0b1100, ModemV29},
	{V27ter4800, 0b0100, ModemV27ter},
	{V27ter2400, 0b0000, ModemV27ter},
}

// modemsOf reads bits 11 to 14 of DIS and DTC. only2400 marks the terminal that
// has V.27ter in its fall-back mode alone.
func modemsOf(rate int) (set ModemSet, only2400 bool) {
	switch rate {
	case 0b0000:
		return ModemV27ter, true
	case 0b0100:
		return ModemV27ter, false
	case 0b1000:
		return ModemV29, false
	case 0b1100, 0b1110: // 1110 adds V.33, which nobody has any more
		return ModemV27ter | ModemV29, false
	case 0b1101:
		return ModemV27ter | ModemV29 | ModemV17, false
	}
	// Reserved values: V.27ter is what every terminal has (T.30 Table 2).
	return ModemV27ter, false
}

// rateOfModems writes bits 11 to 14 of DIS and DTC. V.17 cannot be offered
// without the other two.
func rateOfModems(set ModemSet) int {
	switch {
	case set&ModemV17 != 0:
		return 0b1101
	case set&ModemV29 != 0 && set&ModemV27ter != 0:
		return 0b1100
	case set&ModemV29 != 0:
		return 0b1000
	}
	return 0b0100
}

// modulationOf reads bits 11 to 14 of DCS and CTC; false for a rate that this
// package does not have.
func modulationOf(rate int) (Modulation, bool) {
	for _, f := range fallback {
		if f.rate == rate {
			return f.modulation, true
		}
	}
	return NoModulation, false
}

func rateBits(m Modulation) int {
	for _, f := range fallback {
		if f.modulation == m {
			return f.rate
		}
	}
	return 0
}

// isV17 tells whether the modulation has a long and a short training.
func isV17(m Modulation) bool { return m >= V17_7200 && m <= V17_14400 }
