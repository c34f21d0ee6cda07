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

// OverGateway is the FIF of a DIS, DTC or DCS without what a gateway cannot
// carry and, in DIS and DTC, without error correction where it is not wanted.
func OverGateway(fif []byte, c FCF, withoutECM bool) []byte {
	f := bitField(slices.Clone(fif))
	for _, bit := range internetBits {
		f.clear(bit)
	}
	if c == DCS {
		return f
	}
	if withoutECM {
		for _, bit := range ecmBits {
			f.clear(bit)
		}
	}
	if len(f) >= 2 {
		if modems, only2400 := modemsOf(f.value(bitRate, 4)); !only2400 {
			f.setValue(bitRate, 4, rateOfModems(modems))
		}
	}
	return f
}

// clear sets a bit to 0 where the field reaches so far.
func (f bitField) clear(first int) {
	if i := first - 1; i/8 < len(f.valid()) {
		f[i/8] &^= 0x80 >> (i % 8)
	}
}
