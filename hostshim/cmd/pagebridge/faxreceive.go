package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/internal/machine"
	"github.com/pagebridge/pagebridge/t38/t4"
)

func faxReceiveCommand() *cobra.Command {
	var f sipFlags
	var dir string
	c := &cobra.Command{
		Use:   "receive --listen udp:ADDRESS:PORT --dir DIR",
		Short: "Answer one call and keep its pages as a TIFF",
		Args:  noArguments,
		RunE:  orMistake(func(c *cobra.Command, _ []string) error { return f.receive(c, dir) }),
	}
	c.Flags().StringVar(&dir, "dir", ".", "the `folder` for the TIFF")
	f.define(c, "udp:127.0.0.1:5060")
	return c
}

var noArguments = orMistake(func(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return mistakef("%q: only flags are expected", args[0])
	}
	return nil
})

func (f *sipFlags) receive(c *cobra.Command, dir string) error {
	ctx, cancel := f.context(c.Context())
	defer cancel()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fileMistake(dir, err)
	}
	if err := writable(dir); err != nil {
		return err
	}
	file := filepath.Join(dir, time.Now().Format("fax-20060102-150405.000")+".tif")
	m, err := f.start("", func(pages []*t4.Page) error { return writePages(file, pages) })
	if err != nil {
		return err
	}
	defer m.Close()
	fmt.Fprintf(c.ErrOrStderr(), "waiting for a fax at sip:%s\n", m.Addr())
	fax, err := m.Receive(ctx)
	if err != nil {
		fax, err = interrupted(m)
	}
	if err != nil {
		return f.report(ctx, c, result{Sentence: "Nobody called.", waited: true}, "")
	}
	r := resultOf(fax.Outcome)
	if len(fax.Pages) > 0 {
		r.File = file
	}
	return f.report(ctx, c, r, fax.Outcome.Ladder)
}

// interrupted ends a fax that is under way, which then says how far it came.
func interrupted(m *machine.Machine) (machine.Fax, error) {
	m.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return m.Receive(ctx)
}
