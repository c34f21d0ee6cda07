package testpeer

import (
	"os"
	"os/exec"
)

// Promptly lets a command that keeps real time, such as a switch with calls, run
// before the tests beside it, where this user may say so: what is measured is how
// it does with a fax, not how it does without a processor.
func Promptly(cmd *exec.Cmd) *exec.Cmd {
	nice, err := exec.LookPath("nice")
	if err != nil || os.Geteuid() != 0 {
		return cmd
	}
	cmd.Args = append([]string{nice, "-n", "-10", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = nice
	return cmd
}
