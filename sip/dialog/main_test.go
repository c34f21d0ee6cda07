package dialog_test

import (
	"os"
	"testing"

	"github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

func TestMain(m *testing.M) {
	dialogtest.ShortTimers()
	os.Exit(m.Run())
}
