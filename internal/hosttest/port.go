package hosttest

import (
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// ports are those that FreePort has given out.
var ports struct {
	sync.Mutex
	next, last int
}

// FreePort finds a port that is free for UDP and TCP on loopback. It gives none
// twice.
func FreePort(t testing.TB) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for ports.next < ports.last {
		port := ports.next
		ports.next++
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		l.Close()
		p, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		p.Close()
		return port
	}
	t.Fatal("no free port")
	return 0
}

// Eventually waits until done gives true, asking every 100 ms.
func Eventually(t testing.TB, what string, patience time.Duration, done func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !done(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
