package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pagebridge/pagebridge/hostshim"
	"github.com/pagebridge/pagebridge/hostshim/sipgohost"
	"github.com/pagebridge/pagebridge/plugin/config"
	"github.com/pagebridge/pagebridge/plugin/process"
	"github.com/pagebridge/pagebridge/sip/dns"
	"github.com/pagebridge/pagebridge/sip/trunk"
)

func serveCommand() *cobra.Command {
	var file, plugin string
	var verbose bool
	c := &cobra.Command{
		Use:   "serve -c FILE",
		Short: "Run the host and its fax plugin",
		Long: "Run the host and its fax plugin.\n\nSIGTERM: no more calls are taken, faxes under way may finish, then it ends; a\n" +
			"second SIGTERM ends it at once. SIGHUP: the configuration is read again; calls\nthat are up go on, and a file with mistakes changes nothing.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(file)
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
			hup := make(chan os.Signal, 1)
			signal.Notify(hup, syscall.SIGHUP)
			defer signal.Stop(hup)
			return serve(ctx, hup, cfg, plugin, logger(level))
		},
	}
	configFlag(c, &file)
	c.Flags().StringVar(&plugin, "plugin", "", "load this plugin program instead of the one in this binary")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "log more")
	return c
}

// serve runs the host until ctx ends, then lets the faxes under way finish. A
// second signal ends it at once.
func serve(ctx context.Context, hup <-chan os.Signal, cfg *config.Config, plugin string, log *slog.Logger) error {
	host, shim, err := start(ctx, cfg, plugin, log)
	if err != nil {
		return err
	}
	s := &served{host: host, shim: shim, cfg: cfg, log: log}
	page, err := openMetrics(cfg.Metrics.Listen, host, shim, log)
	if err != nil {
		shim.Close()
		closeHost(host, log)
		return err
	}
	defer page.Close()
	log.Info("serving", "sip", cfg.SIP.Listen)
	notifySystemd(log, "READY=1\nSTATUS=serving")
	for ctx.Err() == nil {
		select {
		case <-hup:
			s.reload(ctx)
		case <-ctx.Done():
		}
	}
	s.stop()
	return nil
}

// served is what serve runs.
type served struct {
	host *sipgohost.Host
	shim *hostshim.Shim
	cfg  *config.Config // in force
	log  *slog.Logger

	restart context.CancelFunc // of the plugin's restart that a reload began; nil: none
}

// stop drains and ends.
func (s *served) stop() {
	atMost := s.cfg.SIP.DrainTime
	s.log.Info("stopping: faxes under way may finish", "at_most", atMost)
	notifySystemd(s.log, "STOPPING=1\nSTATUS=faxes under way may finish")
	again, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	draining, cancel := context.WithTimeout(again, atMost)
	defer cancel()
	var both sync.WaitGroup
	both.Go(func() {
		if err := s.shim.Drain(draining); err != nil {
			s.log.Warn("not all faxes finished", "err", err)
		}
	})
	both.Go(func() {
		if err := s.host.Drain(draining); err != nil {
			s.log.Warn("not all calls ended", "err", err)
		}
	})
	both.Wait()
	s.shim.Close()
	closeHost(s.host, s.log)
}

// reload reads the configuration again, for calls and mail that come from then on.
// A file with mistakes changes nothing.
func (s *served) reload(ctx context.Context) {
	_, file := s.cfg.Source()
	notifySystemd(s.log, reloading())
	defer notifySystemd(s.log, "READY=1\nSTATUS=serving")
	if s.restart != nil {
		s.restart()
		s.restart = nil
	}
	cfg, busy, err := s.change(ctx, file)
	if err != nil {
		s.log.Error("the configuration is not reloaded; the one before goes on", "file", file, "err", err)
		return
	}
	if !slices.Equal(cfg.SIP.Listen, s.cfg.SIP.Listen) || cfg.SIP.TLSCertificate != s.cfg.SIP.TLSCertificate || cfg.Metrics.Listen != s.cfg.Metrics.Listen {
		s.log.Warn("what SIP and the metrics listen on, and the certificate of SIP, change with the next start only", "listen", cfg.SIP.Listen)
	}
	s.cfg = cfg
	s.log.Info("the configuration is reloaded", "file", file, "trunks", len(cfg.Trunks))
	if !busy {
		s.log.Info("the fax plugin has the new configuration")
		return
	}
	ctx, s.restart = context.WithCancel(ctx)
	go restartPlugin(ctx, s.shim, cfg, s.log)
}

