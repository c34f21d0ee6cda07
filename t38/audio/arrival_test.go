package audio

import (
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38/t30"
)

// listener is an arrival with what it gives, and when.
type listener struct {
	arrival
	now     time.Time
	busy    bool
	samples []int16
	tones   []t30.Tone
}

func newListener() *listener {
	l := &listener{now: time.Unix(1e9, 0)}
	l.arrival = arrival{
		law: ALaw, payload: 8, events: 101, jitter: 80 * time.Millisecond,
		lose: func(guess []int16) { l.samples = append(l.samples, guess...) },
		busy: func() bool { return l.busy },
		give: func(s []int16) { l.samples = append(l.samples, s...) },
		tone: func(t t30.Tone) { l.tones = append(l.tones, t) },
	}
	return l
}

// comes takes packet n of a stream, 20 ms of A-law whose samples all say n.
func (l *listener) comes(n int) { l.comesAs(1, n, n) }

func (l *listener) comesAs(ssrc uint32, n, stamp int) {
	p := rtp.Packet{Header: rtp.Header{
		Version: 2, PayloadType: 8, SSRC: ssrc, SequenceNumber: uint16(65530 + n), Timestamp: uint32(1<<32 - 1000 + 160*stamp),
	}}
	for range 160 {
		p.Payload = append(p.Payload, ALaw.Encode(int16(n*256)))
	}
	l.packet(l.now, &p)
}

func (l *listener) wait(d time.Duration) {
	l.now = l.now.Add(d)
	l.advance(l.now)
}

// want compares what was given, in packets; 0 is one of silence.
func (l *listener) want(t *testing.T, why string, packets ...int) {
	t.Helper()
	var got []int
	for i := 0; i+160 <= len(l.samples); i += 160 {
		for n := range 60 {
			if l.samples[i] == ALaw.Decode(ALaw.Encode(int16(n*256))) || l.samples[i] == 0 {
				got = append(got, n)
				break
			}
		}
	}
	same := len(got) == len(packets) && len(l.samples) == 160*len(got)
	for i := range min(len(got), len(packets)) {
		same = same && got[i] == packets[i]
	}
	if !same {
		t.Errorf("%s: got %v (%d samples), want %v", why, got, len(l.samples), packets)
	}
}

func TestOrder(t *testing.T) {
	l := newListener()
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8} {
		l.comes(n)
	}
	l.want(t, "in order, over the wraps of both numbers", 1, 2, 3, 4, 5, 6, 7, 8)

	l = newListener()
	for _, n := range []int{1, 3, 2, 2, 5, 4, 3, 6} {
		l.comes(n)
	}
	l.want(t, "out of order, and twice", 1, 2, 3, 4, 5, 6)
}

func TestLossIsSilenceOfItsLength(t *testing.T) {
	l := newListener()
	l.comes(1)
	l.comes(4)
	l.want(t, "two may still come", 1)
	l.wait(79 * time.Millisecond)
	l.want(t, "they may still come after 79 ms", 1)
	l.wait(time.Millisecond)
	l.want(t, "after 80 ms they are lost", 1, 0, 0, 4)
	l.comes(3)
	l.comes(5)
	l.want(t, "one that comes later is dropped", 1, 0, 0, 4, 5)
	if l.stats.Lost != 2 {
		t.Errorf("%+v", l.stats)
	}
}

// Within a signal what was last there is said again for what is lost, and a jump
// of timestamps without a loss is none of samples.
func TestGapsWithinASignal(t *testing.T) {
	l := newListener()
	l.busy = true
	l.comes(1)
	l.comes(4)
	l.wait(80 * time.Millisecond)
	l.want(t, "two are lost", 1, 1, 1, 4)
	l.comesAs(1, 5, 15)
	l.comesAs(1, 6, 16)
	l.want(t, "a sender that was held up", 1, 1, 1, 4, 5, 6)
	l.comes(30 + window)
	l.wait(80 * time.Millisecond)
	if n := len(l.samples); n != 160*(30+window-10) {
		t.Errorf("a long loss: %d packets", n/160)
	}
	if l.samples[160*10] != 0 {
		t.Error("a long loss is not silence")
	}
}

