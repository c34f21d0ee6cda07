//go:build unix

package render

import (
	"os/exec"
	"syscall"
)

// inGroup has a process and all that it starts end together: soffice is a script that
// starts the program proper.
func inGroup(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return killGroup(c) }
}

// killGroup ends what is left of the group.
func killGroup(c *exec.Cmd) error {
	if c.Process == nil {
		return nil
	}
	return syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
}