// change gives host and plugin the configuration in file, or leaves both as they
// are. busy: the plugin must be started anew for it, and has calls.
func (s *served) change(ctx context.Context, file string) (cfg *config.Config, busy bool, err error) {
	if cfg, err = config.Load(file); err != nil {
		return nil, false, err
	}
	if err := s.host.Reload(trunks(cfg), cfg.SIP.DefaultRoute); err != nil {
		return nil, false, err
	}
	text, name := cfg.Source()
	err = s.shim.Reload(ctx, text, name)
	if err == nil || errors.Is(err, hostshim.ErrBusy) {
		return cfg, err != nil, nil
	}
	if back := s.host.Reload(trunks(s.cfg), s.cfg.SIP.DefaultRoute); back != nil {
		err = errors.Join(err, back) // it was accepted once
	}
	return nil, false, err
}

// idleEvery is how often a plugin with calls is looked at again.
const idleEvery = time.Second

// restartPlugin gives the plugin its configuration when it has no calls.
func restartPlugin(ctx context.Context, shim *hostshim.Shim, cfg *config.Config, log *slog.Logger) {
	log.Info("the fax plugin is started anew for the new configuration when its calls have ended")
	text, name := cfg.Source()
	for {
		select {
		case <-time.After(idleEvery):
		case <-ctx.Done():
			return
		}
		err := shim.Reload(ctx, text, name)
		switch {
		case err == nil:
			log.Info("the fax plugin has the new configuration")
			return
		case ctx.Err() != nil:
			return
		case !errors.Is(err, hostshim.ErrBusy):
			log.Error("the fax plugin keeps its configuration", "err", err)
			return
		}
	}
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
	secure, err := tlsConfig(cfg)
	if err != nil {
		return nil, nil, err
	}
	host, err := sipgohost.New(sipgohost.Options{
		Listen: cfg.SIP.Listen, TLS: secure, Advertise: cfg.SIP.Advertise,
		DNS: dns.Resolver{Server: cfg.SIP.DNS}, Digest: cfg.SIP.Digest, Trunks: trunks(cfg),
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

// faxWays puts the setting fax of a trunk into the words of RFC 6913.
var faxWays = map[string][]string{"t38": {"t38"}, "g711": {"passthrough"}, "t38-then-g711": {"t38", "passthrough"}}

var identities = map[string]trunk.Identity{"preferred": trunk.PreferredIdentity, "asserted": trunk.AssertedIdentity}

func trunks(cfg *config.Config) []trunk.Trunk {
	var out []trunk.Trunk
	for _, t := range cfg.Trunks {
		out = append(out, trunk.Trunk{
			Name: t.Name, Server: t.Server, Backup: t.Backup, InboundFrom: t.InboundFrom,
			InboundUsername: t.InboundUser, InboundPassword: t.InboundPass, InboundDomains: t.InboundDomains, Domain: t.Domain, From: t.From,
			Username: t.Username, Password: t.Password, Register: t.Register, Ping: t.PingEvery, KeepAlive: t.KeepAliveEvery,
			FromUser: t.FromUser, Identity: identities[t.Identity], Withhold: t.Withhold,
			Transfers: t.Refer == "pass",
			Fax:       faxWays[t.Fax],
			MaxCalls:  t.MaxCalls, CallsPerSecond: t.CallsPerSecond,
			DialPlan: trunk.DialPlan{Strip: t.Strip, Prefix: t.Prefix, Allow: t.Allow, Deny: t.Deny, Emergency: t.Emergency},
		})
	}
	return out
}
