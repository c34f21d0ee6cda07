package v21

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/g711"
	"github.com/pagebridge/pagebridge/t38/internal/simline"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

// TestLines counts the frames that come through in noise on bad lines, beside
// libspandsp on the same samples.
func TestLines(t *testing.T) {
	peer := modemtest.StartSpandsp(t)
	frames := messages(40)
	const level = -13.0
	for _, x := range []struct {
		name string
		snr  float64
		c    simline.Conditions
	}{
		{"flat", 3, simline.Conditions{}},
		{"-30 dB", 3, simline.Conditions{Gain: -30}},
		{"+12 Hz", 3, simline.Conditions{Offset: 12}},
		{"-12 Hz", 3, simline.Conditions{Offset: -12}},
		{"+200 ppm", 3, simline.Conditions{Drift: 200}},
		{"-200 ppm", 3, simline.Conditions{Drift: -200}},
		{"echo -12 dB", 6, simline.Conditions{Echo: -12, EchoDelay: 1200 * time.Microsecond}},
		{"echo -12 dB 20 ms", 6, simline.Conditions{Echo: -12, EchoDelay: 20 * time.Millisecond}},
		{"long loop", 3, simline.Conditions{Loop: simline.LongLoop, Gain: 4}},
		{"loaded loop", 3, simline.Conditions{Loop: simline.LoadedLoop}},
		{"channels", 3, simline.Conditions{Loop: simline.Channels}},
		{"worst loop", 3, simline.Conditions{Loop: simline.Worst, Gain: 4}},
		{"tandem", 3, simline.Conditions{Tandem: []g711.Law{g711.MuLaw, g711.ALaw, g711.MuLaw}}},
		{"slip every s", 3, simline.Conditions{SlipEvery: time.Second}},
		{"0.5 % of packets lost", 10, simline.Conditions{Loss: 0.005}},
		{"0.5 % of packets repeated", 10, simline.Conditions{Loss: 0.005, Conceal: simline.Repeat}},
	} {
		x.c.Seed, x.c.Noise = 1, level+x.c.Gain-x.snr
		line := simline.New(x.c).Pass(nil, call(level, frames...))
		ours, theirs := receive(line), newHeard()
		peer.Restart(modemtest.V21, rate, false)
		peer.Receive(line, theirs)
		t.Logf("%s, %v dB: %d frames of %d, spandsp %d", x.name, x.snr, len(ours.frames), len(frames), len(theirs.frames))
		if len(ours.frames) < len(theirs.frames)-1 || len(ours.frames) < len(frames)-5 {
			t.Errorf("%s at %v dB: %d frames of %d, spandsp %d", x.name, x.snr, len(ours.frames), len(frames), len(theirs.frames))
		}
	}
}
