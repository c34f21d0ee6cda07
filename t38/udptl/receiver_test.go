package udptl

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func at(ms int) time.Time { return time.UnixMilli(int64(ms)) }

// packet gives distinguishable IFP packets of changing length.
func packet(n int) []byte {
	return append([]byte{byte(n >> 8), byte(n), 0xA5}, bytes.Repeat([]byte{byte(n) | 1}, n%60)...)
}

// link sends packets first to last and gives the datagrams.
func link(t testing.TB, s *Sender, first, last, depth int) (datagrams [][]byte) {
	t.Helper()
	s.next = first
	for n := first; n <= last; n++ {
		d, err := s.Append(nil, packet(n), depth)
		if err != nil {
			t.Fatal(err)
		}
		datagrams = append(datagrams, d)
	}
	return datagrams
}

// hear collects what the receiver delivers: numbers, and -n for n missing.
func hear(t testing.TB, r *Receiver, now time.Time) (got []int) {
	t.Helper()
	for {
		it, more := r.Next(now)
		if !more {
			return got
		}
		if it.Missing > 0 {
			got = append(got, -it.Missing)
			continue
		}
		// What parity recovers may have zeros at its end.
		if want := packet(int(it.Seq)); !bytes.Equal(bytes.TrimRight(it.IFP, "\x00"), bytes.TrimRight(want, "\x00")) {
			t.Fatalf("packet %d is %x, want %x", it.Seq, it.IFP, want)
		}
		got = append(got, int(it.Seq))
	}
}

func receive(t testing.TB, r *Receiver, now time.Time, d []byte) {
	t.Helper()
	if err := r.Receive(now, d); err != nil {
		t.Fatal(err)
	}
}

func want(t testing.TB, why string, got []int, want ...int) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s: got %v, want %v", why, got, want)
	}
}

func TestGapIsClosedByTheNextDatagram(t *testing.T) {
	for depth := 1; depth <= MaxDepth; depth++ {
		var r Receiver
		d := link(t, &Sender{Correction: Redundancy}, 0, 20, depth)
		receive(t, &r, at(0), d[0])
		want(t, "the first comes at once", hear(t, &r, at(0)), 0)
		receive(t, &r, at(30), d[depth+1])
		var all []int
		for n := 1; n <= depth+1; n++ {
			all = append(all, n)
		}
		want(t, fmt.Sprintf("depth %d repairs as many lost", depth), hear(t, &r, at(30)), all...)
		if s := r.Stats(); s.Recovered != depth || s.Missing != 0 {
			t.Errorf("depth %d: %+v", depth, s)
		}
	}
}

func TestLostPacketIsReportedAfterTheWait(t *testing.T) {
	var r Receiver
	d := link(t, &Sender{}, 0, 9, 0)
	receive(t, &r, at(0), d[0])
	want(t, "first", hear(t, &r, at(0)), 0)
	receive(t, &r, at(30), d[3])
	want(t, "held back for 1 and 2", hear(t, &r, at(30)))
	if got := r.Deadline(); !got.Equal(at(330)) {
		t.Fatalf("deadline %v", got)
	}
	receive(t, &r, at(60), d[5])
	want(t, "still held back", hear(t, &r, at(329)))
	want(t, "given up", hear(t, &r, at(330)), -2, 3)
	want(t, "the next gap was seen at 60, not now", hear(t, &r, at(359)))
	want(t, "so it ends at 360", hear(t, &r, at(360)), -1, 5)
	receive(t, &r, at(361), d[4])
	want(t, "too late", hear(t, &r, at(361)))
	if s := r.Stats(); s.Missing != 3 || !r.Deadline().IsZero() {
		t.Errorf("%+v, deadline %v", s, r.Deadline())
	}
}

func TestLateAndRepeatedPackets(t *testing.T) {
	var r Receiver
	d := link(t, &Sender{}, 0, 9, 0)
	for _, n := range []int{1, 0, 0, 1, 4, 3, 2, 4, 5} {
		receive(t, &r, at(0), d[n])
	}
	want(t, "in order and once", hear(t, &r, at(0)), 0, 1, 2, 3, 4, 5)
	if s := r.Stats(); s.Repeated != 3 {
		t.Errorf("%+v", s)
	}
}

func TestFlushWaitsForNothing(t *testing.T) {
	var r Receiver
	d := link(t, &Sender{}, 0, 9, 0)
	receive(t, &r, at(0), d[0])
	receive(t, &r, at(0), d[2])
	want(t, "one", hear(t, &r, at(0)), 0)
	if it, more := r.Flush(); !more || it.Missing != 1 || it.Seq != 1 {
		t.Errorf("%+v, %v", it, more)
	}
	if it, more := r.Flush(); !more || it.Seq != 2 || it.Missing != 0 {
		t.Errorf("%+v, %v", it, more)
	}
	if _, more := r.Flush(); more {
		t.Error("something is left")
	}
}

