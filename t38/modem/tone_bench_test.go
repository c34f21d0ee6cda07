//go:build unix

package modem_test

import (
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem"
)

// BenchmarkTones is a detector on a line that is nearly silent.
func BenchmarkTones(b *testing.B) {
	line := noisy(make([]int16, block), -50)
	b.ReportAllocs()
	d := modem.NewToneDetector(new(tones))
	since := cpu()
	for b.Loop() {
		d.Receive(line)
	}
	perSecond(b, since, b.N)
}
