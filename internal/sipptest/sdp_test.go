package sipptest

import (
	"fmt"
	"strings"
)

// Descriptions of sipp's media. Port 9 (discard) takes what is sent there.

func session(lines ...string) string {
	return strings.Join(append([]string{
		"v=0", "o=sipp 1 1 IN IP[local_ip_type] [local_ip]", "s=-", "c=IN IP[local_ip_type] [local_ip]", "t=0 0",
	}, lines...), "\n") + "\n"
}

// version changes the version of o=.
func version(sdp string, n int) string {
	return strings.Replace(sdp, "o=sipp 1 1 ", fmt.Sprintf("o=sipp 1 %d ", n), 1)
}

var audioLines = []string{"m=audio 9 RTP/AVP 0 8", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000"}

func audio() string { return session(audioLines...) }

var t38Attributes = []string{
	"a=T38FaxVersion:0", "a=T38MaxBitRate:14400", "a=T38FaxRateManagement:transferredTCF",
	"a=T38FaxMaxBuffer:1800", "a=T38FaxMaxDatagram:400", "a=T38FaxUdpEC:t38UDPRedundancy",
}

func imageLines(proto string, attributes ...string) []string {
	return append([]string{"m=image 9 " + proto}, attributes...)
}

// imageOffer is a plain offer of T.38, with other attributes instead of those that
// edit names: "T38FaxUdpEC" takes one out, "T38FaxVersion:3" changes it.
func imageOffer(edit ...string) string { return session(imageLines("udptl t38", edited(edit)...)...) }

func edited(edit []string) []string {
	var out []string
	for _, a := range t38Attributes {
		name, _, _ := strings.Cut(strings.TrimPrefix(a, "a="), ":")
		keep := true
		for _, e := range edit {
			if n, _, _ := strings.Cut(e, ":"); n == name {
				keep = false
			}
		}
		if keep {
			out = append(out, a)
		}
	}
	for _, e := range edit {
		for _, known := range t38Attributes {
			if known == "a="+e || strings.HasPrefix(known, "a="+e+":") {
				e = ""
				break
			}
		}
		if e != "" {
			out = append(out, "a="+e)
		}
	}
	return out
}
