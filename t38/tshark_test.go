package t38

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// everyPacket gives a packet for each value of each ENUMERATED that syntax has.
func everyPacket(s ifp.Syntax) (packets []ifp.Packet) {
	for i := ifp.NoSignal; i.Known(); i++ {
		packets = append(packets, ifp.Packet{Indicator: i})
	}
	for d := ifp.V21; d.Known(); d++ {
		packets = append(packets, ifp.Packet{IsData: true, DataType: d, Fields: []ifp.Field{hdlc(1, 2), field(ifp.HDLCFCSOK)}})
	}
	for f := ifp.HDLCData; f.Known(); f++ {
		if s == ifp.Syntax1998 && f >= ifp.CMMessage {
			break
		}
		packets = append(packets, ifp.Packet{IsData: true, DataType: ifp.V17_14400, Fields: []ifp.Field{
			field(f), hdlc(make([]byte, 130)...), field(f, 1, 2, 3), field(ifp.HDLCSigEnd)}})
	}
	return packets
}

// pcap makes a capture file (raw IPv4) of datagrams between two UDP ports.
func pcap(datagrams [][]byte) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xA1B2C3D4)
	b = le.AppendUint16(le.AppendUint16(b, 2), 4)
	b = le.AppendUint32(le.AppendUint32(le.AppendUint32(le.AppendUint32(b, 0), 0), 65535), 228)
	for i, d := range datagrams {
		n := uint32(28 + len(d))
		b = le.AppendUint32(le.AppendUint32(b, uint32(i)), 0)
		b = le.AppendUint32(le.AppendUint32(b, n), n)
		b = append(b, 0x45, 0, byte(n>>8), byte(n), 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1)
		b = append(b, 4500>>8, 4500&0xFF, 4501>>8, 4501&0xFF, byte((n-20)>>8), byte(n-20), 0, 0)
		b = append(b, d...)
	}
	return b
}

// tshark reads our datagrams as we meant them.
func TestTsharkReadsOurPackets(t *testing.T) {
	tshark := testpeer.Command(t, "tshark", "Debian package tshark")
	for _, s := range []ifp.Syntax{ifp.Syntax1998, ifp.Syntax2002} {
		for _, ec := range []udptl.ErrorCorrection{udptl.NoCorrection, udptl.FEC} {
			t.Run(fmt.Sprintf("%v, %v", s, ec), func(t *testing.T) { compareWithTshark(t, tshark, s, ec) })
		}
	}
}

func compareWithTshark(t *testing.T, tshark string, s ifp.Syntax, ec udptl.ErrorCorrection) {
	sender := udptl.Sender{Correction: ec}
	var datagrams [][]byte
	var want []string
	for n, p := range everyPacket(s) {
		b, err := p.Append(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		d, err := sender.Append(nil, b, 0)
		if err != nil {
			t.Fatal(err)
		}
		datagrams = append(datagrams, d)
		want = append(want, asTshark(n, p))
	}
	file := filepath.Join(t.TempDir(), "ours.pcap")
	if err := os.WriteFile(file, pcap(datagrams), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tshark, "-r", file, "-d", "udp.port==4500,t38",
		"-o", fmt.Sprintf("t38.use_pre_corrigendum_asn1_specification:%v", s == ifp.Syntax1998),
		"-T", "fields", "-E", "separator=|", "-E", "occurrence=a", "-E", "aggregator=,",
		"-e", "t38.seq_number", "-e", "t38.t30_indicator", "-e", "t38.t30_data",
		"-e", "t38.field_type", "-e", "t38.field_data")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	got := strings.Split(strings.TrimRight(string(out), "\r\n"), "\n")
	if len(got) != len(want) {
		t.Fatalf("tshark sees %d packets of %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("packet %d\ntshark %q\nours   %q", i, got[i], want[i])
		}
	}
}

// asTshark is how tshark prints the fields asked for.
func asTshark(seq int, p ifp.Packet) string {
	if !p.IsData {
		return fmt.Sprintf("%d|%d|||", seq, p.Indicator)
	}
	var types, data []string
	for _, f := range p.Fields {
		types = append(types, strconv.Itoa(int(f.Type)))
		if len(f.Data) > 0 {
			data = append(data, fmt.Sprintf("%x", f.Data))
		}
	}
	return fmt.Sprintf("%d||%d|%s|%s", seq, p.DataType, strings.Join(types, ","), strings.Join(data, ","))
}
