package render

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// childVariable is the environment variable that tells a process that it is the
// child of a Sandbox.
const childVariable = "PAGEBRIDGE_RENDER_CHILD"

// request is what a child gets on its standard input.
type request struct {
	Options Options
	Time    time.Duration
	Memory  int64
	Parts   []mailbridge.Part
	Folder  string // for files; the parent takes it away
}

// reply is one message on a child's standard output: one of its fields is set. The
// last one has Done or Status.
type reply struct {
	Part    string // whose turn it is, as sentences name it
	Page    *t4.Page
	Front   bool // Page goes before the others
	Warning string
	Done    bool
	Status  mailbridge.Status // of a *mailbridge.PermanentError
	Problem string
}

// RunChild is the first thing that main calls in the program of a Sandbox: in the
// child process it renders and ends the process; elsewhere it returns at once.
func RunChild() {
	if os.Getenv(childVariable) == "" {
		return
	}
	if err := runChild(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runChild() error {
	var r request
	if err := gob.NewDecoder(bufio.NewReader(os.Stdin)).Decode(&r); err != nil {
		return fmt.Errorf("reading what to render: %w", err)
	}
	if err := limitSelf(r.Memory, r.Time); err != nil {
		return fmt.Errorf("limiting the renderer: %w", err)
	}
	debug.SetMemoryLimit(r.Memory / 4 * 3) // collect before the system's limit ends us
	out := bufio.NewWriter(os.Stdout)
	e := gob.NewEncoder(out)
	send := func(r reply) error {
		if err := e.Encode(r); err != nil {
			return err
		}
		return out.Flush()
	}
	s := &sheets{
		ctx: context.Background(), o: r.Options, folder: r.Folder,
		begin: func(part string) error { return send(reply{Part: part}) },
		take:  func(p *t4.Page) error { return send(reply{Page: p}) },
		front: func(p *t4.Page) error { return send(reply{Page: p, Front: true}) },
		warn:  func(w string) error { return send(reply{Warning: w}) },
	}
	err := s.parts(r.Parts)
	var permanent *mailbridge.PermanentError
	switch {
	case errors.As(err, &permanent):
		return send(reply{Status: permanent.Status, Problem: permanent.Error()})
	case err != nil:
		return err
	}
	return send(reply{Done: true})
}
