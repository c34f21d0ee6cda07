//go:build !unix

package postfixtest

import (
	"os"
	"os/exec"
)

// There is no Postfix here: Start has skipped the test.
func ownGroup(*exec.Cmd) {}

func killGroup(p *os.Process) { p.Kill() }
