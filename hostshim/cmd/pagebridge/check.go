package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/plugin/config"
)

func checkCommand() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "check -c FILE",
		Short: "Check a configuration file: every mistake, with its line",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(file)
			var mistakes *config.Error
			if errors.As(err, &mistakes) {
				fmt.Fprintln(os.Stderr, err)
				fmt.Fprintf(os.Stderr, "%s: %d %s\n", file, len(mistakes.Mistakes), plural(len(mistakes.Mistakes), "mistake"))
				return exitCode(1)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: fine: %d %s, %d %s, %d %s\n", file,
				len(cfg.Trunks), plural(len(cfg.Trunks), "trunk"),
				len(cfg.FaxNumbers), plural(len(cfg.FaxNumbers), "fax number"),
				len(cfg.Aliases), plural(len(cfg.Aliases), "alias"))
			return nil
		},
	}
	configFlag(c, &file)
	return c
}

func configFlag(c *cobra.Command, file *string) {
	c.Flags().StringVarP(file, "config", "c", "", "the configuration `file`")
}

// loadConfig reads the configuration that -c names.
func loadConfig(file string) (*config.Config, error) {
	if file == "" {
		return nil, errors.New("which configuration? Give it by -c FILE; examples/pagebridge.hcl has every setting with its meaning")
	}
	return config.Load(file)
}

func plural(n int, noun string) string {
	switch {
	case n == 1:
		return noun
	case noun == "alias":
		return "aliases"
	}
	return noun + "s"
}
