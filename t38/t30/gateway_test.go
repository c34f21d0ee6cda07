package t30

import (
	"bytes"
	"testing"
)

func TestOverGateway(t *testing.T) {
	for _, c := range []struct {
		why      string
		c        FCF
		limits   GatewayLimits
		fif, out []byte
	}{
		{"nothing is in the way", DIS, GatewayLimits{}, []byte{0x00, 0x76, 0x78}, []byte{0x00, 0x76, 0x78}},
		{"no modem of ours has V.33", DIS, GatewayLimits{}, []byte{0x00, 0x7A, 0x78}, []byte{0x00, 0x72, 0x78}},
		{"V.17 can go beyond 9600", DIS, GatewayLimits{MaxRate: 9600}, []byte{0x00, 0x76, 0x78}, []byte{0x00, 0x72, 0x78}},
		{"V.29 can go beyond 4800", DTC, GatewayLimits{MaxRate: 4800}, []byte{0x00, 0x76, 0x78}, []byte{0x00, 0x52, 0x78}},
		{"only the fall-back mode is slower", DIS, GatewayLimits{MaxRate: 2400}, []byte{0x00, 0x76, 0x78}, []byte{0x00, 0x42, 0x78}},
		{"V.29 is all it has", DIS, GatewayLimits{MaxRate: 4800}, []byte{0x00, 0x62, 0x78}, []byte{0x00, 0x62, 0x78}},
		{"ECM and what needs it", DIS, GatewayLimits{DisableECM: true}, []byte{0x00, 0x76, 0x79, 0x23}, []byte{0x00, 0x76, 0x79, 0x01}},
		{"what was agreed on stays", DCS, GatewayLimits{DisableECM: true, MaxRate: 4800}, []byte{0x00, 0x06, 0x79, 0x20}, []byte{0x00, 0x06, 0x79, 0x20}},
		{"too short to say anything", DIS, GatewayLimits{MaxRate: 4800}, []byte{0x00}, []byte{0x00}},
	} {
		if got := OverGateway(c.fif, c.c, c.limits); !bytes.Equal(got, c.out) {
			t.Errorf("%s: % x, want % x", c.why, got, c.out)
		}
	}
}
