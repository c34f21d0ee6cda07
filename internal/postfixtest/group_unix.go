//go:build unix

package postfixtest

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup lets a command run in a process group of its own: the master
// process of Postfix signals its whole group when it ends.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(p *os.Process) { syscall.Kill(-p.Pid, syscall.SIGKILL) }
