package t38

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// spliced gives, as text, what comes out of a splice for a script of packets of
// a modem: fields in words, "╳" for a packet that is lost, an indicator as its
// name.
//
//	d3      hdlc-data of 3 octets that are no frame's beginning
//	f5      hdlc-data of 5 octets that begin a frame of V.21
//	ok bad  hdlc-fcs-OK and -BAD; ok. and bad. with -sig-end; end: hdlc-sig-end
//	r3      t4-non-ecm-data of 3 octets; r3. with -sig-end
func spliced(t *testing.T, data ifp.DataType, script string) string {
	t.Helper()
	s := &splice{data: data}
	var out []string
	for word := range strings.FieldsSeq(script) {
		s.restart()
		switch word {
		case "╳":
			s.lost(1)
		case "!":
			s.cut()
		default:
			s.field(scriptField(t, word))
		}
		for _, f := range s.fields() {
			text := f.Type.String()
			if len(f.Data) > 0 {
				text = fmt.Sprintf("%s[%d]", text, len(f.Data))
			}
			out = append(out, text)
		}
		if word == "!" {
			out = append(out, "!")
		}
	}
	names := strings.NewReplacer("hdlc-data", "d", "hdlc-fcs-OK-sig-end", "ok.", "hdlc-fcs-BAD-sig-end", "bad.",
		"hdlc-fcs-OK", "ok", "hdlc-fcs-BAD", "bad", "hdlc-sig-end", "end", "t4-non-ecm-data", "r", "t4-non-ecm-sig-end", "r.")
	return names.Replace(strings.Join(out, " "))
}

func scriptField(t *testing.T, word string) ifp.Field {
	ends := map[string]ifp.FieldType{"ok": ifp.HDLCFCSOK, "bad": ifp.HDLCFCSBad, "ok.": ifp.HDLCFCSOKSigEnd,
		"bad.": ifp.HDLCFCSBadSigEnd, "end": ifp.HDLCSigEnd}
	if kind, ok := ends[word]; ok {
		return ifp.Field{Type: kind}
	}
	var n int
	if _, err := fmt.Sscanf(word[1:], "%d", &n); err != nil {
		t.Fatalf("%q: %v", word, err)
	}
	octets := bytes.Repeat([]byte{0x5A}, n)
	switch {
	case word[0] == 'f':
		copy(octets, []byte{address, controlFinal, 0x21})
	case word[0] == 'p':
		copy(octets, []byte{address, controlNotFinal, fcfFCD})
	case word[0] == 'r' && strings.HasSuffix(word, "."):
		return ifp.Field{Type: ifp.T4NonECMSigEnd, Data: octets}
	case word[0] == 'r':
		return ifp.Field{Type: ifp.T4NonECMData, Data: octets}
	}
	return ifp.Field{Type: ifp.HDLCData, Data: octets}
}

func TestSplice(t *testing.T) {
	for _, c := range []struct {
		why    string
		data   ifp.DataType
		script string
		want   string
	}{
		{"nothing lost, nothing changed", ifp.V21, "f3 d2 ok f5 ok.", "d[3] d[2] ok d[5] ok."},
		{"the middle of a frame is lost", ifp.V21, "f3 ╳ d2 ok f5 ok.", "d[3] d[2] bad d[5] ok."},
		{"the end of a frame and the beginning of the next", ifp.V21, "f3 ╳ d2 ok.", "d[3] d[2] bad."},
		{"the end of a frame alone", ifp.V21, "f3 ╳ f5 d2 ok.", "d[3] bad d[3] d[2] d[2] ok."},
		{"the beginning of a frame", ifp.V21, "╳ d4 ok f3 ok.", "d[4] bad d[3] ok."},
		{"what was before the frame", ifp.V21, "╳ f3 d4 ok.", "d[3] d[4] ok."},
		{"a whole frame but for its FCS", ifp.V21, "╳ ok f3 ok.", "d[3] ok."},
		{"a whole frame but for its FCS, the signal ends", ifp.V21, "╳ ok.", "end"},
		{"octet by octet", ifp.V21, "f3 ╳ f1 ok.", "d[3] d[1] bad."},
		{"lost twice", ifp.V21, "f3 ╳ f2 ╳ f3 ok.", "d[3] d[2] bad d[3] ok."},
		{"the signal's end says nothing of the FCS", ifp.V21, "f3 ╳ d1 end", "d[3] d[1] bad."},
		{"a frame known to be bad stays so", ifp.V21, "f3 bad f3 bad.", "d[3] bad d[3] bad."},
		{"the end of a signal is lost", ifp.V21, "f3 d2 ╳ ! f3 ok.", "d[3] d[2] bad ! d[3] ok."},
		{"an indicator in the middle of a frame", ifp.V21, "f3 ! d2 ok.", "d[3] ! d[2] ok."},
		{"an indicator in the middle of a frame that has lost something", ifp.V21, "f3 ╳ d1 ! d2 ok.", "d[3] d[1] bad ! d[2] bad."},
		{"a frame of a page after a loss", ifp.V17_14400, "p200 ╳ p260 ok", "d[200] bad d[3] d[257] ok"},
		{"a frame of a page that is too short for one", ifp.V17_14400, "p200 ╳ p100 ok", "d[200] bad d[3] d[97] bad"},
		{"octets of a page that look like the address", ifp.V17_14400, "p200 ╳ f56 d4 ok", "d[200] d[3] d[53] d[4] bad"},
		{"rows", ifp.V29_9600, "r36 ╳ r36 r4.", "r[36] r[36] r[36] r.[4]"},
		{"the end of rows", ifp.V29_9600, "r36 r36 ╳ ! r36", "r[36] r[36] ! r[36]"},
	} {
		if got := spliced(t, c.data, c.script); got != c.want {
			t.Errorf("%s: %s\n got %s\nwant %s", c.why, c.script, got, c.want)
		}
	}
}