func TestSequenceWraps(t *testing.T) {
	for _, c := range []Sender{{}, {Correction: Redundancy}, {Correction: FEC}} {
		var r Receiver
		datagrams := link(t, &c, 65500, 65500+80, 3)
		next := 65500
		for i, d := range datagrams {
			if c.Correction != NoCorrection && i > 0 && i%5 == 0 {
				continue // lost, also around the wrap
			}
			receive(t, &r, at(i), d)
			for {
				it, more := r.Next(at(i))
				if !more {
					break
				}
				if i == 0 && int(it.Seq) < 65500 {
					continue // history before the start, empty here
				}
				if it.Missing > 0 || it.Seq != uint16(next) {
					t.Fatalf("%v: %+v, want seq %d", c.Correction, it, uint16(next))
				}
				next++
			}
		}
		if next < 65500+79 {
			t.Errorf("%v: ended at %d", c.Correction, next)
		}
	}
}

func TestPeerThatStartsAgainIsFollowed(t *testing.T) {
	var r Receiver
	for _, d := range link(t, &Sender{}, 0, 400, 0) {
		receive(t, &r, at(0), d)
		hear(t, &r, at(0))
	}
	receive(t, &r, at(1), link(t, &Sender{}, 30000, 30000, 0)[0])
	want(t, "one stray packet is ignored", hear(t, &r, at(1)))
	receive(t, &r, at(1), link(t, &Sender{}, 401, 401, 0)[0])
	want(t, "the old stream goes on", hear(t, &r, at(1)), 401)
	again := link(t, &Sender{Correction: Redundancy}, 0, 5, 3)
	receive(t, &r, at(2), again[0])
	receive(t, &r, at(2), again[1])
	want(t, "not believed yet", hear(t, &r, at(2)))
	receive(t, &r, at(2), again[2])
	want(t, "believed, and the copies used", hear(t, &r, at(2)), -1, 0, 1, 2)
	receive(t, &r, at(2), again[3])
	want(t, "goes on", hear(t, &r, at(2)), 3)
}

func TestEmptySecondariesAreNotPackets(t *testing.T) {
	var r Receiver
	receive(t, &r, at(0), unhex(t, "0000"+"0106"+"00"+"00"))
	r.Next(at(0))
	receive(t, &r, at(0), unhex(t, "0002"+"0106"+"00"+"020000"))
	if it, more := r.Next(at(0)); more {
		t.Errorf("%+v", it)
	}
}

func TestParityThatIsNoParity(t *testing.T) {
	var r Receiver
	receive(t, &r, at(0), unhex(t, "0000"+"03060606"+"00"+"00"))
	r.Next(at(0))
	// One fec-data of one octet over packets 0 and 1, of which 0 has three.
	receive(t, &r, at(0), unhex(t, "0002"+"0106"+"80"+"0102"+"01"+"01aa"))
	if it, more := r.Next(at(0)); more {
		t.Errorf("%+v", it)
	}
	receive(t, &r, at(0), unhex(t, "0003"+"0106"+"80"+"017f"+"03"+"01aa01aa01aa"))
}

// One lost packet leads to another: parity that could not be used at first is
// used when another one has recovered a packet of its own.
func TestParityIsUsedToTheLast(t *testing.T) {
	var r Receiver
	d := link(t, &Sender{Correction: FEC, Span: 3, Entries: 3}, 0, 60, 0)
	lost := map[int]bool{20: true, 21: true, 22: true, 30: true, 33: true}
	var all []int
	for i := range d {
		if !lost[i] {
			receive(t, &r, at(30*i), d[i])
		}
		all = append(all, hear(t, &r, at(30*i))...)
	}
	for i := range d {
		if i >= len(all) || all[i] != i {
			t.Fatalf("got %v", all)
		}
	}
}

// Whatever is lost, repeated and swapped: what is delivered is in order, once,
// right, and every packet up to the last that came is delivered or missing.
func TestSeededLoss(t *testing.T) {
	for _, c := range []struct {
		s     Sender
		depth int
	}{
		{Sender{}, 0}, {Sender{Correction: Redundancy}, 1}, {Sender{Correction: Redundancy}, 3},
		{Sender{Correction: Redundancy}, 7}, {Sender{Correction: FEC}, 0},
		{Sender{Correction: FEC, Span: 2, Entries: 5}, 0}, {Sender{Correction: FEC, Span: 9, Entries: 7}, 0},
	} {
		for _, percent := range []int{0, 2, 5, 10, 20, 40} {
			missing, sent := 0, 0
			for seed := range uint64(6) {
				m, n := lossyRun(t, c.s, c.depth, percent, seed)
				missing, sent = missing+m, sent+n
			}
			t.Logf("%v, depth %d, %d by %d: %2d %% lost, %5.2f %% missing", c.s.Correction, c.depth,
				c.s.Span, c.s.Entries, percent, 100*float64(missing)/float64(sent))
			if percent == 0 && missing > 0 {
				t.Errorf("%d missing although none was lost", missing)
			}
			if c.depth >= 3 && percent <= 10 && missing*1000 > sent {
				t.Errorf("depth %d repairs too little: %d of %d missing", c.depth, missing, sent)
			}
		}
	}
}

