//go:build !unix

package render

import "os/exec"

func inGroup(*exec.Cmd) {}

func killGroup(c *exec.Cmd) error {
	if c.Process == nil {
		return nil
	}
	return c.Process.Kill()
}
