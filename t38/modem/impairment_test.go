//go:build unix

package modem_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/g711"
	"github.com/pagebridge/pagebridge/t38/internal/simline"
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

var (
	impairments = flag.Bool("impairments", false, "print what noise each modem stands on each line, beside libspandsp; takes minutes")
	only        = flag.String("only", "", "with -impairments, only modems and lines whose names contain this")
)

// lines are the lines of the table.
var lines = []struct {
	name string
	c    simline.Conditions
}{
	{"flat", simline.Conditions{}},
	{noiseFirst, simline.Conditions{}},
	{"-30 dB", simline.Conditions{Gain: -30}},
	{"+7 dB", simline.Conditions{Gain: 7}},
	{"+7 Hz", simline.Conditions{Offset: 7}},
	{"-7 Hz", simline.Conditions{Offset: -7}},
	{"+100 ppm", simline.Conditions{Drift: 100}},
	{"-200 ppm", simline.Conditions{Drift: -200}},
	{"echo -12 dB", simline.Conditions{Echo: -12, EchoDelay: 1200 * time.Microsecond}},
	{"echo -20 dB 5 ms", simline.Conditions{Echo: -20, EchoDelay: 5 * time.Millisecond}},
	{"long loop", simline.Conditions{Loop: simline.LongLoop}},
	{"loaded loop", simline.Conditions{Loop: simline.LoadedLoop}},
	{"channels", simline.Conditions{Loop: simline.Channels}},
	{"worst loop", simline.Conditions{Loop: simline.Worst}},
	{"tandem", simline.Conditions{Tandem: []g711.Law{g711.MuLaw, g711.ALaw, g711.MuLaw}}},
	{"slip every s", simline.Conditions{SlipEvery: time.Second}},
	{"1 % lost, silent", simline.Conditions{Loss: 0.01}},
	{"1 % lost, repeated", simline.Conditions{Loss: 0.01, Conceal: simline.Repeat}},
	{"all but slips", simline.Conditions{Loop: simline.LongLoop, Offset: 3, Drift: 50, Gain: -10,
		Tandem: []g711.Law{g711.MuLaw, g711.ALaw}, Echo: -25, EchoDelay: 2 * time.Millisecond}},
}

// noiseFirst is the line on which the receiver hears the noise alone for a while.
// libspandsp takes it for a signal and fails on it; on the other lines the signal
// is there at once.
const noiseFirst = "noise first"

const (
	// checked is the length of a block of data in bits, as an ECM frame has them;
	// V.21 has smaller ones.
	checked = 2048
	// seconds of data in a transmission.
	seconds = 2
	sent    = -13.0 // dBm0
)

// pattern is endless data that a receiver can check wherever it comes in: each
// bit is the sum of those 18 and 23 before.
type pattern struct {
	register uint32
	left     int
}

func (p *pattern) NextBit() (byte, bool) {
	if p.left--; p.left < 0 {
		return 0, false
	}
	bit := (p.register>>17 ^ p.register>>22) & 1
	p.register = p.register<<1 | bit
	return byte(bit), true
}

// checker is a Sink that counts blocks of the pattern without an error.
type checker struct {
	length   int // of a block
	register uint32
	filled   int
	bad      bool
	good     int
}

func (c *checker) Status(s modem.Status) {
	if s == modem.Trained {
		c.filled, c.bad = -23, false
	}
}

func (c *checker) Bit(bit byte) {
	want := (c.register>>17 ^ c.register>>22) & 1
	c.register = c.register<<1 | uint32(bit)
	if c.filled++; c.filled > 0 && want != uint32(bit) {
		c.bad = true
	}
	if c.filled == c.length {
		if !c.bad {
			c.good++
		}
		c.filled, c.bad = 0, false
	}
}

// heard is the share of blocks that come through in some transmissions.
func heard(t testing.TB, m, lead, transmissions int, c simline.Conditions, snr float64, hear func([]int16, modem.Sink)) float64 {
	good := 0
	bits := modems[m].rate * seconds
	for i := range uint64(transmissions) {
		tx, err := modems[m].transmitter(&pattern{uint32(i + 12345), bits})
		if err != nil {
			t.Fatal(err)
		}
		c.Seed, c.Noise = i+1, sent+c.Gain-snr
		signal := modemtest.Samples(tx)
		for lead == 0 && signal[0] == 0 {
			signal = signal[1:] // V.29 begins with silence
		}
		signal = modemtest.Join(modemtest.Pause(lead), signal, modemtest.Pause(80))
		sink := checker{length: min(checked, modems[m].rate)}
		hear(simline.New(c).Pass(nil, signal), &sink)
		good += sink.good
	}
	return float64(good) / float64(transmissions*((bits-23)/min(checked, modems[m].rate)))
}

