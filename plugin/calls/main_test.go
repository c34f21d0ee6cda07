package calls

import (
	"flag"
	"log"
	"os"
	"testing"
)

// TestMain lets many tests run at once: they wait for media and timers, and not for
// the processor.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		log.Fatal(err)
	}
	os.Exit(m.Run())
}
