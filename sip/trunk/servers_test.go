package trunk

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pagebridge/pagebridge/sip/dialog"
	"github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

func TestServersInOrder(t *testing.T) {
	s, err := NewSet([]Trunk{{Name: "a", Server: "192.0.2.1", Backup: []string{"192.0.2.2:5070", "b.example.com"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"192.0.2.1:5060", "192.0.2.2:5070", "b.example.com:5060"}
	if got := s.Servers("a"); !slices.Equal(got, want) {
		t.Errorf("servers: %v", got)
	}
	s.Failed("a", "192.0.2.1:5060")
	if got := s.Servers("a"); got[0] != want[1] || got[2] != want[0] {
		t.Errorf("after a failure: %v", got)
	}
	s.Answered("a", "192.0.2.1:5060")
	if got := s.Servers("a"); !slices.Equal(got, want) {
		t.Errorf("after an answer: %v", got)
	}
	if _, err := NewSet([]Trunk{{Name: "a", Server: "h", Backup: []string{"i;transport=tcp"}}}); err == nil {
		t.Error("transports of a trunk may differ")
	}
	if s.Servers("none") != nil {
		t.Error("a trunk that there is not has servers")
	}
}

// TestWeights: RFC 2782's choice, over many calls.
func TestWeights(t *testing.T) {
	list := []server{{place{host: "c"}, 20, 0}, {place{host: "a"}, 10, 60}, {place{host: "b"}, 10, 20}}
	first := map[string]int{}
	for i := range 81 {
		got := ordered(list, func(n int) int {
			if n == 81 {
				return i
			}
			return 0
		})
		first[got[0].host]++
		if got[2].host != "c" {
			t.Fatalf("priority 20 is not last: %v", got)
		}
	}
	if first["a"] != 61 || first["b"] != 20 {
		t.Errorf("first: %v", first)
	}
}

func TestSRV(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, err := NewSet([]Trunk{{Name: "t", Server: "example.com;transport=tls", InboundFrom: []string{"192.0.2.0/24"}}})
		if err != nil {
			t.Fatal(err)
		}
		set.lookupSRV = func(_ context.Context, service, proto, name string) ([]*net.SRV, error) {
			if service != "sips" || proto != "tcp" || name != "example.com" {
				t.Errorf("asked for _%s._%s.%s", service, proto, name)
			}
			return []*net.SRV{{Target: "two.example.com.", Port: 5071, Priority: 2}, {Target: "one.example.com.", Port: 5070, Priority: 1}}, nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go set.Watch(ctx, &script{}, dialogtest.Logger(t), func(string, bool, string) {})
		synctest.Wait()
		if got := set.Servers("t"); !slices.Equal(got, []string{"one.example.com:5070", "two.example.com:5071"}) {
			t.Errorf("servers: %v", got)
		}
	})
}

// byServer answers for each server as it is told.
type byServer struct {
	down  map[string]bool
	asked []string
}

func (b *byServer) Ask(_ context.Context, q dialog.Question) (dialog.Response, error) {
	b.asked = append(b.asked, q.Method+" "+q.Server)
	if b.down[q.Server] {
		return dialog.Response{}, errors.New("silence")
	}
	return dialog.Response{Status: 200, Headers: []dialog.Header{{Name: "Expires", Value: "120"}}}, nil
}

func TestRegisterFailsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, err := NewSet([]Trunk{{Name: "t", Server: "192.0.2.1", Backup: []string{"192.0.2.2"}, Register: true, Username: "me"}})
		if err != nil {
			t.Fatal(err)
		}
		b := &byServer{down: map[string]bool{"192.0.2.1:5060": true}}
		var ups []bool
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		set.Watch(ctx, b, dialogtest.Logger(t), func(_ string, up bool, _ string) { ups = append(ups, up) })
		if len(ups) != 1 || !ups[0] {
			t.Errorf("reports: %v", ups)
		}
		want := []string{"REGISTER 192.0.2.1:5060", "REGISTER 192.0.2.2:5060"}
		if len(b.asked) < 3 || !slices.Equal(b.asked[:2], want) {
			t.Errorf("asked: %v", b.asked)
		}
	})
}
