package audio

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/internal/socket"
	"github.com/pagebridge/pagebridge/t38/internal/spandsptest"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// TestSpandspOverUDP runs in real time: sockets, clocks and all. With ECM a machine
// that has too much else to do repairs what that costs.
func TestSpandspOverUDP(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes half a minute of real time: set PAGEBRIDGE_INTEROP=1")
	}
	program := spandsptest.Build(t, "testdata/spandsp/peer.c")
	doc := []*t4.Page{testPage(1, 150)}
	for _, sends := range []bool{true, false} {
		for _, law := range []Law{MuLaw, ALaw} {
			t.Run(fmt.Sprintf("peer sends %v/%v", sends, law), func(t *testing.T) {
				t.Parallel()
				o := Options{Law: law, PayloadType: 8 * uint8(law)}
				o.T30.Calling, o.T30.Ladder = !sends, new(t30.Ladder)
				if law == ALaw {
					o.Ptime = 30 * time.Millisecond
				}
				if err := overUDP(t, program, spandsptest.Options{Calls: sends, Sends: sends}, o, doc); err != nil {
					t.Errorf("%v\n%v", err, o.T30.Ladder)
				}
			})
		}
	}
}

func overUDP(t *testing.T, program string, peer spandsptest.Options, o Options, doc []*t4.Page) error {
	ours, at := loopback(t)
	theirs, theirsAt := loopback(t)
	sent := t38.Paper(doc)
	var got t38.Paper
	docs := t38.Documents{Sink: &got}
	if !peer.Sends {
		docs = t38.Documents{Source: &sent}
	}
	ctx, hangUp := context.WithTimeout(t.Context(), 5*time.Minute)
	defer hangUp()
	var out t30.Outcome
	var err error
	done := make(chan struct{})
	remote := theirsAt
	if peer.Calls {
		remote = netip.AddrPort{} // learnt
	}
	go func() {
		defer close(done)
		out, err = Run(ctx, ours, remote, docs, o)
	}()
	p := &spandsp{t: t, law: o.Law, Audio: spandsptest.NewAudio(t, spandsptest.Start(t, program, peer, doc))}
	p.out = newSender(theirs, Leg{Remote: at, Law: o.Law, PayloadType: o.PayloadType})
	p.talk(theirs, done)
	<-done
	p.Finish()
	switch {
	case err != nil || !out.Success || p.Result != 0:
		return fmt.Errorf("we: %s (%v, %v); peer: %d", out.Sentence(), out.Cause, err, p.Result)
	case peer.Sends:
		return compare(doc, got)
	}
	return spandsptest.Compare(doc, p.Pages)
}

// talk lets the peer hear and speak until our side is done. Its clock is ours, the
// packets that come, once they do: it has no jitter buffer of its own.
func (p *spandsp) talk(conn *net.UDPConn, done <-chan struct{}) {
	buffer := make([]byte, socket.MaxDatagram)
	heard := false
	for {
		conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if n, err := conn.Read(buffer); err == nil {
			heard = true
			p.hear(buffer[:n])
		}
		select {
		case <-done:
			return
		default:
		}
		for len(p.block) >= spandspBlock || !heard {
			p.tick(time.Now())
			if !heard {
				break
			}
		}
	}
}
