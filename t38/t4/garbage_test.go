package t4

import "testing"

// What comes without an EOL for long is not looked through again for each piece
// of it: a peer that sends a page of such must not hold the processor.
func BenchmarkReceiveNoEOL(b *testing.B) {
	const piece, size = 180, 4 << 20
	data := make([]byte, piece)
	for i := range data {
		data[i] = 0xA5
	}
	for range b.N {
		r := NewReceiver(MH, 1728, R8x7_7, ReceiveOptions{})
		for n := 0; n < size; n += piece {
			if _, err := r.Write(data); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := r.Finish(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size)*float64(b.N)/1e6/b.Elapsed().Seconds(), "MB/s")
}
