package e2e

import (
	"os"
	"testing"

	"github.com/pagebridge/pagebridge/internal/hosttest"
)

func TestMain(m *testing.M) {
	os.Setenv("TRUNK_PASSWORD", "change-me") // as the guide for Asterisk says
	hosttest.Main(m, hosttest.Options{Parallel: 32, FirstPort: 12000, LastPort: 15000})
}