// threshold is the least ratio of signal to noise, in dB, at which nine blocks of
// ten come through, or half of them where slips or lost packets spoil some.
func threshold(t testing.TB, m, lead int, c simline.Conditions, hear func([]int16, modem.Sink)) float64 {
	const most, resolution = 44.0, 0.25
	const transmissions = 4
	share := 0.9
	if spoils(c) {
		share = 0.5
	}
	good := func(snr float64) bool { return heard(t, m, lead, transmissions, c, snr, hear) >= share }
	if !good(most) {
		return 99
	}
	low, high := 5.0, most
	for high-low > resolution {
		if middle := (low + high) / 2; good(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// spoils tells whether a line spoils blocks whatever the noise is.
func spoils(c simline.Conditions) bool { return c.SlipEvery > 0 || c.Loss > 0 }

// Every modem with a training carries all its data over every line when noise is
// 32 dB below the signal, but 12000 and 14400 bit/s over an echo that comes later
// than the equaliser reaches.
func TestLines(t *testing.T) {
	const snr = 32
	for m := range modems {
		if !trains(m) {
			continue
		}
		for _, l := range lines {
			lead, least := 0, 1.0
			switch {
			case l.name == noiseFirst:
				lead = 80
			case l.c.EchoDelay > 3*time.Millisecond && modems[m].rate > 9600:
				continue
			case spoils(l.c) && modems[m].rate < 4800:
				continue // each block is as long as what is between two slips
			case spoils(l.c):
				least = 0.5
			}
			if share := heard(t, m, lead, 1, l.c, snr, ours(t, m)); share < least {
				t.Errorf("%s, %s: %.0f %% of the blocks", modems[m].name, l.name, 100*share)
			}
		}
	}
}

func ours(t testing.TB, m int) func([]int16, modem.Sink) {
	return func(line []int16, sink modem.Sink) {
		rx, err := modems[m].receiver(sink)
		if err != nil {
			t.Fatal(err)
		}
		rx.Receive(line)
	}
}

func spandsps(peer *modemtest.Spandsp, m int) func([]int16, modem.Sink) {
	return func(line []int16, sink modem.Sink) {
		peer.Restart(modems[m].spandsp, modems[m].rate, false)
		peer.Receive(line, sink)
	}
}

// TestImpairments prints, for each modem and line, the noise in dB below the
// signal that it stands, beside libspandsp's on the same samples. 99 is: none.
func TestImpairments(t *testing.T) {
	if !*impairments {
		t.Skip("a table for -impairments")
	}
	peer := modemtest.StartSpandsp(t)
	var heading strings.Builder
	fmt.Fprintf(&heading, "%-20s", "dB")
	for _, m := range modems {
		if wanted(m.name) {
			fmt.Fprintf(&heading, "%14s spandsp", m.name)
		}
	}
	fmt.Println(heading.String())
	for _, l := range lines {
		if !wanted(l.name) {
			continue
		}
		lead := 0
		if l.name == noiseFirst {
			lead = 80
		}
		fmt.Printf("%-20s", l.name)
		for m := range modems {
			if wanted(modems[m].name) {
				fmt.Printf("%14.1f %7.1f", threshold(t, m, lead, l.c, ours(t, m)), threshold(t, m, lead, l.c, spandsps(peer, m)))
			}
		}
		fmt.Println()
	}
}

// wanted tells whether -only wants a modem or line: it names some of either.
func wanted(name string) bool {
	if *only == "" {
		return true
	}
	modems, all := false, true
	for _, o := range strings.Split(*only, ",") {
		isModem := strings.HasPrefix(o, "V.")
		if isModem == strings.HasPrefix(name, "V.") {
			all = false
			modems = modems || strings.Contains(name, o)
		}
	}
	return all || modems
}
