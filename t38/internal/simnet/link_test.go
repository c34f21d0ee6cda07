package simnet

import (
	"math"
	"testing"
	"time"
)

var start = time.Unix(0, 0)

// pass sends n datagrams 20 ms apart and gives which came, in order.
func pass(l *Link, n int) (came []int) {
	for i := range n {
		l.Send(start.Add(time.Duration(i)*20*time.Millisecond), []byte{byte(i >> 8), byte(i)})
	}
	for {
		at, ok := l.Next()
		if !ok {
			return came
		}
		b, _ := l.Receive(at)
		came = append(came, int(b[0])<<8|int(b[1]))
	}
}

func TestPerfectLink(t *testing.T) {
	l := New(Conditions{Delay: 40 * time.Millisecond})
	for i, n := range pass(l, 100) {
		if i != n {
			t.Fatalf("datagram %d came as number %d", n, i)
		}
	}
	l.Send(start, nil)
	if _, ok := l.Receive(start.Add(39 * time.Millisecond)); ok {
		t.Error("it came before the delay")
	}
	if _, ok := l.Receive(start.Add(40 * time.Millisecond)); !ok {
		t.Error("it did not come after the delay")
	}
}

func TestLossIsAsSaid(t *testing.T) {
	for _, c := range []Conditions{{Loss: 0.1}, {Loss: 0.1, Burst: 4}, {Loss: 0.3, Burst: 2}, {Loss: 1}, {Loss: 1, Burst: 3}} {
		const n = 20000
		l := New(c)
		came := pass(l, n)
		if got := float64(l.Lost) / n; math.Abs(got-c.Loss) > 0.02 || len(came) != n-l.Lost || l.Sent != n {
			t.Errorf("%+v: lost %.3f, %d came", c, got, len(came))
		}
		if c.Burst <= 1 || c.Loss == 1 {
			continue
		}
		bursts := 0
		for i := 1; i < len(came); i++ {
			if came[i] != came[i-1]+1 {
				bursts++
			}
		}
		if got := float64(l.Lost) / float64(bursts); math.Abs(got-c.Burst) > 0.3 {
			t.Errorf("%+v: bursts of %.2f", c, got)
		}
	}
}

func TestReorderAndDuplicate(t *testing.T) {
	came := pass(New(Conditions{Reorder: 0.1, Duplicate: 0.1, Jitter: time.Millisecond}), 1000)
	late, twice, seen := 0, 0, map[int]bool{}
	for i, n := range came {
		if i > 0 && n < came[i-1] {
			late++
		}
		if seen[n] {
			twice++
		}
		seen[n] = true
	}
	if late < 50 || twice < 70 || twice > 130 || len(seen) != 1000 {
		t.Errorf("%d late, %d twice, %d in all", late, twice, len(seen))
	}
}

func TestSameSeedSameNetwork(t *testing.T) {
	c := Conditions{Seed: 7, Loss: 0.2, Burst: 2, Duplicate: 0.1, Reorder: 0.1, Jitter: 30 * time.Millisecond}
	a, b := pass(New(c), 500), pass(New(c), 500)
	c.Seed = 8
	other := pass(New(c), 500)
	if len(a) != len(b) {
		t.Fatal("two runs differ")
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatal("two runs differ")
		}
	}
	if len(other) == len(a) {
		t.Log("another seed lost as many; that can be")
	}
}
