//go:build !linux

package render

import (
	"errors"
	"os/exec"
)

var errNoNamespaces = errors.New("there are no namespaces")

func together(*exec.Cmd, bool) {}
