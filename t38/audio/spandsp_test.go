package audio

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/internal/spandsptest"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// spandsp is a fax machine of libspandsp behind RTP, 20 ms at a time.
type spandsp struct {
	*spandsptest.Audio
	t     testing.TB
	law   Law
	block []int16 // what has come from the other side
	out   *sender
	to    *simnet.Link
	now   time.Time
}

func (p *spandsp) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) {
	p.to.Send(p.now, b)
	return len(b), nil
}

const spandspBlock = spandsptest.Block

// hear takes a packet.
func (p *spandsp) hear(b []byte) {
	var packet rtp.Packet
	if err := packet.Unmarshal(b); err != nil {
		p.t.Fatal(err)
	}
	for _, o := range packet.Payload {
		p.block = append(p.block, p.law.Decode(o))
	}
}

// tick lets 20 ms pass.
func (p *spandsp) tick(now time.Time) {
	p.now = now
	for len(p.block) < spandspBlock {
		p.block = append(p.block, 0)
	}
	if err := p.out.send(p.Exchange(p.block[:spandspBlock])); err != nil {
		p.t.Fatal(err)
	}
	p.block = append(p.block[:0], p.block[spandspBlock:]...)
}

// against faxes with a peer through links, to or from it.
func against(t testing.TB, program string, peer spandsptest.Options, o Options, c simnet.Conditions, doc []*t4.Page) (t30.Outcome, error) {
	t.Helper()
	o.T30.Calling, o.T30.Transmits, o.T30.Receives = !peer.Calls, !peer.Sends, peer.Sends
	o.T30.LocalID, o.T30.Ladder = "111", new(t30.Ladder)
	w := &world{now: time.Unix(1e9, 0), began: time.Unix(1e9, 0)}
	p := &spandsp{t: t, law: o.Law, Audio: spandsptest.NewAudio(t, spandsptest.Start(t, program, peer, doc)), to: simnet.New(c)}
	p.out = newSender(p, Leg{Law: o.Law, PayloadType: o.PayloadType})
	c.Seed++
	e := &end{w: w, out: simnet.New(c)}
	if !peer.Sends {
		e.source = doc
	}
	e.s = newSession(o, w.now, e)
	begin, tick := w.now, w.now
	for !e.s.Done() || !p.Done {
		w.ends = [2]*end{e, {w: w, s: e.s, out: p.to}}
		next := w.next()
		if e.s.Done() || tick.Before(next) {
			next = tick
		}
		if next.After(w.now) {
			w.now = next
		}
		if w.now.Sub(begin) > 20*time.Minute {
			return t30.Outcome{}, fmt.Errorf("the fax does not end\n%v", o.T30.Ladder)
		}
		for b, ok := e.out.Receive(w.now); ok; b, ok = e.out.Receive(w.now) {
			p.hear(b)
		}
		if !tick.After(w.now) {
			p.tick(w.now)
			tick = tick.Add(20 * time.Millisecond)
		}
		e.step(t, p.to)
	}
	p.Finish()
	out := e.s.driver.Engine.Outcome()
	switch {
	case !out.Success || p.Result != 0:
		return out, fmt.Errorf("we: %s (%v); peer: %d\n%s", out.Sentence(), out.Cause, p.Result, o.T30.Ladder)
	case peer.Sends:
		return out, compare(doc, e.tray)
	}
	return out, spandsptest.Compare(doc, p.Pages)
}

func compare(sent, got []*t4.Page) error {
	if len(sent) != len(got) {
		return fmt.Errorf("%d pages were sent, %d arrived", len(sent), len(got))
	}
	for i := range sent {
		a, _, errA := sent[i].Bitmap()
		b, _, errB := got[i].Bitmap()
		if err := errors.Join(errA, errB); err != nil {
			return err
		}
		if string(a) != string(b) || sent[i].Rows != got[i].Rows {
			return fmt.Errorf("page %d differs (%d rows of %d, %d bad)", i, got[i].Rows, sent[i].Rows, got[i].BadRows)
		}
	}
	return nil
}

// Bits of libspandsp's sets of modems and codings.
const (
	spandspV27ter, spandspV29, spandspV17 = 1, 2, 4
	spandspMH, spandspMR, spandspMMR      = 2, 4, 8
)

func TestSpandsp(t *testing.T) {
	program := spandsptest.Build(t, "testdata/spandsp/peer.c")
	doc := []*t4.Page{testPage(1, 60), testPage(2, 40)}
	for _, m := range []struct {
		name   string
		modems int
		rate   int
	}{
		{"V.17", 7, 14400}, {"V.17", 7, 12000}, {"V.17", 5, 9600}, {"V.17", 5, 7200},
		{"V.29", 3, 9600}, {"V.29", 3, 7200}, {"V.27ter", 1, 4800}, {"V.27ter", 1, 2400},
	} {
		for _, c := range []struct {
			codings int
			ecm     bool
			law     Law
		}{
			{spandspMH, false, MuLaw}, {spandspMH | spandspMR, false, ALaw},
			{spandspMH | spandspMR | spandspMMR, true, MuLaw}, {spandspMH, true, ALaw},
		} {
			for _, sends := range []bool{true, false} {
				name := fmt.Sprintf("%s-%d/codings %d/ECM %v/%v/peer sends %v", m.name, m.rate, c.codings, c.ecm, c.law, sends)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					peer := spandsptest.Options{Calls: sends, Sends: sends, NoECM: !c.ecm, Modems: m.modems, Codings: c.codings}
					o := Options{Law: c.law, PayloadType: 8 * uint8(c.law), T30: t30.Config{MaxRate: m.rate}}
					if sends { // libspandsp cannot be told a rate
						o.T30.MaxRate = 0
						o.T30.Modems = t30.ModemSet(m.modems)
					}
					out, err := against(t, program, peer, o, simnet.Conditions{Delay: 20 * time.Millisecond}, doc)
					if err != nil {
						t.Fatal(err)
					}
					if !sends && out.Rate != m.rate {
						t.Errorf("%d bit/s", out.Rate)
					}
				})
			}
		}
	}
}
