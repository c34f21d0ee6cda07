package t30

// A Field is one row of T.30 Table 2: one or more bits of the FIF of DIS, DTC
// and DCS, numbered from 1 in the order in which they are sent.
type Field struct {
	First, Width int
	Name         string // as the ladder prints it; empty for bits that are not printed
	Capability   string // what it says in DIS and DTC; empty: set to 0 there
	Selection    string // what it says in DCS; empty: set to 0 there
}

// The fields that the procedure itself reads or writes, by their first bit.
const (
	bitStoreAndForward    = 1
	bitRealTimeInternet   = 3
	bitV8                 = 6
	bitPrefers64Octets    = 7
	bitPolling            = 9
	bitReceives           = 10
	bitRate               = 11
	bitFine               = 15
	bitMR                 = 16
	bitWidth              = 17
	bitLength             = 19
	bitScanLineTime       = 21
	bitUncompressed       = 26
	bitECM                = 27
	bitFrameSize64        = 28
	bitMMR                = 31
	bitFieldNotValid      = 33
	bitPolledSubaddress   = 35
	bitT43                = 36
	bitR8x15_4            = 41
	bit300x300            = 42
	bitR16x15_4           = 43
	bitInch               = 44
	bitMetric             = 45
	bitHalfScanLineTime   = 46
	bitSelectivePolling   = 47
	bitSubaddress         = 49
	bitPassword           = 50 // in DCS: sender identification
	bitJPEG               = 68
	bitJBIG               = 78
	bitJBIGL0             = 79
	bitT44                = 92 // and 93, 94
	bitInternetPollAddr   = 101
	bitInternetRouting    = 102
	bit600x600            = 105
	bit1200x1200          = 106
	bit300x600            = 107
	bit400x800            = 108
	bit600x1200           = 109
	bitFlowControl        = 121
	bitInternetAware      = 123
	lastBit               = 128
	firstExtendBit        = 24 // every eighth bit from here on extends the field
	maxCapabilitiesOctets = lastBit / 8
)

