package dialog_test

import (
	"os"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

// TestMain: the tests wait for transactions to time out.
func TestMain(m *testing.M) {
	testpeer.Parallel(16)
	dialogtest.ShortTimers()
	os.Exit(m.Run())
}
