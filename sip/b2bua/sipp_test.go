package b2bua_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/sip/b2bua"
	"github.com/pagebridge/pagebridge/sip/dialog"
	. "github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

// at routes all calls to an address.
type at struct{ uri sip.Uri }

func (r at) Route(invite *dialog.Request) (dialog.Call, *b2bua.Refusal) {
	return dialog.Call{To: r.uri, From: invite.From}, nil
}

// freePort gives a UDP port for a program that cannot choose one itself.
func freePort(t *testing.T) int {
	s := New(t, "port")
	defer s.Stack.Close()
	return int(s.Stack.Addr("udp").Port())
}

// TestSipp sends a hundred calls of sipp's own caller through the B2BUA to
// sipp's own called party.
func TestSipp(t *testing.T) {
	sipp := testpeer.Command(t, "sipp", "Debian package sip-tester")
	before := runtime.NumGoroutine()
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			uri := sip.Uri{Scheme: "sip", User: "service", Host: "127.0.0.1", Port: freePort(t)}
			mode, addr := "u1", fmt.Sprintf("127.0.0.1:%d", uri.Port)
			if transport == "tcp" {
				mode = "t1"
				uri.UriParams.Add("transport", "tcp")
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			uas := exec.CommandContext(ctx, sipp, "-sn", "uas", "-i", "127.0.0.1", "-p", fmt.Sprint(uri.Port), "-t", mode, "-nostdin")
			uas.Dir = t.TempDir()
			if err := uas.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { cancel(); _ = uas.Wait() }()

			m := New(t, "b2bua", func(o *dialog.Options) {
				o.Incoming = func(l *dialog.Leg, invite *dialog.Request) dialog.Events {
					go b2bua.Bridge(l, invite, at{uri}, Logger(t), nil)
					return nobody{}
				}
			})
			Until(t, "sipp has its port", func() bool {
				var c io.Closer
				var err error
				if transport == "udp" {
					c, err = net.ListenPacket("udp", addr)
				} else {
					c, err = net.Listen("tcp", addr)
				}
				if err == nil {
					_ = c.Close()
				}
				return err != nil
			})
			uac := exec.CommandContext(ctx, sipp, "-sn", "uac", "-i", "127.0.0.1", "-t", mode, "-nostdin",
				"-m", "100", "-r", "100", "-l", "50", "-d", "20", "-p", fmt.Sprint(freePort(t)), "-s", "100",
				m.Stack.Addr(transport).String())
			uac.Dir = t.TempDir()
			out, err := uac.CombinedOutput()
			if err != nil {
				t.Fatalf("sipp: %v\n%s", err, tail(string(out), 40))
			}
			m.Gone("after a hundred calls")
		})
	}
	Goroutines(t, before)
}

func tail(s string, lines int) string {
	all := strings.Split(s, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
