package t38

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// listenTo gives what a receiver hears in datagrams, of which some are lost:
// control frames by their names, other frames by how many were good.
func listenTo(t testing.TB, datagrams [][]byte, lost func(i int) bool) (story []string, pageFrames, bad int) {
	t.Helper()
	var in udptl.Receiver
	r := &receiver{seam: noSeam}
	r.emit = func(h heard) {
		switch {
		case h.kind == toneHeard:
			story = append(story, h.tone.String())
		case h.kind != frameHeard:
		case !h.fcsOK:
			bad++
		case h.octets[2] == fcfFCD || h.octets[2] == fcfRCP:
			pageFrames++
		default:
			name, _, _ := strings.Cut(t30.DescribeFrame(h.octets), " ")
			story = append(story, name)
		}
	}
	now := time.Unix(0, 0)
	for i, d := range datagrams {
		now = now.Add(20 * time.Millisecond)
		if lost(i) {
			continue
		}
		if err := in.Receive(now, d); err != nil {
			t.Fatal(err)
		}
		for it, more := in.Next(now); more; it, more = in.Next(now) {
			if it.Missing > 0 {
				r.lost()
			} else if err := r.ifpPacket(it.IFP); err != nil {
				t.Fatalf("%x: %v", it.IFP, err)
			}
		}
	}
	return story, pageFrames, bad
}

// A receiving Asterisk is heard to say what it says, though up to three
// datagrams in a row are lost.
func TestWhatAsteriskSays(t *testing.T) {
	for _, file := range []string{"asterisk-redundancy.hex", "asterisk-fec.hex"} {
		text, err := os.ReadFile("udptl/testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		var datagrams [][]byte
		for line := range strings.Lines(string(text)) {
			if b, err := hex.DecodeString(strings.TrimSpace(line)); err == nil {
				datagrams = append(datagrams, b)
			}
		}
		for name, lost := range map[string]func(int) bool{
			"none lost":           func(int) bool { return false },
			"each fourth lost":    func(i int) bool { return i%4 == 1 },
			"three of ten in row": func(i int) bool { return i%10 > 6 },
		} {
			story, _, bad := listenTo(t, datagrams, lost)
			if want := []string{"CED", "CSI", "DIS", "CFR", "MCF"}; !slices.Equal(story, want) || bad > 0 {
				t.Errorf("%s, %s: %v and %d bad frames", file, name, story, bad)
			}
		}
	}
}

// A whole call between two Asterisks, where the captures are at hand.
func TestWholeCapturedCalls(t *testing.T) {
	for _, name := range []string{"t38-redundancy.pcap", "t38-fec.pcap"} {
		file, err := os.ReadFile(testpeer.Shared(t, "peers", "asterisk", "captures", name))
		if err != nil {
			t.Fatal(err)
		}
		sides := map[uint16][][]byte{}
		for port, d := range udpOf(file) {
			var p udptl.Packet
			if port >= 4500 && port < 4700 && p.Parse(d) == nil {
				sides[port] = append(sides[port], d)
			}
		}
		if len(sides) != 2 {
			t.Fatalf("%s: %d sides", name, len(sides))
		}
		for port, datagrams := range sides {
			for _, every := range []int{1 << 30, 4} {
				story, frames, bad := listenTo(t, datagrams, func(i int) bool { return i%every == 1 })
				t.Logf("%s, port %d: %v, %d frames of pages", name, port, story, frames)
				if bad > 0 || len(story) < 4 || frames == 0 && story[0] == "CNG" {
					t.Errorf("%s, port %d: %d bad frames", name, port, bad)
				}
			}
		}
	}
}

// udpOf gives the UDP payloads of a little-endian capture of Ethernet frames
// with IPv4, by source port.
func udpOf(file []byte) func(yield func(uint16, []byte) bool) {
	return func(yield func(uint16, []byte) bool) {
		for b := file[24:]; len(b) > 16; {
			n := int(binary.LittleEndian.Uint32(b[8:]))
			frame := b[16 : 16+n]
			b = b[16+n:]
			if n < 42 || frame[12] != 8 || frame[13] != 0 || frame[23] != 17 {
				continue
			}
			udp := frame[14+int(frame[14]&15)*4:]
			size := int(binary.BigEndian.Uint16(udp[4:]))
			if !yield(binary.BigEndian.Uint16(udp), udp[8:size]) {
				return
			}
		}
	}
}
