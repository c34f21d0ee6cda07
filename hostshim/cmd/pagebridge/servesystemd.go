package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"
)

// notifySystemd tells systemd how the service does, where it is one of
// Type=notify (sd_notify(3)).
func notifySystemd(log *slog.Logger, state string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	if path[0] == '@' { // Linux's abstract sockets
		path = "\x00" + path[1:]
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err == nil {
		_, err = c.Write([]byte(state))
		c.Close()
	}
	if err != nil {
		log.Warn("systemd was not told", "state", state, "err", err)
	}
}

// reloading is what Type=notify-reload wants to hear, with the monotonic time.
func reloading() string { return fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", monotonic()) }
