package dialog_test

import (
	"flag"
	"log"
	"os"
	"testing"

	"github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

// TestMain lets many tests run at once: they wait for transactions to time out, and not
// for the processor.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		log.Fatal(err)
	}
	dialogtest.ShortTimers()
	os.Exit(m.Run())
}
