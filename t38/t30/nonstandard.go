package t30

import (
	"fmt"
	"math/bits"
	"strings"
)

// NSF, NSC and NSS begin with a country code and a code that the country gave to
// the maker (T.35). T.30 did not say before 2003 in which order their bits go,
// and machines do it both ways.

// countries are the T.35 codes of countries where fax machines were made, the
// most significant bit first.
var countries = map[byte]string{
	0x00: "Japan", 0x04: "Germany", 0x26: "China", 0x3D: "France", 0x61: "Korea",
	0xB4: "United Kingdom", 0xB5: "United States",
}

// makers are those that are met, by the octets in which their machines send the
// country and the maker.
var makers = map[[3]byte]string{
	{0x00, 0x00, 0x0E}: "Panasonic",
	{0x00, 0x00, 0x11}: "Canon",
	{0x00, 0x00, 0x19}: "Xerox",
	{0x00, 0x00, 0x21}: "Oki",
	{0x00, 0x00, 0x25}: "Ricoh",
	{0x00, 0x00, 0x26}: "Konica",
	{0x00, 0x00, 0x31}: "Sharp",
	{0x00, 0x00, 0x45}: "Muratec",
	{0x00, 0x00, 0x51}: "Sanyo",
	{0x00, 0x00, 0x56}: "Brother",
	{0x00, 0x00, 0x79}: "Panasonic",
	{0x00, 0x70, 0x00}: "Kyocera",
	{0x00, 0xB0, 0x00}: "Minolta",
	{0x20, 0x81, 0x00}: "Innovaphone",
	{0x20, 0x81, 0x80}: "AVM",
	{0x20, 0x81, 0xC0}: "Eicon",
	{0x86, 0x00, 0x16}: "Samsung",
	{0x86, 0x00, 0x5A}: "Samsung",
	{0xAD, 0x00, 0x00}: "Pitney Bowes",
	{0xAD, 0x00, 0x0C}: "Dialogic",
	{0xAD, 0x00, 0x15}: "Lexmark",
	{0xAD, 0x00, 0x36}: "HP",
	{0xAD, 0x00, 0x46}: "Brooktrout",
	{0xAD, 0x00, 0x51}: "a gateway that hides NSF",
	{0xAD, 0x00, 0x55}: "HylaFAX",
	{0xB5, 0x00, 0x60}: "Commetrex",
	{0xB5, 0x00, 0x62}: "Brooktrout",
	{0xB5, 0x00, 0x6E}: "Microsoft",
	{0xB5, 0x00, 0x76}: "Microsoft",
	{0xB5, 0x00, 0x98}: "Xerox",
	{0xB5, 0x00, 0xAA}: "HylaFAX",
}

// Maker names the country and the maker in the FIF of an NSF, NSC or NSS; empty
// where they are not known.
func Maker(fif []byte) (country, maker string) {
	if len(fif) == 0 {
		return "", ""
	}
	country, ok := countries[fif[0]]
	if !ok {
		country = countries[bits.Reverse8(fif[0])]
	}
	if len(fif) >= 3 {
		maker = makers[[3]byte(fif)]
	}
	return country, maker
}

func describeNonStandard(fif []byte) string {
	country, maker := Maker(fif)
	known := strings.TrimSpace(maker + " " + country)
	if known == "" {
		return fmt.Sprintf("% X", fif)
	}
	return fmt.Sprintf("%s: % X", known, fif)
}
