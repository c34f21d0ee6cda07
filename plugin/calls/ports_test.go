package calls

import (
	"net/netip"
	"testing"
)

// TestPortsBeginAnywhere: after a crash the new process must not take the same
// ports in the same order, since the peers of the old one are still sending.
func TestPortsBeginAnywhere(t *testing.T) {
	first := map[uint16]bool{}
	for range 20 {
		p := ports{addr: netip.MustParseAddr("127.0.0.1"), min: 33000, max: 37999}
		c, err := p.bind(false)
		if err != nil {
			t.Fatal(err)
		}
		first[portOf(c)] = true
		next, err := p.bind(true)
		if err != nil {
			t.Fatal(err)
		}
		if portOf(next)%2 != 0 || portOf(next) == portOf(c) {
			t.Errorf("after %d comes %d", portOf(c), portOf(next))
		}
		next.Close()
		c.Close()
	}
	if len(first) < 10 {
		t.Errorf("20 processes began with %d different ports", len(first))
	}
}
