// Package testpeer finds the real peers that interop tests talk to: programs
// and libraries that nobody here wrote. Where one is absent its test skips with
// a clear line, unless PAGEBRIDGE_INTEROP=1 says that this machine must have
// them all; then it fails.
package testpeer

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Missing ends the test because the peer named in what is not there: a skip,
// or a failure when PAGEBRIDGE_INTEROP=1.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("PAGEBRIDGE_INTEROP") == "1" {
		t.Fatalf("PAGEBRIDGE_INTEROP=1, but %s is missing", what)
	}
	t.Skipf("%s is missing; PAGEBRIDGE_INTEROP=1 makes this a failure", what)
}

// Command gives the path of a program, or ends the test when it is not
// installed. hint says where it comes from ("Debian package libtiff-tools").
func Command(t testing.TB, name, hint string) string {
	t.Helper()
	for _, p := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(p); err == nil {
			return path
		}
	}
	Missing(t, name+" ("+hint+")")
	return ""
}

// Shared gives the path of a file or folder of the shared folder that stands
// beside the checkout, or skips: that folder is not part of the project, so its
// absence is never a failure.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			continue // not a module's root; a nested module's root is within another
		}
		path := filepath.Join(append([]string{dir, "..", "shared"}, elem...)...)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skipf("%s is not here", filepath.Join(elem...))
	return ""
}
