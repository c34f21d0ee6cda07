package t30

import "slices"

// What a T.38 gateway reads and changes in the frames that pass through it.

// ContinueRate is the modulation that the FIF of CTC selects, if it has one
// (T.30 Annex A: two octets of a DCS).
func ContinueRate(fif []byte) (Modulation, bool) {
	if len(fif) < 2 {
		return NoModulation, false
	}
	return modulationOf(bitField(fif).value(bitRate, 4))
}

// internetBits say that a terminal is on the Internet itself, which one behind a
// gateway is not; V.8 would lead to V.34.
var internetBits = []int{bitStoreAndForward, bitRealTimeInternet, bitV8, bitFlowControl, bitInternetAware}

// ecmBits are error correction and what needs it.
var ecmBits = []int{bitPrefers64Octets, bitECM, bitMMR, bitT43, bitJPEG, bitJBIG, bitJBIGL0, bitT44, bitT44 + 1, bitT44 + 2}

// GatewayLimits are what two machines are not to agree on over a gateway.
type GatewayLimits struct {
	DisableECM bool
	// MaxRate is the highest rate in bit/s, 0 for any. DIS and DTC name modems and
	// no rates but 2400: a modem that has no rate above it stays, so that 12000
	// comes to 9600, and 7200 to 4800.
	MaxRate int
}

// OverGateway is the FIF of a DIS, DTC or DCS without what a gateway cannot
// carry and, in DIS and DTC, without what is beyond the limits.
func OverGateway(fif []byte, c FCF, limits GatewayLimits) []byte {
	f := bitField(slices.Clone(fif))
	for _, bit := range internetBits {
		f.clear(bit)
	}
	if c == DCS {
		return f
	}
	if limits.DisableECM {
		for _, bit := range ecmBits {
			f.clear(bit)
		}
	}
	if len(f) >= 2 {
		modems, only2400 := modemsOf(f.value(bitRate, 4))
		if slow := modems & modemsUpTo(limits.MaxRate); slow != 0 {
			modems = slow // a machine with V.29 alone keeps it
		}
		switch {
		case limits.MaxRate > 0 && limits.MaxRate < 4800 && modems&ModemV27ter != 0:
			f.setValue(bitRate, 4, 0b0000) // V.27 ter in its fall-back mode
		case !only2400:
			f.setValue(bitRate, 4, rateOfModems(modems))
		}
	}
	return f
}

// modemsUpTo are the modems with no rate above maxRate; V.27 ter, which every
// machine has, in any case.
func modemsUpTo(maxRate int) ModemSet {
	switch {
	case maxRate == 0 || maxRate >= 14400:
		return ModemV17 | ModemV29 | ModemV27ter
	case maxRate >= 9600:
		return ModemV29 | ModemV27ter
	}
	return ModemV27ter
}
