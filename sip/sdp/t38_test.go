package sdp

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

var (
	loopback     = netip.MustParseAddr("127.0.0.1")
	exampleImage = Image{
		Addr: netip.AddrPortFrom(loopback, 4500),
		T38: T38{Version: 3, MaxBitRate: 33600, MaxBuffer: 2000, MaxDatagram: 512, UDPEC: FEC,
			Offered: []UDPEC{FEC, Redundancy}, FillBitRemoval: true, VendorInfo: "0xB5 0 1"},
		Proto: "udptl", Format: "t38",
	}
)

func readOnlyImage(t testing.TB, octets []byte) Image {
	t.Helper()
	d := mustParse(t, octets)
	for i, m := range d.MediaDescriptions {
		if IsT38(m) {
			im, err := ReadImage(d, i)
			if err != nil {
				t.Fatal(err)
			}
			return im
		}
	}
	t.Fatalf("no T.38 in\n%s", octets)
	return Image{}
}

func TestT38OfAsteriskIsRead(t *testing.T) {
	want := Image{
		Addr: netip.MustParseAddrPort("127.0.0.1:4611"),
		T38: T38{MaxBitRate: 14400, MaxDatagram: 1400, UDPEC: Redundancy,
			Offered: []UDPEC{Redundancy}},
		Proto: "udptl", Format: "t38",
	}
	if im := readOnlyImage(t, asteriskT38); !reflect.DeepEqual(im, want) {
		t.Errorf("got  %+v\nwant %+v", im, want)
	}
}

func TestOurOfferIsSpelledAsAnnexDSpellsIt(t *testing.T) {
	got := string(Marshal(Compose(Origin{7, 3}, loopback, Image{
		Addr: netip.AddrPortFrom(loopback, 4500), T38: DefaultT38(),
	}.Media())))
	want := string(lines("v=0", "o=- 7 3 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
		"m=image 4500 udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:14400",
		"a=T38FaxRateManagement:transferredTCF", "a=T38FaxMaxDatagram:1400", "a=T38FaxUdpEC:t38UDPRedundancy"))
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestT38IsReadAsItWasWritten(t *testing.T) {
	for _, vary := range []func(*Image){
		func(*Image) {},
		func(im *Image) { im.T38.BooleanValues = true },
		func(im *Image) { im.T38.TranscodingMMR, im.T38.TranscodingJBIG = true, true },
		func(im *Image) { im.T38.RateManagement = LocalTCF },
		func(im *Image) { im.T38.Offered, im.T38.UDPEC = nil, NoEC },
		func(im *Image) { im.T38.Offered, im.T38.UDPEC = []UDPEC{NoEC}, NoEC },
		func(im *Image) { im.Direction = Inactive },
		func(im *Image) { im.Proto, im.Format = "UDPTL", "T38" },
	} {
		im := exampleImage
		vary(&im)
		got := readOnlyImage(t, Marshal(Compose(Origin{1, 1}, loopback, im.Media())))
		if !reflect.DeepEqual(got, im) {
			t.Errorf("got  %+v\nwant %+v", got, im)
		}
	}
}

func TestAnAnswerStaysWithinTheOffer(t *testing.T) {
	full := T38{Version: 3, MaxBitRate: 14400, MaxDatagram: 1400, UDPEC: FEC, Offered: []UDPEC{FEC, Redundancy},
		FillBitRemoval: true, TranscodingMMR: true}
	for _, c := range []struct {
		why   string
		ours  T38
		offer T38
		want  T38
	}{
		{"the lower version is taken (T.38 Annex D)",
			full, T38{Version: 1, MaxBitRate: 9600, UDPEC: Redundancy, Offered: []UDPEC{Redundancy}},
			T38{Version: 1, MaxBitRate: 9600, MaxDatagram: 1400, UDPEC: Redundancy, Offered: []UDPEC{Redundancy}}},
		{"our version is not raised by the offer's",
			DefaultT38(), T38{Version: 3, MaxBitRate: 33600, UDPEC: Redundancy, Offered: []UDPEC{Redundancy}},
			T38{MaxBitRate: 14400, MaxDatagram: 1400, UDPEC: Redundancy, Offered: []UDPEC{Redundancy}}},
		{"facilities need both sides, and keep the offer's form",
			full, T38{MaxBitRate: 14400, FillBitRemoval: true, TranscodingJBIG: true, BooleanValues: true},
			T38{MaxBitRate: 14400, MaxDatagram: 1400, FillBitRemoval: true, BooleanValues: true}},
		{"a side without the attribute gets no error correction",
			full, T38{},
			T38{MaxBitRate: 14400, MaxDatagram: 1400}},
		{"of several, the peer's first that we can",
			full, T38{Offered: []UDPEC{NoEC, FEC}},
			T38{MaxBitRate: 14400, MaxDatagram: 1400, UDPEC: FEC, Offered: []UDPEC{FEC}}},
		{"FEC is met with redundancy by a side without FEC",
			DefaultT38(), T38{UDPEC: FEC, Offered: []UDPEC{FEC}},
			T38{MaxBitRate: 14400, MaxDatagram: 1400, UDPEC: Redundancy, Offered: []UDPEC{Redundancy}}},
		{"an explicit refusal of error correction is answered in kind",
			DefaultT38(), T38{Offered: []UDPEC{NoEC}},
			T38{MaxBitRate: 14400, MaxDatagram: 1400, Offered: []UDPEC{NoEC}}},
		{"over UDPTL TCF is transferred, whatever was asked",
			DefaultT38(), T38{RateManagement: LocalTCF},
			T38{MaxBitRate: 14400, MaxDatagram: 1400}},
	} {
		if got := c.ours.Answer(c.offer); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got\n%+v, want\n%+v", c.why, got, c.want)
		}
	}
}

