// Command host-diago is a SIP server built on diago, a SIP library that knows
// nothing of T.38, taught to fax by the pagebridge plugin:
//
//	go build -o pagebridge-plugin ../../plugin/cmd/pagebridge-plugin
//	go run . -plugin ./pagebridge-plugin -c pagebridge.hcl -listen 127.0.0.1:5060
//
// host.go is all that the server's author had to write.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/emiago/diago"
	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/hostshim"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:5060", "where SIP is listened for, over UDP")
	trunk := flag.String("trunk", "127.0.0.1:5070", "where calls are sent")
	plugin := flag.String("plugin", "pagebridge-plugin", "the plugin program")
	config := flag.String("c", "pagebridge.hcl", "the plugin's configuration")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *listen, *trunk, *plugin, *config, func() {}); err != nil {
		slog.Error(err.Error())
		os.Exit(1)
	}
}

// run serves until ctx ends; ready is called when calls are taken.
func run(ctx context.Context, listen, trunk, plugin, config string, ready func()) error {
	addr, port, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("-listen %s: %w", listen, err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("-listen %s: %w", listen, err)
	}
	text, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	ua, err := sipgo.NewUA(sipgo.WithUserAgent("host-diago"))
	if err != nil {
		return err
	}
	defer ua.Close()

	h := newHost(sip.Uri{Scheme: "sip", Host: addr, Port: number}, trunk)
	h.server = diago.NewDiago(ua,
		diago.WithTransport(diago.Transport{Transport: "udp", BindHost: addr, BindPort: number}),
		diago.WithServerRequestMiddleware(h.middleware))
	shim, err := hostshim.Launch(ctx, hostshim.Options{Command: []string{plugin}, Config: text, Filename: config}, h)
	if err != nil {
		return err
	}
	defer shim.Close()
	h.events = shim
	if err := h.server.ServeBackground(ctx, h.serve); err != nil {
		return err
	}
	ready()
	<-ctx.Done()
	return shim.Drain(context.Background())
}
