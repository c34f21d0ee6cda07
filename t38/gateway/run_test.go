package gateway

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

func listen(t testing.TB) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, c.LocalAddr().(*net.UDPAddr).AddrPort()
}

// A fax between a terminal with T.38 and one on the telephone line, over real
// sockets and in real time, each way, all at once.
func TestRun(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes 35 s of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	t.Parallel()
	var all sync.WaitGroup
	defer all.Wait()
	for _, c := range []struct {
		name   string
		toLine bool
		cfg    t30.Config
	}{
		{"T.38 to the line", true, t30.Config{}},
		{"the line to T.38", false, t30.Config{}},
		{"T.38 to the line, 9600 without ECM", true, t30.Config{MaxRate: 9600, DisableECM: true}},
		{"the line to T.38, 9600 without ECM", false, t30.Config{MaxRate: 9600, DisableECM: true}},
	} {
		doc := t38.Paper{page(1, 150), page(2, 50)}
		rtp, rtpAt := listen(t)
		fax, faxAt := listen(t)
		gwRTP, gwRTPAt := listen(t)
		gwFax, gwFaxAt := listen(t)
		all.Go(func() {
			var ladder t30.Ladder
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			session := NewSession(LineEnd{Conn: gwRTP, Remote: rtpAt}, T38End{Conn: gwFax, Remote: faxAt, T38: t38.Options{ErrorCorrection: udptl.Redundancy}},
				Options{Ladder: &ladder}, nil)
			var carried Result
			go func() {
				var err error
				carried, err = session.Run(ctx)
				ended <- err
			}()
			var got t38.Paper
			var outs [2]t30.Outcome // of the T.38 terminal, of the line's
			var both sync.WaitGroup
			docs := [2]t38.Documents{{Source: &doc}, {Sink: &got}}
			if !c.toLine {
				docs[0], docs[1] = docs[1], docs[0]
			}
			for i := range outs {
				cfg := c.cfg
				cfg.Calling = docs[i].Source != nil
				both.Go(func() {
					if i == 0 {
						outs[i], _ = t38.Run(ctx, fax, gwFaxAt, docs[i], t38.Options{ErrorCorrection: udptl.Redundancy, T30: cfg})
					} else {
						outs[i], _ = audio.Run(ctx, rtp, gwRTPAt, docs[i], audio.Options{T30: cfg})
					}
				})
			}
			both.Wait()
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			want := Fax{Modulation: carried.Modulation, ECM: !c.cfg.DisableECM, Trained: 1, Pages: len(doc), Left: true, By: OnT38}
			if !c.toLine {
				want.By = OnLine
			}
			if carried.Fax != want || carried.Modulation.Rate() != max(c.cfg.MaxRate, 9600) && carried.Modulation.Rate() != 14400 {
				t.Errorf("%s: the gateway says %+v, want %+v", c.name, carried.Fax, want)
			}
			if carried.Line.Packets < 500 || carried.T38.Datagrams < 30 || carried.T38.Sent < 30 || carried.NextNumber == 0 || !session.Confirmed() {
				t.Errorf("%s: the gateway counted %+v", c.name, carried)
			}
			for i, o := range outs {
				if !o.Success || o.ECM == c.cfg.DisableECM {
					t.Errorf("%s, terminal %d: %v (%s), ECM %v\n%v", c.name, i, o.Cause, o.Sentence(), o.ECM, &ladder)
				}
			}
			if len(got) != len(doc) {
				t.Errorf("%s: %d pages arrived", c.name, len(got))
				return
			}
			for i := range doc {
				samePage(t, doc[i], got[i])
			}
		})
	}
}

// What was said last still leaves when the call ends, and no longer than that is
// waited.
func TestRunEnds(t *testing.T) {
	conn, _ := listen(t)
	other, _ := listen(t)
	nowhere, at := listen(t)
	_ = nowhere
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	begun := time.Now()
	session := NewSession(LineEnd{Conn: conn, Remote: at}, T38End{Conn: other, Remote: at}, Options{}, nil)
	if r, err := session.Run(ctx); err != nil || r.Confirmed() || session.Confirmed() {
		t.Errorf("%+v, %v", r, err)
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("took %v", took)
	}
}
