package sdp

import (
	"net/netip"
	"reflect"
	"testing"
	"time"
)

var exampleAudio = Audio{
	Addr:      netip.AddrPortFrom(loopback, 12000),
	Codecs:    []Codec{PCMU, PCMA, TelephoneEvent},
	Ptime:     20 * time.Millisecond,
	MaxPtime:  140 * time.Millisecond,
	Direction: RecvOnly,
}

func readFirstAudio(t testing.TB, octets []byte) Audio {
	t.Helper()
	a, err := ReadAudio(mustParse(t, octets), 0)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAudioOfAsteriskIsRead(t *testing.T) {
	want := Audio{
		Addr:     netip.MustParseAddrPort("127.0.0.1:12016"),
		Codecs:   []Codec{PCMU, PCMA, TelephoneEvent},
		Ptime:    20 * time.Millisecond,
		MaxPtime: 140 * time.Millisecond,
	}
	if a := readFirstAudio(t, asteriskAudio); !reflect.DeepEqual(a, want) {
		t.Errorf("got  %+v\nwant %+v", a, want)
	}
}

func TestAudioIsReadAsItWasWritten(t *testing.T) {
	if a := readFirstAudio(t, Marshal(Compose(Origin{1, 1}, loopback, exampleAudio.Media()))); !reflect.DeepEqual(a, exampleAudio) {
		t.Errorf("got  %+v\nwant %+v", a, exampleAudio)
	}
}

func TestCodecs(t *testing.T) {
	dynamic := func(c Codec, pt uint8) Codec { c.PayloadType = pt; return c }
	for _, c := range []struct {
		why  string
		m    []string
		want []Codec
	}{
		{"static payload types need no rtpmap", []string{"m=audio 1 RTP/AVP 8 0 18"}, []Codec{PCMA, PCMU, staticCodecs[18]}},
		{"a dynamic one does", []string{"m=audio 1 RTP/AVP 96 0"}, []Codec{PCMU}},
		{"a dynamic one may be G.711", []string{"m=audio 1 RTP/AVP 96", "a=rtpmap:96 PCMA/8000"}, []Codec{dynamic(PCMA, 96)}},
		{"a format is listed once", []string{"m=audio 1 RTP/AVP 0 0 0"}, []Codec{PCMU}},
		{"what is no payload type is left out", []string{"m=audio 1 RTP/AVP x -1 128 999 0"}, []Codec{PCMU}},
		{"clock rate and channels count", []string{"m=audio 1 RTP/AVP 97", "a=rtpmap:97 PCMU/16000/2"},
			[]Codec{{Name: "PCMU", PayloadType: 97, ClockRate: 16000, Channels: 2}}},
		{"parameters belong to their format", []string{"m=audio 1 RTP/AVP 18 101", "a=fmtp:18 annexb=no", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15"},
			[]Codec{{"G729", 18, 8000, 1, "annexb=no"}, {"TELEPHONE-EVENT", 101, 8000, 1, "0-15"}}},
	} {
		a := readFirstAudio(t, lines(append([]string{"v=0", "c=IN IP4 127.0.0.1"}, c.m...)...))
		if !reflect.DeepEqual(a.Codecs, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.why, a.Codecs, c.want)
		}
	}
	if !dynamic(PCMU, 96).Same(PCMU) || PCMU.Same(PCMA) {
		t.Error("Same does not compare codings")
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		why, session, media, want string
	}{
		{"the session's", "c=IN IP4 192.0.2.1", "a=x", "192.0.2.1:4000"},
		{"the media's own goes before the session's", "c=IN IP4 192.0.2.1", "c=IN IP4 192.0.2.2", "192.0.2.2:4000"},
		{"IPv6", "c=IN IP6 2001:db8::5", "a=x", "[2001:db8::5]:4000"},
		{"the address tells its own family", "c=IN IP4 2001:db8::5", "a=x", "[2001:db8::5]:4000"},
		{"IPv6 in brackets", "c=IN IP6 [2001:db8::5]", "a=x", "[2001:db8::5]:4000"},
		{"IPv4 in IPv6 is IPv4", "c=IN IP6 ::ffff:192.0.2.1", "a=x", "192.0.2.1:4000"},
		{"a TTL is left out", "c=IN IP4 192.0.2.1/127", "a=x", "192.0.2.1:4000"},
		{"hold in the old way", "c=IN IP4 0.0.0.0", "a=x", "0.0.0.0:4000"},
		{"no c= at all: the origin's", "a=x", "a=x", "198.51.100.9:4000"},
	} {
		a := readFirstAudio(t, lines("v=0", "o=- 1 1 IN IP4 198.51.100.9", c.session, "m=audio 4000 RTP/AVP 0", c.media))
		if a.Addr.String() != c.want {
			t.Errorf("%s: got %v, want %s", c.why, a.Addr, c.want)
		}
	}
}

func TestDirectionsAndTimes(t *testing.T) {
	a := readFirstAudio(t, lines("v=0", "c=IN IP4 127.0.0.1", "a=inactive", "m=audio 4000 RTP/AVP 0"))
	if a.Direction != Inactive {
		t.Error("the session's direction holds for a media without its own")
	}
	a = readFirstAudio(t, lines("v=0", "c=IN IP4 127.0.0.1", "a=inactive", "m=audio 4000 RTP/AVP 0", "a=SendOnly ",
		"a=rtcp:53020 IN IP4 192.0.2.3", "a=ptime: 30"))
	if a.Direction != SendOnly || a.Ptime != 30*time.Millisecond || a.RTCP.String() != "192.0.2.3:53020" {
		t.Errorf("got %+v", a)
	}
	for _, value := range []string{"0", "", "x", "5000", "-20"} {
		a = readFirstAudio(t, lines("v=0", "c=IN IP4 127.0.0.1", "m=audio 4000 RTP/AVP 0", "a=ptime:"+value))
		if a.Ptime != 0 {
			t.Errorf("ptime %q is read as %v", value, a.Ptime)
		}
	}
	for d, want := range map[Direction]Direction{SendRecv: SendRecv, SendOnly: RecvOnly, RecvOnly: SendOnly, Inactive: Inactive} {
		if d.Answer() != want {
			t.Errorf("%v is answered %v, want %v", d, d.Answer(), want)
		}
	}
}

func TestOurAddressOfEitherFamily(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.7":        "192.0.2.7:12000",
		"2001:db8::7":      "[2001:db8::7]:12000",
		"fe80::1%eth0":     "[fe80::1]:12000",
		"::ffff:192.0.2.7": "192.0.2.7:12000",
	} {
		octets := Marshal(Compose(Origin{1, 1}, netip.MustParseAddr(addr), exampleAudio.Media()))
		if a := readFirstAudio(t, octets); a.Addr.String() != want {
			t.Errorf("%s: got %v", addr, a.Addr)
		}
	}
}

func TestARefusedLineKeepsItsForm(t *testing.T) {
	d := mustParse(t, lines("v=0", "m=audio 4000/2 RTP/SAVP 0 8", "a=x", "m=image 5000 UDPTL T38", "m=video"))
	want := []string{"audio 0 RTP/SAVP 0 8", "image 0 UDPTL T38", "video 0 x 0"}
	for i, m := range d.MediaDescriptions {
		r := Refuse(m)
		if got := r.MediaName.String(); got != want[i] || len(r.Attributes) > 0 {
			t.Errorf("got %q %v, want %q", got, r.Attributes, want[i])
		}
	}
}
