// Command pagebridge is the ready-made host: a SIP B2BUA that can fax, with the
// fax plugin in the same program. It starts itself again as the plugin's
// process, so that the boundary between the two is the same as for any other
// host.
package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/internal/version"
	"github.com/pagebridge/pagebridge/mailbridge/render"
	"github.com/pagebridge/pagebridge/plugin/process"
)

func main() {
	render.RunChild() // does not return in the child that renders documents
	if err := root().Execute(); err != nil {
		var exit exitCode
		if errors.As(err, &exit) {
			os.Exit(int(exit)) // it has said what it had to say
		}
		fmt.Fprintln(os.Stderr, "pagebridge:", err)
		os.Exit(1)
	}
}

// exitCode ends the program without a further word.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func root() *cobra.Command {
	c := &cobra.Command{
		Use:           "pagebridge",
		Short:         "Fax over IP: fax to mail and mail to fax for any SIP server",
		Version:       version.String(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w; %s --help lists what there is", err, c.CommandPath())
	})
	c.AddCommand(serveCommand(), checkCommand(), queueCommand(), historyCommand(), demoCommand(), faxCommand(), pluginCommand())
	c.AddCommand(orderCommands()...)
	return c
}

// pluginCommand is the program as the plugin's process.
func pluginCommand() *cobra.Command {
	return &cobra.Command{
		Use:    pluginWord,
		Short:  "Serve the fax plugin's contract; a host starts this",
		Hidden: true,
		Args:   cobra.NoArgs,
		Run:    func(*cobra.Command, []string) { process.Serve(version.String()) },
	}
}

// pluginWord is the argument that makes this program the plugin's process.
const pluginWord = "plugin"

// pluginProgram is the command line of the plugin: path, or this very program.
func pluginProgram(path string) ([]string, error) {
	if path != "" {
		return []string{path}, nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program, to start it as the plugin: %w", err)
	}
	return []string{self, pluginWord}, nil
}

// logger writes lines for people to standard error.
func logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}