func TestWhatIsAgreedSendsWithinThePeersLimits(t *testing.T) {
	got := DefaultT38().Agreed(T38{Version: 0, MaxBitRate: 9600, MaxBuffer: 200, MaxDatagram: 180,
		UDPEC: Redundancy, Offered: []UDPEC{Redundancy}})
	want := T38{MaxBitRate: 9600, MaxBuffer: 200, MaxDatagram: 180, UDPEC: Redundancy}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestUnknownAttributesAreKeptAside(t *testing.T) {
	im := readOnlyImage(t, append(asteriskT38, lines("a=T38FaxMaxIFP:72", "a=sendrecv", "a=X-sqn:0")...))
	var keys []string
	for _, a := range im.T38.Unknown {
		keys = append(keys, a.Key)
	}
	if got := strings.Join(keys, " "); got != "T38FaxMaxIFP X-sqn" {
		t.Errorf("kept aside %q", got)
	}
	if strings.Contains(string(Marshal(Compose(Origin{}, loopback, im.Media()))), "MaxIFP") {
		t.Error("an attribute of the peer's is said by us")
	}
}

func TestNoOtherTransportIsTakenForUDPTL(t *testing.T) {
	for _, line := range []string{
		"m=image 5000 tcp t38", "m=image 5000 RTP/AVP t38", "m=image 5000 UDP/TLS/UDPTL t38",
		"m=image 5000 udptl", "m=image 5000 udptl jpeg", "m=audio 5000 udptl t38", "m=image",
	} {
		d := mustParse(t, lines("v=0", "c=IN IP4 127.0.0.1", line))
		if IsT38(d.MediaDescriptions[0]) {
			t.Errorf("%q is taken for T.38 over UDPTL", line)
		}
	}
}

func TestAHostNameIsNoAddress(t *testing.T) {
	d := mustParse(t, lines("v=0", "c=IN IP4 fax.example.com", "m=image 5000 udptl t38", "m=audio 0 RTP/AVP 0"))
	_, err := ReadImage(d, 0)
	if host, ok := err.(*HostNameError); !ok || host.Host != "fax.example.com" {
		t.Errorf("got %v, want a HostNameError", err)
	}
	if _, err := ReadAudio(d, 1); err != nil {
		t.Errorf("a media with port 0 needs no address, and got %v", err)
	}
}
