package render

import (
	"os"
	"os/exec"
	"syscall"
)

// errNoNamespaces is the error of a system that forbids namespaces to users.
var errNoNamespaces = syscall.ENOSPC // user_namespaces(7)

// together has a process end with us, and all that it starts; alone takes the network
// from it, by a namespace that has none.
func together(c *exec.Cmd, alone bool) {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if alone {
		a.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	}
	c.SysProcAttr = a
}
