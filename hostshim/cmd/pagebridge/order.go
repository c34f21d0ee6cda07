package main

import (
	"cmp"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/mailbridge/spool"
)

// orderCommands are what an administrator may want of a fax that is not done.
func orderCommands() []*cobra.Command {
	return []*cobra.Command{
		orderCommand(spool.OrderRelease, "Let a fax go on that is held", "is released"),
		orderCommand(spool.OrderHold, "Keep a fax from being called until it is released", "is held"),
		orderCommand(spool.OrderCallNow, "Call a fax at once that waits for its next call", "is called now"),
		orderCommand(spool.OrderCancel, "Give a fax up; its sender is told", "is cancelled"),
	}
}

func orderCommand(o spool.Order, short, said string) *cobra.Command {
	var where spoolFlags
	c := &cobra.Command{
		Use:   string(o) + " [-c FILE | --spool FOLDER] ID",
		Short: short,
		Long:  short + ". The host that works on the spool carries it out; the ids stand\nin pagebridge queue.",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			options, err := where.options()
			if err != nil {
				return err
			}
			s, err := spool.Command(c.Context(), options)
			if err != nil {
				return err
			}
			defer s.Close()
			id := strings.ToUpper(args[0])
			if err := s.Send(c.Context(), o, id, who()); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s %s.\n", id, said)
			return nil
		},
	}
	where.define(c)
	return c
}

// who gives the order, for the history.
func who() string {
	if u, err := user.Current(); err == nil {
		return cmp.Or(os.Getenv("SUDO_USER"), u.Username)
	}
	return cmp.Or(os.Getenv("SUDO_USER"), os.Getenv("USER"), "somebody")
}
