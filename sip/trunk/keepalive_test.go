package trunk

import (
	"errors"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

// TestKeepAlive: the server is pinged in time and not in step, whatever comes of it.
func TestKeepAlive(t *testing.T) {
	for _, err := range []error{nil, errors.New("unreachable"), dialog.ErrNoFlow} {
		s := &script{t: t, answers: map[string][]any{"REGISTER": {dialog.Response{Status: 200}}}, pingErr: err}
		watching(t, Trunk{Name: "t", Server: "192.0.2.1;transport=tcp", Username: "me", Register: true, KeepAlive: 25 * time.Second}, s, 10*time.Minute)
		if n := len(s.pings); n < 24 || n > 30 || s.pings[0] != "tcp 192.0.2.1:5060" {
			t.Fatalf("%d pings in ten minutes, want one each 20 to 25 s: %v", n, s.pings)
		}
		last, steps := time.Duration(0), map[time.Duration]bool{}
		for _, at := range s.pinged {
			if step := at - last; step < 20*time.Second || step > 25*time.Second {
				t.Errorf("a ping after %v", step)
			} else {
				steps[step] = true
			}
			last = at
		}
		if len(steps) < 2 {
			t.Error("the pings go in step")
		}
	}
	s := &script{t: t, answers: map[string][]any{"REGISTER": {dialog.Response{Status: 200}}}}
	if watching(t, Trunk{Name: "t", Server: "192.0.2.1", Username: "me", Register: true}, s, time.Minute); s.pings != nil {
		t.Errorf("nobody wants pings: %v", s.pings)
	}
}
