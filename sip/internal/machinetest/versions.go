package machinetest

import (
	"bytes"
	"testing"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// Versions checks the descriptions that one side says on one leg: the same
// version in o= means the same octets, and a new one is one higher than the
// highest (RFC 3264 8).
type Versions struct {
	said    map[uint64][]byte
	highest uint64
}

// Description takes one and gives it read.
func (v *Versions) Description(t testing.TB, body []byte) *sdp.Description {
	t.Helper()
	d, err := sdp.Parse(body)
	if err != nil {
		t.Fatalf("%v: %q", err, body)
	}
	if v.said == nil {
		v.said = map[uint64][]byte{}
	}
	version := d.Origin.SessionVersion
	before, known := v.said[version]
	switch {
	case known && !bytes.Equal(before, body):
		t.Fatalf("version %d was\n%s\nand is\n%s", version, before, body)
	case !known && version != v.highest+1:
		t.Fatalf("version %d after %d", version, v.highest)
	}
	v.said[version], v.highest = body, max(v.highest, version)
	return d
}

// Any says whether anything was said.
func (v *Versions) Any() bool { return len(v.said) > 0 }