// Fields is T.30 Table 2, the bits of DIS, DTC and DCS. Bits 24, 32, 40 and so
// on extend the field by an octet and are not listed; nor are reserved bits.
var Fields = []Field{
	{1, 1, "T.37", "store-and-forward Internet fax, simple mode (T.37)", "store-and-forward Internet fax, simple mode (T.37)"},
	{3, 1, "T.38", "real-time Internet fax (T.38)", "real-time Internet fax (T.38)"},
	{4, 1, "3G", "third generation mobile network", "third generation mobile network"},
	{6, 1, "V.8", "V.8 capabilities", ""},
	{7, 1, "prefers-64", "64 octets preferred", ""},
	{9, 1, "polling", "ready to transmit a facsimile document (polling)", ""},
	{10, 1, "receiver", "receiver fax operation", "receiver fax operation"},
	{11, 4, "", "data signalling rates", "data signalling rate"},
	{15, 1, "fine", "R8 x 7.7 lines/mm and/or 200 x 200 pels/25.4 mm", "R8 x 7.7 lines/mm or 200 x 200 pels/25.4 mm"},
	{16, 1, "MR", "two-dimensional coding", "two-dimensional coding"},
	{17, 2, "", "recording widths", "recording width"},
	{19, 2, "", "recording lengths", "recording length"},
	{21, 3, "", "minimum scan line time of the receiver", "minimum scan line time"},
	{26, 1, "uncompressed", "uncompressed mode", "uncompressed mode"},
	{27, 1, "ECM", "error correction mode", "error correction mode"},
	{28, 1, "64-octet", "", "frames of 64 octets"},
	{31, 1, "MMR", "T.6 coding", "T.6 coding"},
	{33, 1, "FNV", "field not valid", ""},
	{34, 1, "multiple-polling", "multiple selective polling", ""},
	{35, 1, "PSA", "polled subaddress", ""},
	{36, 1, "T.43", "T.43 coding", "T.43 coding"},
	{37, 1, "plane-interleave", "plane interleave", "plane interleave"},
	{38, 1, "voice", "voice coding with 32 kbit/s ADPCM (G.726)", "voice coding with 32 kbit/s ADPCM (G.726)"},
	{39, 1, "extended-voice", "extended voice coding", "extended voice coding"},
	{41, 1, "superfine", "R8 x 15.4 lines/mm", "R8 x 15.4 lines/mm or 200 x 400 pels/25.4 mm"},
	{42, 1, "300x300", "300 x 300 pels/25.4 mm", "300 x 300 pels/25.4 mm"},
	{43, 1, "R16x15.4", "R16 x 15.4 lines/mm and/or 400 x 400 pels/25.4 mm", "R16 x 15.4 lines/mm or 400 x 400 pels/25.4 mm"},
	{44, 1, "inch", "inch-based resolution preferred", "inch-based resolution"},
	{45, 1, "metric", "metric-based resolution preferred", ""},
	{46, 1, "half-time-15.4", "half the minimum scan line time at 15.4 lines/mm", ""},
	{47, 1, "SEP", "selective polling", ""},
	{49, 1, "SUB", "subaddressing", "subaddress transmission"},
	{50, 1, "PWD", "password", "sender identification transmission"},
	{51, 1, "data-file-polling", "ready to transmit a data file (polling)", ""},
	{53, 1, "BFT", "binary file transfer", "binary file transfer"},
	{54, 1, "DTM", "document transfer mode", "document transfer mode"},
	{55, 1, "EDI", "electronic data interchange", "electronic data interchange"},
	{57, 1, "BTM", "basic transfer mode", "basic transfer mode"},
	{59, 1, "character-polling", "ready to transmit a character or mixed mode document (polling)", ""},
	{60, 1, "character", "character mode", "character mode"},
	{62, 1, "mixed", "mixed mode (T.4 Annex E)", "mixed mode (T.4 Annex E)"},
	{65, 1, "processable", "processable mode 26 (T.505)", "processable mode 26 (T.505)"},
	{66, 1, "digital-network", "digital network", "digital network"},
	{67, 1, "duplex", "half and full duplex", "full duplex"},
	{68, 1, "JPEG", "JPEG coding", "JPEG coding"},
	{69, 1, "colour", "full colour mode", "full colour mode"},
	{70, 1, "preferred-Huffman", "", "preferred Huffman tables"},
	{71, 1, "12-bit", "12 bits per pel component", "12 bits per pel component"},
	{73, 1, "no-subsampling", "no subsampling (1:1:1)", "no subsampling (1:1:1)"},
	{74, 1, "custom-illuminant", "custom illuminant", "custom illuminant"},
	{75, 1, "custom-gamut", "custom gamut range", "custom gamut range"},
	{76, 1, "letter", "North American Letter (215.9 x 279.4 mm)", "North American Letter (215.9 x 279.4 mm)"},
	{77, 1, "legal", "North American Legal (215.9 x 355.6 mm)", "North American Legal (215.9 x 355.6 mm)"},
	{78, 1, "JBIG", "single-progression sequential coding (T.85), basic", "single-progression sequential coding (T.85), basic"},
	{79, 1, "JBIG-L0", "single-progression sequential coding (T.85), optional L0", "single-progression sequential coding (T.85), optional L0"},
	{81, 1, "HKM", "HKM key management", "HKM key management"},
	{82, 1, "RSA", "RSA key management", "RSA key management"},
	{83, 1, "override", "override mode", "override mode"},
	{84, 1, "HFX40", "HFX40 cipher", "HFX40 cipher"},
	{85, 1, "cipher-2", "alternative cipher number 2", "alternative cipher number 2"},
	{86, 1, "cipher-3", "alternative cipher number 3", "alternative cipher number 3"},
	{87, 1, "HFX40-I", "HFX40-I hashing", "HFX40-I hashing"},
	{89, 1, "hash-2", "alternative hashing system number 2", "alternative hashing system number 2"},
	{90, 1, "hash-3", "alternative hashing system number 3", "alternative hashing system number 3"},
	{92, 3, "T.44", "mixed raster content (T.44), level", "mixed raster content (T.44), level"},
	{95, 1, "T.44-strip", "page length as maximum strip size of T.44", "page length as maximum strip size of T.44"},
	{97, 1, "colour-300-400", "colour at 300 x 300 or 400 x 400 pels/25.4 mm", "colour at 300 x 300 or 400 x 400 pels/25.4 mm"},
	{98, 1, "colour-100", "colour at 100 x 100 pels/25.4 mm", "colour at 100 x 100 pels/25.4 mm"},
	{99, 1, "BFT-simple", "simple phase C BFT negotiations", "simple phase C BFT negotiations"},
	{100, 1, "BFT-extended", "extended BFT negotiations", ""},
	{101, 1, "ISP", "Internet selective polling address", ""},
	{102, 1, "IRA", "Internet routing address", "Internet routing address transmission"},
	{105, 1, "600x600", "600 x 600 pels/25.4 mm", "600 x 600 pels/25.4 mm"},
	{106, 1, "1200x1200", "1200 x 1200 pels/25.4 mm", "1200 x 1200 pels/25.4 mm"},
	{107, 1, "300x600", "300 x 600 pels/25.4 mm", "300 x 600 pels/25.4 mm"},
	{108, 1, "400x800", "400 x 800 pels/25.4 mm", "400 x 800 pels/25.4 mm"},
	{109, 1, "600x1200", "600 x 1200 pels/25.4 mm", "600 x 1200 pels/25.4 mm"},
	{110, 1, "colour-600", "colour at 600 x 600 pels/25.4 mm", "colour at 600 x 600 pels/25.4 mm"},
	{111, 1, "colour-1200", "colour at 1200 x 1200 pels/25.4 mm", "colour at 1200 x 1200 pels/25.4 mm"},
	{113, 1, "duplex-print-alternate", "double-sided printing, alternate mode", "double-sided printing, alternate mode"},
	{114, 1, "duplex-print", "double-sided printing, continuous mode", "double-sided printing, continuous mode"},
	{115, 1, "MRCbw", "black and white mixed raster content profile", "black and white mixed raster content profile"},
	{116, 1, "T.45", "T.45 run length colour coding", "T.45 run length colour coding"},
	{117, 2, "shared-memory", "shared data memory, level", "shared data memory, level"},
	{119, 1, "T.44-colour", "T.44 colour space", "T.44 colour space"},
	{121, 1, "T.38-flow-control", "flow control for T.38 communication", "flow control for T.38 communication"},
	{122, 1, "K>4", "two-dimensional coding with K greater than 4", "two-dimensional coding with K greater than 4"},
	{123, 1, "internet-aware", "Internet-aware fax device for T.38 communication", "Internet-aware fax device for T.38 communication"},
	{124, 3, "T.89", "application profiles for T.88 (T.89)", "application profiles for T.88 (T.89)"},
	{127, 1, "sYCC-JPEG", "sYCC-JPEG coding", "sYCC-JPEG coding"},
}

