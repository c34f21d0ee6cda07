package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/hostshim"
	"github.com/pagebridge/pagebridge/hostshim/sipgohost"
	"github.com/pagebridge/pagebridge/plugin/config"
	"github.com/pagebridge/pagebridge/plugin/process"
	"github.com/pagebridge/pagebridge/sip/trunk"
)

// drainTime is how long faxes under way may take to finish after SIGTERM.
const drainTime = 10 * time.Minute

func serveCommand() *cobra.Command {
	var file, plugin string
	var verbose bool
	c := &cobra.Command{
		Use:   "serve -c FILE",
		Short: "Run the host and its fax plugin",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := config.Load(file)
			if err != nil {
				return err
			}
			level := slog.LevelInfo
			if verbose {
				level = slog.LevelDebug
				os.Setenv(process.LogLevelVariable, "debug")
			}
			ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return serve(ctx, cfg, plugin, logger(level))
		},
	}
	configFlag(c, &file)
	c.Flags().StringVar(&plugin, "plugin", "", "load this plugin program instead of the one in this binary")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "log more")
	return c
}

// serve runs the host until ctx ends, then lets the faxes under way finish. A
// second signal ends it at once.
func serve(ctx context.Context, cfg *config.Config, plugin string, log *slog.Logger) error {
	host, shim, err := start(ctx, cfg, plugin, log)
	if err != nil {
		return err
	}
	log.Info("serving", "sip", cfg.SIP.Listen)
	<-ctx.Done()
	log.Info("stopping: faxes under way may finish", "at_most", drainTime)
	again, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	draining, cancel := context.WithTimeout(again, drainTime)
	defer cancel()
	if err := shim.Drain(draining); err != nil {
		log.Warn("not all faxes finished", "err", err)
	}
	shim.Close()
	closeHost(host, log)
	return nil
}

// closeTime is how long peers may take to agree that their calls have ended.
const closeTime = 5 * time.Second

func closeHost(host *sipgohost.Host, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := host.Shutdown(ctx); err != nil {
		log.Warn("closing SIP", "err", err)
	}
}

// start binds SIP before it loads the plugin, so that a port in use is known
// before a spool is opened, and takes calls when the plugin is there.
func start(ctx context.Context, cfg *config.Config, plugin string, log *slog.Logger) (*sipgohost.Host, *hostshim.Shim, error) {
	command, err := pluginProgram(plugin)
	if err != nil {
		return nil, nil, err
	}
	host, err := sipgohost.New(sipgohost.Options{
		Listen: cfg.SIP.Listen, Advertise: cfg.SIP.Advertise, Trunks: trunks(cfg),
		DefaultRoute: cfg.SIP.DefaultRoute, Logger: log,
	})
	if err != nil {
		return nil, nil, err
	}
	text, name := cfg.Source()
	shim, err := hostshim.Launch(ctx, hostshim.Options{Command: command, Config: text, Filename: name, Logger: log}, host)
	if err != nil {
		closeHost(host, log)
		return nil, nil, err
	}
	host.Start(shim)
	return host, shim, nil
}

func trunks(cfg *config.Config) []trunk.Trunk {
	var out []trunk.Trunk
	for _, t := range cfg.Trunks {
		out = append(out, trunk.Trunk{
			Name: t.Name, Server: t.Server, InboundFrom: t.InboundFrom, Domain: t.Domain, From: t.From,
			Username: t.Username, Password: t.Password, Register: t.Register, Ping: t.PingEvery,
			MaxCalls: t.MaxCalls,
		})
	}
	return out
}
