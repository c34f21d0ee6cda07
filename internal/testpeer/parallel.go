package testpeer

import (
	"flag"
	"log"
	"strconv"
)

// Parallel lets n tests of a package run at once, unless the command line says how
// many: for those that wait for each other's sake, and not for the processor's. It is
// for a TestMain.
func Parallel(n int) {
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if said { // which a fuzzer means for its workers
		return
	}
	if err := flag.Set("test.parallel", strconv.Itoa(n)); err != nil {
		log.Fatal(err)
	}
}