func TestMoreMissingThanMayWait(t *testing.T) {
	l := newListener()
	l.comes(1)
	l.comes(1 + window + 7)
	l.wait(80 * time.Millisecond)
	want := make([]int, window+8)
	want[0], want[window+7] = 1, 1+window+7
	l.want(t, "one from beyond the window", want...)
	if l.stats.Packets != 2 || l.stats.Lost != window+6 {
		t.Errorf("%+v", l.stats)
	}
}

func TestPeerFallsSilent(t *testing.T) {
	l := newListener()
	l.comes(1)
	l.wait(quiet + 41*time.Millisecond)
	l.want(t, "silence goes on by our clock", 1, 0, 0, 0)
	l.comesAs(1, 2, 12)
	l.want(t, "what was given of the gap is not given again", append(make([]int, 0), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2)...)
}

func TestPeerBeginsAnew(t *testing.T) {
	l := newListener()
	l.comes(1)
	l.comesAs(2, 20000, 99999)
	l.comesAs(2, 20001, 100000)
	if len(l.samples) != 3*160 {
		t.Errorf("another SSRC: %d samples", len(l.samples))
	}
	l.comesAs(2, 20002, 5)
	l.comesAs(2, 20003, 6)
	if len(l.samples) != 5*160 {
		t.Errorf("other timestamps: %d samples", len(l.samples))
	}
	l.comesAs(2, 3, 7)
	if len(l.samples) != 6*160 || l.stats.Lost != 0 {
		t.Errorf("other sequence numbers: %d samples, %+v", len(l.samples), l.stats)
	}
}

func TestTelephoneEvents(t *testing.T) {
	l := newListener()
	event := func(seq int, stamp uint32, octets ...byte) {
		p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 101, SequenceNumber: uint16(seq), Timestamp: stamp}, Payload: octets}
		l.packet(l.now, &p)
	}
	event(1, 100, eventCNG, 13, 0, 160)
	event(2, 100, eventCNG, 13, 1, 64)
	event(3, 100, eventCNG, eventEnd|13, 1, 64)
	event(4, 900, eventANSamReversals, 13, 0, 160)
	event(5, 1900, 5, 13, 0, 160) // a digit
	event(6, 2900, eventCNG)
	if len(l.tones) != 2 || l.tones[0] != t30.CNG || l.tones[1] != t30.CED || l.stats.Strange != 1 {
		t.Errorf("%v, %+v", l.tones, l.stats)
	}
}

// FuzzArrival checks that packets of any kind at any time neither hang nor make
// more samples than time and packets account for.
func FuzzArrival(f *testing.F) {
	f.Add([]byte{0, 0, 1, 8, 160, 20, 0, 2, 8, 160, 20, 0, 200, 8, 160, 255, 0, 9, 101, 4})
	f.Fuzz(func(t *testing.T, script []byte) {
		l := newListener()
		octets, passed := 0, time.Duration(0)
		packets := 0
		for ; len(script) >= 5; script = script[5:] {
			d := time.Duration(script[0]) * time.Millisecond
			passed += d
			l.wait(d)
			p := rtp.Packet{Header: rtp.Header{
				Version: 2, PayloadType: script[3], SSRC: uint32(script[1] >> 6),
				SequenceNumber: uint16(script[1])<<9 + uint16(script[2]), Timestamp: uint32(script[2]) << uint(script[1]&31) * 7,
			}, Payload: make([]byte, script[4])}
			octets += len(p.Payload)
			packets++
			l.packet(l.now, &p)
		}
		l.wait(time.Second)
		passed += time.Second
		if most := octets + packets*maxSilence + samples(passed) + 160; len(l.samples) > most {
			t.Fatalf("%d samples of %d packets with %d octets in %v", len(l.samples), packets, octets, passed)
		}
	})
}
