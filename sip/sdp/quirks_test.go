package sdp

import (
	"bytes"
	"fmt"
	"math"
	"testing"
)

// quirkSamples are the deviances that quirks.go tells of, each as a description
// and what must be understood of it.
var quirkSamples = []struct {
	name   string
	sample []byte
	want   string // see summary
}{
	{"LF alone, and none at the end", []byte("v=0\nc=IN IP4 192.0.2.1\nm=image 5000 udptl t38\na=T38FaxVersion:2"),
		"192.0.2.1:5000 v2 14400 t38UDPNoEC"},
	{"CR alone", []byte("v=0\rc=IN IP4 192.0.2.1\rm=image 5000 udptl t38\ra=T38FaxVersion:2\r"),
		"192.0.2.1:5000 v2 14400 t38UDPNoEC"},
	{"blank lines and an octet 0 at the end", []byte("v=0\r\nc=IN IP4 192.0.2.1\r\nm=image 5000 udptl t38\r\n\r\n\r\n\x00"),
		"192.0.2.1:5000 v0 14400 t38UDPNoEC"},
	{"spaces at the ends of lines", lines("v=0 ", "c=IN IP4 192.0.2.1  ", "m=image 5000  udptl t38 ", "a=T38FaxUdpEC: t38UDPRedundancy "),
		"192.0.2.1:5000 v0 14400 t38UDPRedundancy"},
	{"no o=, s= and t=", lines("v=0", "c=IN IP4 192.0.2.1", "m=image 5000 udptl t38"),
		"192.0.2.1:5000 v0 14400 t38UDPNoEC"},
	{"a= between c= and t=", lines("v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "a=tool:x", "t=0 0", "m=image 5000 udptl t38"),
		"192.0.2.1:5000 v0 14400 t38UDPNoEC"},
	{"spaces in the user name of o=", lines("v=0", "o=My Fax Box 12 13 IN IP4 192.0.2.1", "s=-", "m=image 5000 udptl t38"),
		"192.0.2.1:5000 v0 14400 t38UDPNoEC"},
	{"numbers of o= that overflow", lines("v=0", "o=x 99999999999999999999999 18446744073709551616 IN IP4 192.0.2.1", "m=image 5000 udptl t38"),
		"192.0.2.1:5000 v0 14400 t38UDPNoEC"},
	{"c= in the media only", lines("v=0", "o=- 1 1 IN IP4 192.0.2.9", "s=-", "t=0 0", "m=audio 0 RTP/AVP 8", "m=image 5000 udptl t38", "c=IN IP4 192.0.2.1"),
		"192.0.2.1:5000 v0 14400 t38UDPNoEC"},
	{"transport and format in upper case", lines("v=0", "c=IN IP4 192.0.2.1", "m=image 5000 UDPTL T38", "a=T38FaxVersion:0"),
		"192.0.2.1:5000 v0 14400 t38UDPNoEC"},
	{"other case in attributes", lines("v=0", "c=IN IP4 192.0.2.1", "m=image 5000 udptl t38", "a=t38faxversion:0",
		"a=T38MaxBitrate:9600", "a=T38FaxUdpEc:T38UdpRedundancy", "a=T38FaxRateManagement:TransferredTCF"),
		"192.0.2.1:5000 v0 9600 t38UDPRedundancy"},
	{"booleans with values", lines("v=0", "c=IN IP4 192.0.2.1", "m=image 5000 udptl t38", "a=T38FaxFillBitRemoval:0",
		"a=T38FaxTranscodingMMR:1", "a=T38FaxTranscodingJBIG:0"),
		"192.0.2.1:5000 v0 14400 t38UDPNoEC MMR valued"},
	{"booleans without values", lines("v=0", "c=IN IP4 192.0.2.1", "m=image 5000 udptl t38", "a=T38FaxFillBitRemoval",
		"a=T38FaxTranscodingJBIG"),
		"192.0.2.1:5000 v0 14400 t38UDPNoEC FillBitRemoval JBIG"},
	{"two error corrections on two lines", lines("v=0", "c=IN IP4 192.0.2.1", "m=image 5000 udptl t38",
		"a=T38FaxUdpEC:t38UDPRedundancy", "a=T38FaxUdpEC:t38UDPFEC"),
		"192.0.2.1:5000 v0 14400 t38UDPRedundancy t38UDPFEC"},
	{"two error corrections on one line", lines("v=0", "c=IN IP4 192.0.2.1", "m=image 5000 udptl t38",
		"a=T38FaxUdpEC:t38UDPFEC, t38UDPRedundancy,x"),
		"192.0.2.1:5000 v0 14400 t38UDPFEC t38UDPRedundancy"},
	{"a bit rate of 0", lines("v=0", "c=IN IP4 192.0.2.1", "m=image 5000 udptl t38", "a=T38MaxBitRate:0"),
		"192.0.2.1:5000 v0 14400 t38UDPNoEC"},
	{"a bit rate with its unit", lines("v=0", "c=IN IP4 192.0.2.1", "m=image 5000 udptl t38", "a=T38MaxBitRate:9600 bps"),
		"192.0.2.1:5000 v0 9600 t38UDPNoEC"},
	{"audio of the Dialogic manual", lines("v=0", "o=username 2209448059 0759125174 IN IP4 208.129.16.72", "s=session_name",
		"i=session_description", "u=user@brooktrout.com", "t=0 0", "m=audio 56004 RTP/AVP 0", "c=IN IP4 208.129.52.105",
		"a=rtpmap:0 pcmu/8000", "m=image 56006 udptl t38", "c=IN IP4 208.129.52.105"),
		"208.129.52.105:56004 PCMU; 208.129.52.105:56006 v0 14400 t38UDPNoEC"},
	{"an empty rtpmap", lines("v=0", "c=IN IP4 192.0.2.1", "m=audio 4000 RTP/AVP 8 101", "a=rtpmap:8 .", "a=rtpmap:101 "),
		"192.0.2.1:4000 PCMA"},
	{"a direction in the old style", lines("v=0", "c=IN IP4 192.0.2.1", "m=audio 4000 RTP/AVP 8", "a=direction:both"),
		"192.0.2.1:4000 PCMA"},
	{"no media at all", lines("v=0", "o=- 1 2 IN IP4 192.0.2.1", "s=Asterisk", "t=0 0"), ""},
}

// summary tells in one line what is understood of a description.
func summary(t testing.TB, d *Description) string {
	var text bytes.Buffer
	for i, m := range d.MediaDescriptions {
		if m.MediaName.Port.Value == 0 {
			continue
		}
		if text.Len() > 0 {
			text.WriteString("; ")
		}
		switch {
		case IsAudio(m):
			a, err := ReadAudio(d, i)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(&text, a.Addr)
			for _, c := range a.Codecs {
				text.WriteString(" " + c.Name)
			}
		case IsT38(m):
			im, err := ReadImage(d, i)
			if err != nil {
				t.Fatal(err)
			}
			writeSummary(&text, im)
		default:
			text.WriteString("unknown")
		}
	}
	return text.String()
}

func writeSummary(text *bytes.Buffer, im Image) {
	fmt.Fprintf(text, "%v v%d %d", im.Addr, im.T38.Version, lowerRate(im.T38.MaxBitRate, 0))
	if im.T38.Offered == nil {
		im.T38.Offered = []UDPEC{NoEC}
	}
	for _, ec := range im.T38.Offered {
		text.WriteString(" " + ec.String())
	}
	for _, b := range []struct {
		yes  bool
		name string
	}{{im.T38.FillBitRemoval, "FillBitRemoval"}, {im.T38.TranscodingMMR, "MMR"}, {im.T38.TranscodingJBIG, "JBIG"},
		{im.T38.BooleanValues, "valued"}} {
		if b.yes {
			text.WriteString(" " + b.name)
		}
	}
}

func TestQuirks(t *testing.T) {
	for _, q := range quirkSamples {
		t.Run(q.name, func(t *testing.T) {
			if got := summary(t, mustParse(t, q.sample)); got != q.want {
				t.Errorf("understood %q, want %q", got, q.want)
			}
		})
	}
}

func TestNumbersOfTheOriginDoNotWrap(t *testing.T) {
	for text, want := range map[string]uint64{
		"0": 0, "18446744073709551615": math.MaxUint64, "18446744073709551616": math.MaxUint64, "-5": 0, "x": 0, "": 0,
	} {
		if got := number(text); got != want {
			t.Errorf("%q is read as %d, want %d", text, got, want)
		}
	}
}
