package sdp

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// lines joins the lines of a description as SIP carries them.
func lines(l ...string) []byte { return []byte(strings.Join(l, "\r\n") + "\r\n") }

// Asterisk 22's offers, from a capture.
var (
	asteriskAudio = lines("v=0", "o=- 966877548 966877548 IN IP4 127.0.0.1", "s=Asterisk", "c=IN IP4 127.0.0.1",
		"t=0 0", "m=audio 12016 RTP/AVP 0 8 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
		"a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:20", "a=maxptime:140", "a=sendrecv")
	asteriskT38 = lines("v=0", "o=- 966877548 966877551 IN IP4 127.0.0.1", "s=Asterisk", "c=IN IP4 127.0.0.1",
		"t=0 0", "m=image 4611 udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:14400",
		"a=T38FaxRateManagement:transferredTCF", "a=T38FaxMaxDatagram:1400", "a=T38FaxUdpEC:t38UDPRedundancy")
)

func mustParse(t testing.TB, octets []byte) *Description {
	t.Helper()
	d, err := Parse(octets)
	if err != nil {
		t.Fatalf("Parse: %v\n%s", err, octets)
	}
	return d
}

func TestWhatIsWellWrittenIsKeptToTheOctet(t *testing.T) {
	for _, octets := range [][]byte{asteriskAudio, asteriskT38} {
		if again := Marshal(mustParse(t, octets)); !bytes.Equal(again, octets) {
			t.Errorf("read and written again:\n%s\nwant:\n%s", again, octets)
		}
	}
}

func TestEveryLineOfADescriptionIsRead(t *testing.T) {
	octets := lines("v=0", "o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1", "s=Call to John Smith",
		"i=SDP Offer #1", "u=http://www.jdoe.example.com/home.html", "e=Jane Doe <jane@jdoe.example.com>",
		"p=+1 617 555-6011", "c=IN IP4 198.51.100.1", "b=AS:64", "b=X-YZ:128", "t=0 0", "k=clear:x", "a=tool:x",
		"m=audio 49170/2 RTP/AVP 0", "i=voice", "c=IN IP6 2001:db8::1", "b=TIAS:64000", "k=prompt", "a=sendonly",
		"m=video 51372 RTP/SAVPF 99", "a=rtpmap:99 h263-1998/90000")
	if again := Marshal(mustParse(t, octets)); !bytes.Equal(again, octets) {
		t.Errorf("read and written again:\n%s\nwant:\n%s", again, octets)
	}
}

func TestWhatIsNoDescriptionIsRefused(t *testing.T) {
	for name, octets := range map[string][]byte{
		"nothing":                  nil,
		"blank lines":              []byte("\r\n\r\n"),
		"HTML":                     []byte("<html><body>503</body></html>\r\n"),
		"more octets than allowed": append(lines("v=0"), make([]byte, maxOctets)...),
		"more lines than allowed":  []byte("v=0\n" + strings.Repeat("a=x\n", maxLines)),
		"more media than allowed":  []byte("v=0\n" + strings.Repeat("m=audio 1 RTP/AVP 0\n", maxMedia+1)),
	} {
		var syntax *SyntaxError
		if d, err := Parse(octets); !errors.As(err, &syntax) || d != nil {
			t.Errorf("%s: got %v, %v; want a SyntaxError", name, d, err)
		}
	}
}

// FuzzParse checks that no octets are too strange, that what is read is written
// in a form that reads the same, and that all of it can be looked at.
func FuzzParse(f *testing.F) {
	f.Add(asteriskAudio)
	f.Add(asteriskT38)
	f.Add(Marshal(Compose(Origin{1, 2}, loopback, exampleAudio.Media(), exampleImage.Media())))
	for _, q := range quirkSamples {
		f.Add(q.sample)
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		d, err := Parse(octets)
		if err != nil {
			return
		}
		written := Marshal(d)
		again, err := Parse(written)
		if err != nil {
			if len(written) > maxOctets {
				return // defaults for what was missing made it longer
			}
			t.Fatalf("what was written is not read: %v\n%q", err, written)
		}
		if !reflect.DeepEqual(d, again) {
			t.Fatalf("read again, it is different:\n%#v\n%#v\n%q", d, again, written)
		}
		for i, m := range d.MediaDescriptions {
			Refuse(m)
			if IsAudio(m) {
				readAndWriteAudio(t, d, i)
			}
			if IsT38(m) {
				readAndWriteImage(t, d, i)
			}
		}
	})
}

func readAndWriteAudio(t *testing.T, d *Description, i int) {
	a, err := ReadAudio(d, i)
	if err != nil || len(a.Codecs) == 0 {
		return
	}
	again := mustParse(t, Marshal(Compose(Origin{1, 1}, loopback, a.Media())))
	b, err := ReadAudio(again, 0)
	if err != nil || !reflect.DeepEqual(a.Codecs, b.Codecs) || a.Direction != b.Direction || a.Ptime != b.Ptime {
		t.Fatalf("audio written and read again: %+v, %v; was %+v", b, err, a)
	}
}

func readAndWriteImage(t *testing.T, d *Description, i int) {
	im, err := ReadImage(d, i)
	if err != nil {
		return
	}
	again := mustParse(t, Marshal(Compose(Origin{1, 1}, loopback, im.Media())))
	b, err := ReadImage(again, 0)
	im.T38.Unknown = nil
	if !im.T38.FillBitRemoval && !im.T38.TranscodingMMR && !im.T38.TranscodingJBIG {
		b.T38.BooleanValues = im.T38.BooleanValues
	}
	if err != nil || !reflect.DeepEqual(im.T38, b.T38) || im.Direction != b.Direction {
		t.Fatalf("T.38 written and read again: %+v, %v; was %+v", b, err, im)
	}
	ours := DefaultT38()
	if a := ours.Answer(im.T38); a.Version > im.T38.Version || a.MaxBitRate > ours.MaxBitRate {
		t.Fatalf("answer %+v goes beyond the offer %+v", a, im.T38)
	}
}
