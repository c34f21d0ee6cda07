package spandsptest

import "testing"

// Block is 20 ms of samples, by which the time of programs with a line passes.
const Block = 160

// Audio is a terminal on a line of samples.
type Audio struct {
	*Peer
	t testing.TB
}

// NewAudio makes one of a program that runs.
func NewAudio(t testing.TB, p *Peer) *Audio { return &Audio{p, t} }

// Exchange gives 20 ms to the terminal, nil for those that were lost, and takes
// as many from it.
func (p *Audio) Exchange(heard []int16) (said []int16) {
	if heard == nil {
		p.Write([]byte{'L'})
	} else {
		p.Write([]byte{'A'})
	}
	p.Samples(heard)
	p.Flush()
	p.Expect('A')
	p.Done = p.ReadNumber(1) != 0
	return p.ReadSamples()
}

// Finish ends the terminal's call and takes what it has received.
func (p *Audio) Finish() {
	p.Write([]byte{'Q'})
	p.Flush()
	p.Expect('R')
	p.TakeResult()
}

// Expect reads the octet that a message begins with.
func (p *Peer) Expect(octet int) {
	p.t.Helper()
	if c := p.ReadNumber(1); c != octet {
		p.t.Fatalf("the peer says %q, not %q", rune(c), rune(octet))
	}
}

// Samples writes samples to the peer.
func (p *Peer) Samples(samples []int16) {
	for _, v := range samples {
		p.Number(2, int(uint16(v)))
	}
}

// ReadSamples reads a Block of them.
func (p *Peer) ReadSamples() []int16 {
	samples := make([]int16, Block)
	for i := range samples {
		samples[i] = int16(p.ReadNumber(2))
	}
	return samples
}
