package sipptest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// TestFlood: strangers send INVITEs as fast as they can, over UDP and with 100 kB of
// headers over TCP, and a neighbour sends such INVITEs too. Not one of the calls that
// are made meanwhile may fail, no stranger is served, and nothing of it is left.
func TestFlood(t *testing.T) {
	testpeer.Command(t, "sipp", "Debian package sip-tester")
	t.Parallel()
	c := newCrowd(t)
	if conn, err := net.ListenPacket("udp", "127.0.0.2:0"); err != nil {
		t.Skip("127.0.0.2 is no address of this machine: ", err)
	} else {
		conn.Close()
	}
	before := c.calm()
	const d = 8 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var all sync.WaitGroup
	var sent, large, served atomic.Int64
	for n := range 8 {
		all.Go(func() { c.pour(ctx, fmt.Sprintf("127.0.0.%d", 2+n), &sent, &served) })
	}
	for _, from := range []string{"127.0.0.1", "127.0.0.2"} {
		all.Go(func() { c.stuff(ctx, from, &large) })
	}
	c.run(load{voice: 10, hold: time.Second, faxesIn: 1, mailEach: 4 * time.Second}, d)
	all.Wait()
	page := hosttest.Metrics(t, c.metrics)
	t.Logf("%d INVITEs of strangers by UDP and %d of 100 kB by TCP, %v of them refused with a word; %d voice calls and %d faxes went well", sent.Load(), large.Load(),
		page[`pagebridge_host_refused_total{why="unknown address"}`], c.voiceCalls.Load(), c.received.Load()+c.sent.Load())
	if served.Load() > 0 {
		t.Errorf("%d strangers were served", served.Load())
	}
	if page[`pagebridge_host_refused_total{why="unknown address"}`] == 0 {
		t.Error("no stranger was refused: the flood did not come")
	}
	if lines := strings.Count(c.host.Log(), "a stranger is refused"); lines > 2*int(d.Seconds()) {
		t.Errorf("the log has %d lines about strangers", lines)
	}
	c.settle(before)
	if now := c.look(); now.host.RSS > before.host.RSS+200<<20 {
		t.Errorf("the host's memory grew from %d to %d MB", before.host.RSS>>20, now.host.RSS>>20)
	}
}

// pour sends INVITEs from an address that is no trunk's.
func (c *crowd) pour(ctx context.Context, from string, sent, served *atomic.Int64) {
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(from)}, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: c.host.sip})
	if err != nil {
		c.t.Error(err)
		return
	}
	defer conn.Close()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	answer := make([]byte, 2048)
	batch := 1 // enough where other tests run beside this one
	if *loadTime > time.Minute {
		batch = 5
	}
	for ctx.Err() == nil {
		for range batch {
			if _, err := conn.Write([]byte(message("INVITE", "udp") + "CSeq: 1 INVITE\r\n" + end)); err == nil {
				sent.Add(1)
			}
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
		if n, err := conn.Read(answer); err == nil && strings.HasPrefix(string(answer[:n]), "SIP/2.0 2") {
			served.Add(1)
		}
		<-tick.C
	}
}

// stuff sends INVITEs with 100 kB of headers, one connection each.
func (c *crowd) stuff(ctx context.Context, from string, sent *atomic.Int64) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	filler := strings.Repeat("X-Filler: "+strings.Repeat("x", 990)+"\r\n", 100)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		conn, err := dialer.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", c.host.sip))
		if err == nil {
			_ = conn.SetDeadline(time.Now().Add(time.Second))
			if _, err := conn.Write([]byte(message("INVITE", "tcp") + "CSeq: 1 INVITE\r\n" + filler + end)); err == nil {
				sent.Add(1)
			}
			conn.Close()
		}
		<-tick.C
	}
}
