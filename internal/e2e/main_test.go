package e2e

import (
	"testing"

	"github.com/pagebridge/pagebridge/internal/hosttest"
)

func TestMain(m *testing.M) {
	hosttest.Main(m, hosttest.Options{Parallel: 32, FirstPort: 12000, LastPort: 15000})
}
