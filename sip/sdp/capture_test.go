package sdp

import (
	"bytes"
	"encoding/hex"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// TestCapturesOfAsterisk reads every description of whole fax calls between two
// Asterisks: audio, T.38 with each error correction, and audio again.
func TestCapturesOfAsterisk(t *testing.T) {
	tshark := testpeer.Command(t, "tshark", "Debian package tshark")
	dir := testpeer.Shared(t, "peers", "asterisk", "captures")
	const (
		audio = "PCMU PCMA TELEPHONE-EVENT"
		t38   = "v0 14400 t38UDP"
	)
	for file, want := range map[string][]string{
		"t38-redundancy.pcap": {audio, audio, t38 + "Redundancy", t38 + "Redundancy", audio, audio},
		"t38-fec.pcap":        {audio, audio, t38 + "FEC", t38 + "FEC", audio, audio},
		"g711-audio.pcap":     {audio, audio, t38 + "Redundancy"},
	} {
		out, err := exec.Command(tshark, "-r", filepath.Join(dir, file), "-Y", "sdp", "-T", "fields", "-e", "udp.payload").Output()
		if err != nil {
			t.Fatalf("tshark: %v", err)
		}
		var got []string
		for line := range strings.Lines(string(out)) {
			packet, err := hex.DecodeString(strings.TrimSpace(line))
			if err != nil {
				t.Fatal(err)
			}
			_, body, _ := bytes.Cut(packet, []byte("\r\n\r\n"))
			d := mustParse(t, body)
			if again := Marshal(d); !bytes.Equal(again, body) {
				t.Errorf("%s: read and written again:\n%s\nwant:\n%s", file, again, body)
			}
			_, media, _ := strings.Cut(summary(t, d), " ")
			got = append(got, media)
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
}
