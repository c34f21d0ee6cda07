//go:build !unix

package audio

import "time"

// cpuTime is not known here: benchmarks report no CPU share.
func cpuTime() time.Duration { return 0 }