// bitField is the FIF of a DIS, DTC or DCS. Reading past its end, or past the
// last octet that the extend bits announce, gives 0.
type bitField []byte

// valid cuts a received field where its extend bits end it and to the length
// that Table 2 defines: what comes after is not ours to interpret.
func (f bitField) valid() bitField {
	n := min(3, len(f))
	for n >= 3 && n < len(f) && n < maxCapabilitiesOctets && f[n-1]&1 == 1 {
		n++
	}
	return f[:n]
}

func (f bitField) get(first int) bool { return f.value(first, 1) == 1 }

// value reads width bits as a number, the first bit the most significant, as
// Table 2 prints them.
func (f bitField) value(first, width int) int {
	v := 0
	for bit := first - 1; bit < first-1+width; bit++ {
		v <<= 1
		if bit/8 < len(f) && f[bit/8]&(0x80>>(bit%8)) != 0 {
			v |= 1
		}
	}
	return v
}

func (f *bitField) set(first int) { f.setValue(first, 1, 1) }

func (f *bitField) setIf(first int, on bool) {
	if on {
		f.set(first)
	}
}

// setValue writes width bits; the field grows as needed and its extend bits
// follow.
func (f *bitField) setValue(first, width, v int) {
	for i := range width {
		bit := first - 1 + i
		if v>>(width-1-i)&1 == 0 {
			f.clear(first + i)
			continue
		}
		for len(*f) <= bit/8 {
			if len(*f) >= 3 {
				(*f)[len(*f)-1] |= 1
			}
			*f = append(*f, 0)
		}
		(*f)[bit/8] |= 0x80 >> (bit % 8)
	}
}

// clear sets a bit to 0 where the field reaches so far.
func (f bitField) clear(first int) {
	if i := first - 1; i/8 < len(f.valid()) {
		f[i/8] &^= 0x80 >> (i % 8)
	}
}

// newBitField is a field of the three octets that every DIS and DCS has.
func newBitField() bitField { return make(bitField, 3, maxCapabilitiesOctets) }