func lossyRun(t *testing.T, s Sender, depth, percent int, seed uint64) (missing, sent int) {
	rnd := rand.New(rand.NewPCG(seed, uint64(percent)))
	var r Receiver
	next := 0
	take := func(got []int) {
		for _, n := range got {
			if n < 0 {
				next -= n
				missing -= n
				continue
			}
			if n != next%65536 {
				t.Fatalf("seed %d: packet %d, want %d", seed, n, next)
			}
			next++
		}
	}
	d := link(t, &s, 0, 400, depth)
	for i := 0; i+1 < len(d); i++ {
		if rnd.IntN(100) < 3 {
			d[i], d[i+1] = d[i+1], d[i]
		}
	}
	for i := range d {
		for range 1 + rnd.IntN(2) {
			if i == len(d)-1 || rnd.IntN(100) >= percent {
				receive(t, &r, at(30*i), d[i])
			}
		}
		take(hear(t, &r, at(30*i)))
	}
	take(hear(t, &r, at(30*len(d)+1000)))
	if next != len(d) {
		t.Fatalf("seed %d: ended at %d of %d", seed, next, len(d))
	}
	return missing, len(d)
}

func TestMaxDatagramIsKept(t *testing.T) {
	for _, c := range []Sender{{Correction: Redundancy}, {Correction: FEC}, {}} {
		for limit := 40; limit < 1500; limit += 7 {
			s := c
			s.MaxDatagram = limit
			room := s.Room(3)
			for n := range 60 {
				full, err := s.Append(nil, bytes.Repeat([]byte{1}, room), 3)
				if err != nil || len(full) > limit {
					t.Fatalf("%v, limit %d: %d octets of %d, %v", c.Correction, limit, len(full), room, err)
				}
				var p Packet
				if err := p.Parse(full); err != nil || c.Correction != NoCorrection && n > 10 && len(p.Recovery) != 3 {
					t.Fatalf("%v, limit %d: %v, %v", c.Correction, limit, &p, err)
				}
			}
			mixed := s
			for n := range 100 {
				d, _ := mixed.Append(nil, packet(n)[:min(len(packet(n)), limit-10)], 7)
				if len(d) > limit {
					t.Fatalf("%v, limit %d: %d octets", c.Correction, limit, len(d))
				}
			}
		}
	}
	var s Sender
	if s.Room(3) != 0 {
		t.Error("a limit where there is none")
	}
}

func TestNoAllocationInSteadyState(t *testing.T) {
	for _, s := range []Sender{{Correction: Redundancy}, {Correction: FEC}} {
		var r Receiver
		buf, ifp, n := make([]byte, 0, 1500), make([]byte, 59), 0
		step := func() {
			buf, _ = s.Append(buf[:0], ifp, 3)
			if n++; n%7 != 0 {
				if err := r.Receive(at(0), buf); err != nil {
					t.Fatal(err)
				}
			}
			for _, more := r.Next(at(0)); more; _, more = r.Next(at(0)) {
			}
		}
		for range 600 {
			step()
		}
		if got := testing.AllocsPerRun(200, step); got != 0 {
			t.Errorf("%v: %v allocations for a packet", s.Correction, got)
		}
	}
}

// The receiver takes anything, keeps order and stays within its memory.
func FuzzReceiver(f *testing.F) {
	var seed []byte
	for _, d := range captured(f, "asterisk-fec.hex")[:20] {
		seed = append(append(seed, byte(len(d))), d...)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, b []byte) {
		var r Receiver
		for now := 0; len(b) > 0; now += 10 {
			n := min(int(b[0]), len(b)-1)
			_ = r.Receive(at(now), b[1:1+n])
			b = b[1+n:]
			bounded(t, func() bool { _, more := r.Next(at(now)); return more })
		}
		bounded(t, func() bool { _, more := r.Flush(); return more })
		if !r.Deadline().IsZero() {
			t.Fatal("a deadline after all is delivered")
		}
	})
}

func bounded(t *testing.T, step func() bool) {
	for range 2*window + 2 {
		if !step() {
			return
		}
	}
	t.Fatal("it does not end")
}
