package sdp

import (
	"net/netip"
	"testing"
)

// A description that is said again has its version, a new one the next (RFC 3264
// 8).
func TestSaid(t *testing.T) {
	local := netip.MustParseAddr("192.0.2.1")
	audio := Audio{Addr: netip.AddrPortFrom(local, 30000), Codecs: []Codec{PCMU}}.Media()
	image := Image{Addr: netip.AddrPortFrom(local, 30002), T38: DefaultT38()}.Media()
	s := Said{Origin: Origin{ID: 7}}
	version := func(media ...*Media) uint64 {
		t.Helper()
		d, err := Parse(s.Say(local, media...))
		if err != nil {
			t.Fatal(err)
		}
		return d.Origin.SessionVersion
	}
	if v := version(audio); v != 1 {
		t.Errorf("the first version is %d", v)
	}
	if v := version(audio); v != 1 {
		t.Errorf("said again it is %d", v)
	}
	s.InForce = s.Say(local, audio)
	if v := version(image); v != 2 {
		t.Errorf("a change is %d", v)
	}
	if v := version(audio); v != 1 {
		t.Errorf("what is in force, after an offer that was refused, is %d", v)
	}
	if v := version(audio, image); v != 3 {
		t.Errorf("another change is %d", v)
	}
	if !s.Holds(local, audio) || s.Holds(local, image) {
		t.Error("audio is in force")
	}
	offer := func(media ...*Media) *Description { return Compose(Origin{}, local, media...) }
	if !s.Matches(offer(audio)) || s.Matches(offer(image)) || s.Matches(offer(audio, image)) || s.Matches(offer(Refuse(audio))) {
		t.Error("audio answers audio, and nothing else")
	}
	var nothing Said
	if nothing.Holds(local) || nothing.Matches(offer(audio)) {
		t.Error("nothing is in force yet")
	}
}

func TestIdentity(t *testing.T) {
	a, b := Compose(Origin{ID: 1, Version: 1}, netip.MustParseAddr("192.0.2.1")), Compose(Origin{ID: 1, Version: 9}, netip.MustParseAddr("192.0.2.1"))
	if string(Identity(a)) != string(Identity(b)) || a.Origin.SessionVersion != 1 {
		t.Error("the version is no part of it")
	}
}
