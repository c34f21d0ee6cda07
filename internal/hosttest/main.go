package hosttest

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// Program is the pagebridge that Main has built.
var Program string

// Options are what the tests of a package need.
type Options struct {
	// Parallel is how many tests may run at once: they wait for each other's sake,
	// not for the processor's.
	Parallel int
	// FirstPort and LastPort bound what FreePort gives out. Packages are tested at
	// the same time: each has a range of its own, below the ports that the
	// operating system gives out.
	FirstPort, LastPort int
}

// Main is the body of a TestMain: it builds pagebridge, runs the tests and ends
// the process.
func Main(m *testing.M, o Options) {
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(o.Parallel)); err != nil {
		log.Fatal(err)
	}
	ports.next, ports.last = o.FirstPort+os.Getpid()%((o.LastPort-o.FirstPort)/3), o.LastPort
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pagebridge-test-")
	if err != nil {
		log.Print(err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := build(dir); err != nil {
		log.Print(err)
		return 1
	}
	return m.Run()
}

func build(dir string) error {
	Program = filepath.Join(dir, "pagebridge")
	cmd := exec.Command("go", "build", "-o", Program, "github.com/pagebridge/pagebridge/hostshim/cmd/pagebridge")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building pagebridge: %w", err)
	}
	return nil
}