// randomFrames gives frames, and says them in packets of any size, as peers do.
func randomFrames(rnd *rand.Rand) (packets []ifp.Packet, frames [][]byte) {
	data := ifp.V21
	if rnd.IntN(2) == 0 {
		data = ifp.V17_14400
	}
	packets = append(packets, ifp.Packet{Indicator: ifp.V21Preamble})
	for n := range 3 + rnd.IntN(4) {
		frame := make([]byte, 260)
		for i := range frame {
			frame[i] = byte(rnd.IntN(256))
		}
		copy(frame, []byte{address, controlNotFinal, fcfFCD, byte(n)})
		if data == ifp.V21 {
			frame = frame[:3+rnd.IntN(30)]
		}
		frames = append(frames, frame)
		for b := frame; len(b) > 0; {
			n := min(1+rnd.IntN(60), len(b))
			packets = append(packets, ifp.Packet{IsData: true, DataType: data, Fields: []ifp.Field{{Type: ifp.HDLCData, Data: b[:n]}}})
			b = b[n:]
		}
		end := ifp.Field{Type: ifp.HDLCFCSOK}
		if rnd.IntN(2) == 0 {
			packets = append(packets, ifp.Packet{IsData: true, DataType: data, Fields: []ifp.Field{end}})
		} else {
			last := &packets[len(packets)-1]
			last.Fields = append(last.Fields, end)
		}
	}
	return packets, frames
}

// Whatever packets are lost, on a leg without error correction: no frame comes
// out as good that was not sent so.
func TestRelayNeverMendsAFrame(t *testing.T) {
	good, sent := 0, 0
	for seed := range uint64(2000) {
		rnd := rand.New(rand.NewPCG(seed, 8))
		packets, frames := randomFrames(rnd)
		sent += len(frames)
		for _, got := range framesThrough(t, packets, func(int) bool { return rnd.IntN(8) == 0 }) {
			if !slices.ContainsFunc(frames, func(f []byte) bool { return bytes.Equal(f, got) }) {
				t.Fatalf("seed %d: % X was never sent", seed, got)
			}
			good++
		}
	}
	t.Logf("%d of %d frames came through", good, sent)
	if good < sent/4 {
		t.Error("hardly anything comes through")
	}
}

// framesThrough gives the good frames that come out of a relay, put together
// without a thought.
func framesThrough(t *testing.T, packets []ifp.Packet, lost func(n int) bool) (good [][]byte) {
	t.Helper()
	var frame []byte
	var out udptl.Receiver
	now := time.Unix(100, 0)
	hear := func(leg int, d []byte) {
		if leg != 1 {
			return
		}
		if err := out.Receive(now, d); err != nil {
			t.Fatal(err)
		}
		for it, more := out.Next(now); more; it, more = out.Next(now) {
			var p ifp.Packet
			if err := p.Parse(it.IFP, ifp.Syntax2002); err != nil {
				t.Fatal(err)
			}
			for _, f := range p.Fields {
				switch f.Type {
				case ifp.HDLCData:
					frame = append(frame, f.Data...)
				case ifp.HDLCFCSOK, ifp.HDLCFCSOKSigEnd:
					good = append(good, slices.Clone(frame))
					frame = frame[:0]
				case ifp.HDLCFCSBad, ifp.HDLCFCSBadSigEnd:
					frame = frame[:0]
				}
			}
		}
	}
	ways := newWays(Options{}, Options{Version: 2, MaxDatagram: 100}, testRelayOptions(), hear)
	var sender udptl.Sender
	for n, p := range packets {
		octets, err := p.Append(nil, ifp.Syntax1998)
		if err != nil {
			t.Fatal(err)
		}
		d, err := sender.Append(nil, octets, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !lost(n) {
			now = now.Add(30 * time.Millisecond)
			_ = ways[0].datagram(now, d)
		}
	}
	now = now.Add(time.Second)
	ways[0].advance(now)
	ways[0].finish(now)
	return good
}

func testRelayOptions() RelayOptions {
	return RelayOptions{Ladder: new(t30.Ladder)}.withDefaults()
}
