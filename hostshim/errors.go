package hostshim

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
)

// StartError says why the plugin program could not be loaded.
type StartError struct {
	Program string
	Err     error
}

func (e *StartError) Error() string {
	return fmt.Sprintf("the fax plugin %s cannot be loaded: %v", e.Program, e.Err)
}

func (e *StartError) Unwrap() error { return e.Err }

// startError puts what go-plugin says of a failed start into words that tell
// what to do.
func startError(program string, err error) error {
	text := err.Error()
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		err = fmt.Errorf("there is no such program; give its path: %w", err)
	case errors.Is(err, fs.ErrPermission):
		err = fmt.Errorf("it may not be executed; check its permissions: %w", err)
	case strings.Contains(strings.ToLower(text), "incompatible api version"):
		err = fmt.Errorf("it speaks another version of the contract than this host, which speaks version %d; use host and plugin of the same release: %w", faxv1.Version, err)
	case strings.Contains(text, "plugin exited before we could connect"),
		strings.Contains(text, "Unrecognized remote plugin message"):
		err = fmt.Errorf("it did not answer with a handshake; either it is no fax plugin (another magic cookie) or it ended at once, see the log lines above: %w", err)
	}
	return &StartError{Program: program, Err: err}
}

// ConfigError lists everything that the plugin found wrong with the
// configuration.
type ConfigError struct{ Mistakes []Mistake }

// Mistake is one wrong thing in the configuration.
type Mistake struct {
	File         string
	Line, Column int
	Summary      string
	Detail       string // what to do about it
}

func (e *ConfigError) Error() string {
	lines := make([]string, len(e.Mistakes))
	for i, m := range e.Mistakes {
		where := m.File
		if m.Line > 0 {
			where = fmt.Sprintf("%s:%d", m.File, m.Line)
		}
		lines[i] = strings.TrimSpace(fmt.Sprintf("%s: %s. %s", where, m.Summary, m.Detail))
	}
	return strings.Join(lines, "\n")
}

func configError(diags []*faxv1.Diagnostic) error {
	e := &ConfigError{}
	for _, d := range diags {
		e.Mistakes = append(e.Mistakes, Mistake{
			File: d.File, Line: int(d.Line), Column: int(d.Column), Summary: d.Summary, Detail: d.Detail,
		})
	}
	return e
}
