package calls

import (
	"net/netip"
	"testing"
	"time"
)

// Audio is taken from the address that the peer announces, and from those that
// its trunk may send from; from nowhere else, or a stranger could speak first.
func TestWhoseAudioIsTaken(t *testing.T) {
	said, moved := netip.MustParseAddrPort("10.0.0.7:4000"), netip.MustParseAddrPort("10.0.0.7:4444")
	outside, stranger := netip.MustParseAddrPort("192.0.2.5:6000"), netip.MustParseAddrPort("198.51.100.1:4000")
	also := []netip.Prefix{netip.MustParsePrefix("192.0.2.5/32")}

	s := rtpSource{said: said}
	if s.follows(stranger, also) || s.to() != said {
		t.Error("a stranger is followed")
	}
	if !s.follows(outside, also) || s.to() != outside {
		t.Error("a peer behind an address translator is not followed")
	}
	if s.follows(moved, also) {
		t.Error("a second source is followed while the first one sends")
	}
	if s.last = time.Now().Add(-rtpPatience); !s.follows(moved, also) || s.to() != moved {
		t.Error("another source is not followed when the first one is silent")
	}
	if !s.follows(said, also) || s.to() != said {
		t.Error("the announced source is not followed at once")
	}
}
