package faxdetect_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/internal/speechtest"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/faxdetect"
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/v21"
)

// side is one side of a call that sends G.711 in packets of 20 ms.
type side struct {
	header rtp.Header
	law    audio.Law
	drop   func() bool // which packets do not arrive; nil: all do
	sent   time.Duration
}

func newSide(law audio.Law) *side {
	s := &side{law: law, header: rtp.Header{Version: 2, SSRC: 7, SequenceNumber: 65530, Timestamp: 1<<32 - 400}}
	if law == audio.ALaw {
		s.header.PayloadType = 8
	}
	return s
}

// says lets the detector hear a line, and gives what it told and when.
func (s *side) says(t testing.TB, d *faxdetect.Detector, line []int16) (heard []faxdetect.Signal, when []time.Duration) {
	t.Helper()
	const ptime = 160
	for ; len(line) >= ptime; line = line[ptime:] {
		p := rtp.Packet{Header: s.header}
		for _, x := range line[:ptime] {
			p.Payload = append(p.Payload, s.law.Encode(x))
		}
		s.header.SequenceNumber++
		s.header.Timestamp += ptime
		s.sent += 20 * time.Millisecond
		octets, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if s.drop != nil && s.drop() {
			continue
		}
		if h := d.RTP(octets); h != faxdetect.Nothing {
			heard, when = append(heard, h), append(when, s.sent)
		}
	}
	return heard, when
}

func silence(d time.Duration) []int16 { return make([]int16, int(d*modem.SampleRate/time.Second)) }

// tone is some seconds of a line with a tone after half a second of silence.
func tone(kind modem.Tone, level float64, length time.Duration) []int16 {
	line := silence(length)
	modem.NewToneTransmitter(kind, level, length).Transmit(line)
	return append(silence(500*time.Millisecond), line...)
}

// flags is the source of V.21's preamble.
type flags struct{ n int }

func (f *flags) NextBit() (byte, bool) { f.n++; return 0b01111110 >> (f.n & 7) & 1, f.n < 300 }

func preamble() []int16 {
	line := silence(1200 * time.Millisecond)
	v21.NewTransmitter(new(flags), 0).Transmit(line)
	return append(silence(200*time.Millisecond), line...)
}

// Each signal is heard, in either law, and soon.
func TestSignalsAreHeard(t *testing.T) {
	for _, c := range []struct {
		name   string
		line   []int16
		want   faxdetect.Signal
		within time.Duration
	}{
		{"CNG", tone(modem.CNG, -13, 4*time.Second), faxdetect.CNG, 1300 * time.Millisecond},
		{"quiet CNG", tone(modem.CNG, -40, 4*time.Second), faxdetect.CNG, 1300 * time.Millisecond},
		{"CED", tone(modem.CED, -13, 3*time.Second), faxdetect.CED, 1200 * time.Millisecond},
		{"ANSam", tone(modem.ANSam, -13, 3*time.Second), faxdetect.Answer, 1200 * time.Millisecond},
		{"V.21", preamble(), faxdetect.V21, 700 * time.Millisecond},
	} {
		for _, law := range []audio.Law{audio.MuLaw, audio.ALaw} {
			heard, when := newSide(law).says(t, faxdetect.New(faxdetect.Options{}), c.line)
			if len(heard) == 0 || heard[0] != c.want || when[0] > c.within {
				t.Errorf("%s in %v: heard %v at %v, want %v within %v", c.name, law, heard, when, c.want, c.within)
			}
		}
	}
}

// One packet in twenty is lost: within three periods a CNG is heard, and flags
// are.
func TestSignalsAreHeardThroughLoss(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 3))
		for _, c := range []struct {
			line []int16
			want faxdetect.Signal
		}{
			{tone(modem.CNG, -20, 12*time.Second), faxdetect.CNG},
			{append(preamble(), preamble()...), faxdetect.V21},
		} {
			s := newSide(audio.MuLaw)
			s.drop = func() bool { return random.IntN(20) == 0 }
			heard, _ := s.says(t, faxdetect.New(faxdetect.Options{}), c.line)
			if len(heard) == 0 || heard[0] != c.want {
				t.Errorf("seed %d: heard %v, want %v", seed, heard, c.want)
			}
		}
	}
}

func TestTelephoneEvents(t *testing.T) {
	for code, want := range map[byte]faxdetect.Signal{36: faxdetect.CNG, 32: faxdetect.CED, 34: faxdetect.Answer, 54: faxdetect.V21, 1: faxdetect.Nothing} {
		d := faxdetect.New(faxdetect.Options{Events: 101})
		for i := range 3 { // an event is told several times
			p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 101, SequenceNumber: uint16(i), Timestamp: 800}, Payload: []byte{code, 10, 0, byte(160 * i)}}
			octets, err := p.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			got := d.RTP(octets)
			if i == 0 && got != want || i > 0 && got != faxdetect.Nothing {
				t.Errorf("event %d, packet %d: heard %v, want %v once", code, i, got, want)
			}
		}
	}
}

// A sender that begins anew, with another source or other numbers, is heard.
func TestSenderBeginsAnew(t *testing.T) {
	d := faxdetect.New(faxdetect.Options{})
	s := newSide(audio.MuLaw)
	s.says(t, d, silence(time.Second))
	for range 3 {
		s.header.SequenceNumber -= 20000
		if heard, _ := s.says(t, d, tone(modem.CNG, -13, 4*time.Second)); len(heard) == 0 {
			t.Error("a CNG after other numbers was not heard")
		}
		s.header.SSRC++
		s.header.Timestamp += 1 << 30
		if heard, _ := s.says(t, d, tone(modem.CNG, -13, 4*time.Second)); len(heard) == 0 {
			t.Error("a CNG of another source was not heard")
		}
	}
}

func TestSpeechAndMusicAreNoFax(t *testing.T) {
	for name, line := range map[string][]int16{
		"speech": speechtest.Speech(t, time.Minute), "music": speechtest.Music(t, time.Minute),
	} {
		if heard, when := newSide(audio.ALaw).says(t, faxdetect.New(faxdetect.Options{}), line); len(heard) > 0 {
			t.Errorf("%s: heard %v at %v", name, heard, when)
		}
	}
}

// What a detector costs: a second of a call's side.
func BenchmarkDetector(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	p := rtp.Packet{Header: rtp.Header{Version: 2}, Payload: make([]byte, 160)}
	for i := range p.Payload {
		p.Payload[i] = byte(random.Uint32())
	}
	octets, _ := p.Marshal()
	d := faxdetect.New(faxdetect.Options{})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for n := range 50 {
			seq := uint16(50*i + n)
			octets[2], octets[3] = byte(seq>>8), byte(seq)
			d.RTP(octets)
		}
	}
}

func FuzzRTP(f *testing.F) {
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 101}, Payload: []byte{36, 0x8A, 0, 160}}
	event, _ := p.Marshal()
	p.PayloadType, p.Payload = 8, make([]byte, 80)
	voice, _ := p.Marshal()
	f.Add(event, voice, uint8(101))
	f.Fuzz(func(_ *testing.T, a, b []byte, events uint8) {
		d := faxdetect.New(faxdetect.Options{Events: events})
		for _, octets := range [][]byte{a, b, a, b} {
			d.RTP(octets)
		}
	})
}
