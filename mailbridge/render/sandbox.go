package render

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
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

	Time   time.Duration // for all parts together; 2 minutes
	Memory int64         // octets that the child may use, where the system can limit it (Linux); 1 GiB
	Log    *slog.Logger  // told what a child said that broke; nil: nobody
}

// maxReply is how much a child may answer. Coded pages are seldom above 100 kB.
const maxReply = 512 << 20

const maxWarnings = 100

// Pages makes pages of the parts as the function Pages does, with its errors. A
// child that breaks, or runs out of time or memory, is a *mailbridge.PermanentError
// that names the part it was at; one that cannot be started is another error, since
// the mail is not to blame. A child that somebody else kills, such as a system
// without memory, gets a second chance, since it need not have been the mail.
func (s Sandbox) Pages(ctx context.Context, parts []mailbridge.Part) (pages []*t4.Page, warnings []string, err error) {
	pages, warnings, err = s.once(ctx, parts)
	if errors.Is(err, errKilled) {
		pages, warnings, err = s.once(ctx, parts)
	}
	return pages, warnings, err
}

// errKilled is within the error of a child that was killed.
var errKilled = errors.New("killed")

// once is one try of Pages.
func (s Sandbox) once(ctx context.Context, parts []mailbridge.Part) (pages []*t4.Page, warnings []string, err error) {
	if err := context.Cause(ctx); err != nil {
		return nil, nil, err
	}
	set(&s.Time, 2*time.Minute)
	set(&s.Memory, 1<<30)
	s.Options = s.Options.withDefaults()
	c, err := s.start(ctx, parts)
	if err != nil {
		return nil, nil, fmt.Errorf("starting the renderer %s: %w", s.Path, err)
	}
	defer c.stop()
	pages, err = c.read()
	c.stop()
	switch {
	case err == nil || errors.As(err, new(*mailbridge.PermanentError)):
		return pages, c.warnings, err
	case ctx.Err() != nil:
		return nil, nil, context.Cause(ctx)
	case errors.Is(c.ctx.Err(), context.DeadlineExceeded):
		err = failure(mailbridge.S5_6_3Conversion, "%s takes longer than %v to make into pages", c.part, s.Time)
	case c.command.ProcessState.Success():
		return nil, nil, fmt.Errorf("the program %s does not render: %w", s.Path, err)
	default:
		broke := &mailbridge.PermanentError{Status: mailbridge.S5_6_3Conversion, Err: fmt.Errorf("%s broke the renderer", c.part)}
		if err = broke; c.command.ProcessState.String() == "signal: killed" {
			broke.Err = killed{broke.Err}
		}
	}
	if s.Log != nil {
		s.Log.Warn("renderer broke", "part", c.part, "ended", c.command.ProcessState.String(), "said", c.complaint.String())
	}
	return nil, nil, err
}

// killed is an error that is errKilled, too, without saying so.
type killed struct{ error }

func (killed) Is(target error) bool { return target == errKilled }

// child is a child process at work.
type child struct {
	ctx       context.Context
	cancel    context.CancelFunc
	command   *exec.Cmd
	replies   io.Reader
	complaint tail
	limits    Options
	part      string // that it is at
	warnings  []string
	stopped   bool
	folder    string // for its files; "": it needs none
}

// start starts a child and gives it its work.
func (s *Sandbox) start(ctx context.Context, parts []mailbridge.Part) (*child, error) {
	c := &child{limits: s.Options, part: "the mail"}
	if s.Options.Office != "" {
		var err error
		if c.folder, err = os.MkdirTemp("", "pagebridge-render-"); err != nil {
			return nil, err
		}
	}
	var work bytes.Buffer
	r := request{Options: s.Options, Time: s.Time, Memory: s.Memory, Parts: parts, Folder: c.folder}
	if err := gob.NewEncoder(&work).Encode(r); err != nil {
		c.takeFolder()
		return nil, err
	}
	c.ctx, c.cancel = context.WithTimeout(ctx, s.Time)
	c.command = exec.CommandContext(c.ctx, s.Path, s.Args...)
	c.command.WaitDelay = time.Second
	inGroup(c.command)
	c.command.Env = []string{childVariable + "=1"} // and none of ours: it holds secrets
	if root := os.Getenv("SYSTEMROOT"); root != "" {
		c.command.Env = append(c.command.Env, "SYSTEMROOT="+root) // Windows starts nothing without
	}
	c.command.Stdin = &work
	c.command.Stderr = &c.complaint
	out, err := c.command.StdoutPipe()
	if err == nil {
		c.replies = io.LimitReader(out, maxReply)
		err = c.command.Start()
	}
	if err != nil {
		c.cancel()
		c.takeFolder()
		return nil, err
	}
	return c, nil
}

// takeFolder takes away what a child may have left, having been killed.
func (c *child) takeFolder() {
	if c.folder != "" {
		_ = os.RemoveAll(c.folder) // a folder that stays is no reason to lose the fax
	}
}

// read takes the child's replies up to the last one.
func (c *child) read() ([]*t4.Page, error) {
	var pages []*t4.Page
	for d := gob.NewDecoder(c.replies); ; {
		var r reply
		if err := d.Decode(&r); err != nil {
			return nil, err
		}
		switch {
		case r.Done:
			return pages, nil
		case r.Status != "":
			return nil, failure(r.Status, "%s", r.Problem)
		case r.Page != nil && len(pages) < c.limits.MaxPages && r.Page.Rows > 0 && r.Page.Width > 0 && r.Page.Width <= t4.MaxWidth:
			at := len(pages)
			if r.Front {
				at = 0
			}
			pages = slices.Insert(pages, at, r.Page)
		case r.Warning != "" && len(c.warnings) < maxWarnings:
			c.warnings = append(c.warnings, r.Warning)
		case r.Part != "":
			c.part = r.Part
		default:
			return nil, errors.New("it answers what makes no sense")
		}
	}
}

// stop ends the child if it has not ended, and waits for that.
func (c *child) stop() {
	if c.stopped {
		return
	}
	c.stopped = true
	// A child whose last reply was read, or which said something wrong, has
	// nothing more to do. Without this a child that ends by itself may get to
	// write what it has to complain of.
	_, _ = io.Copy(io.Discard, c.replies)
	_ = c.command.Wait()     // ProcessState says how it ended
	_ = killGroup(c.command) // what it started, if that is still there
	c.cancel()
	c.takeFolder()
}

// tail keeps the beginning of what is written to it: a crash says first what it is.
type tail struct{ b strings.Builder }

func (t *tail) Write(b []byte) (int, error) {
	t.b.Write(b[:min(len(b), 2000-min(t.b.Len(), 2000))])
	return len(b), nil
}

func (t *tail) String() string { return t.b.String() }
