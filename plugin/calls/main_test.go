package calls

import (
	"os"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// TestMain: the tests wait for media and timers.
func TestMain(m *testing.M) {
	testpeer.Parallel(16)
	os.Exit(m.Run())
}
