package gateway

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/internal/g711"
	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/internal/spandsptest"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

var (
	lossTable = flag.Bool("loss-table", false, "write LOSS.md: faxes through our gateway and that of libspandsp, with loss")
	lossSeeds = flag.Int("loss-seeds", 10, "faxes for each cell of LOSS.md")
)

// crossing is a fax between two machines of libspandsp, one with T.38 and one on
// the line, with a gateway between them.
type crossing struct {
	fromLine  bool // the machine on the line sends; it is also the one that calls
	noECM     bool
	modems    int // T30_SUPPORT_V27TER 1, V29 2, V17 4
	codings   int // MH 2, MR 4, MMR 8
	loss      float64
	seed      uint64
	rate      int             // that the gateway allows at most, bit/s; 0: any
	fallsBack bool            // to that rate, after FTT
	noisy     []time.Duration // when there is noise on the line, for noiseTime
	echo      time.Duration   // of what the gateway says on the line; 0: none
}

func (c crossing) String() string {
	return fmt.Sprintf("from the line %v, ECM %v, modems %d, codings %d, %v %% lost, seed %d, rate %d, echo %v", c.fromLine, !c.noECM, c.modems, c.codings, 100*c.loss, c.seed, c.rate, c.echo)
}

// programs are those of testdata here and beside.
type programs struct{ terminal, line, gateway string }

func build(t testing.TB) (p programs) {
	t.Helper()
	p.terminal = spandsptest.Build(t, "../testdata/spandsp/peer.c")
	p.line = spandsptest.Build(t, "../audio/testdata/spandsp/peer.c")
	p.gateway = spandsptest.Build(t, "testdata/spandsp/gateway.c")
	return p
}

// machines are the two ends.
type machines struct {
	t38  *spandsptest.T38
	line *spandsptest.Audio
	doc  []*t4.Page
}

func (p programs) start(t testing.TB, c crossing, doc []*t4.Page) machines {
	end := func(calls bool) spandsptest.Options {
		return spandsptest.Options{Calls: calls, Sends: calls, NoECM: c.noECM, Modems: c.modems, Codings: c.codings}
	}
	m := machines{doc: doc}
	m.t38 = spandsptest.NewT38(t, spandsptest.Start(t, p.terminal, end(!c.fromLine), doc, "0", "0"))
	m.t38.Sender, m.t38.Repeats = udptl.Sender{Correction: udptl.Redundancy}, true
	m.line = spandsptest.NewAudio(t, spandsptest.Start(t, p.line, end(c.fromLine), doc))
	return m
}

func (m machines) done() bool { return m.t38.Done && m.line.Done }

// finish says how the fax went, nil if every pel arrived and both know it.
func (m machines) finish(c crossing) error {
	m.t38.Finish()
	m.line.Finish()
	got := m.line.Pages
	if c.fromLine {
		got = m.t38.Pages
	}
	if m.t38.Result != 0 || m.line.Result != 0 {
		return fmt.Errorf("T.38: %d; line: %d", m.t38.Result, m.line.Result)
	}
	return spandsptest.Compare(m.doc, got)
}

const (
	tick    = 20 * time.Millisecond
	longest = 15 * time.Minute
)

// network is what is between the gateway and its T.38 peer.
func (c crossing) network() simnet.Conditions {
	return simnet.Conditions{Seed: c.seed, Loss: c.loss, Delay: 20 * time.Millisecond}
}

// ours carries the fax through a Session, with simulated sockets and time.
func (p programs) ours(t *testing.T, c crossing, doc []*t4.Page) (err error) {
	ladder := new(t30.Ladder)
	m := p.start(t, c, doc)
	var carried Result
	t.Run("", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			far, near := simnet.Pipe(c.network())
			phone, line := simnet.Pipe(simnet.Conditions{Delay: 5 * time.Millisecond})
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() {
				var err error
				carried, err = NewSession(LineEnd{Conn: line, Remote: at(phone)},
					T38End{Conn: near, Remote: at(far), T38: t38.Options{ErrorCorrection: udptl.Redundancy}},
					Options{Ladder: ladder, GatewayLimits: c.limits()}, nil).Run(ctx)
				ended <- err
			}()
			stream := rtpEnd{conn: phone, to: at(line), late: int(c.echo / tick), level: echoLevel(c.echo)}
			random := rand.New(rand.NewPCG(c.seed, 3))
			for begun := time.Now(); !m.done() && time.Since(begun) < longest; time.Sleep(tick) {
				for _, b := range waiting(far) {
					m.t38.Hear(time.Now(), b)
				}
				m.t38.Tick(time.Now(), func(b []byte) { far.WriteTo(b, nil) })
				heard := c.noise(time.Since(begun), stream.block(), random)
				said := c.noise(time.Since(begun), m.line.Exchange(heard), random)
				stream.send(stream.echoed(said, heard))
			}
			cancel()
			if e := <-ended; e != nil {
				t.Error(e)
			}
		})
	})
	if err = m.finish(c); err != nil {
		return fmt.Errorf("%v: %w\n%v", c, err, ladder)
	}
	if c.fallsBack && (carried.Failed == 0 || carried.Modulation.Rate() != c.rate) {
		return fmt.Errorf("%v: %d trainings failed, and it went at %d bit/s\n%v", c, carried.Failed, carried.Modulation.Rate(), ladder)
	}
	if rate := carried.Modulation.Rate(); c.rate != 0 && (rate > c.rate || rate < c.rate*2/3) {
		return fmt.Errorf("%v: it went at %d bit/s\n%v", c, rate, ladder)
	}
	return nil
}

func at(c *simnet.Conn) netip.AddrPort { return netip.MustParseAddrPort(c.LocalAddr().String()) }

// waiting are the datagrams that have come.
func waiting(c *simnet.Conn) (all [][]byte) {
	c.SetReadDeadline(time.Now().Add(time.Nanosecond))
	for {
		b := make([]byte, 2048)
		n, _, err := c.ReadFrom(b)
		if err != nil {
			return all
		}
		all = append(all, b[:n])
	}
}

// rtpEnd is the RTP of the machine on the line.
type rtpEnd struct {
	conn  *simnet.Conn
	to    netip.AddrPort
	heard []int16
	seq   uint16
	stamp uint32

	level  float64   // of the echo
	late   int       // blocks after which heard comes back; 0: never
	behind [][]int16 // what has not come back yet
}

const noiseTime = 200 * time.Millisecond

// noise spoils samples that are said at a time at which there is some.
func (c crossing) noise(at time.Duration, samples []int16, random *rand.Rand) []int16 {
	for _, n := range c.noisy {
		if at >= n && at < n+noiseTime {
			samples = slices.Clone(samples)
			for i := range samples {
				samples[i] = int16(random.NormFloat64() * 4000)
			}
		}
	}
	return samples
}

func (c crossing) limits() (l t30.GatewayLimits) {
	if !c.fallsBack {
		l.MaxRate = c.rate
	}
	return l
}

// echoLevel is 12 dB below what was said for the echo of a bad hybrid nearby. One that
// comes while the next signal trains must be weaker, as it is behind the suppressors
// of long lines (G.164), or no modem of V.17 trains: 20 dB.
func echoLevel(late time.Duration) float64 {
	if late > 300*time.Millisecond {
		return 0.1
	}
	return 0.25
}

// echoed is what the machine says with what comes back of what it hears.
func (r *rtpEnd) echoed(said, heard []int16) []int16 {
	if r.late == 0 {
		return said
	}
	r.behind = append(r.behind, slices.Clone(heard))
	if len(r.behind) <= r.late {
		return said
	}
	mixed := slices.Clone(said)
	for i, v := range r.behind[0] {
		mixed[i] = int16(max(math.MinInt16, min(math.MaxInt16, float64(said[i])+r.level*float64(v))))
	}
	r.behind = r.behind[1:]
	return mixed
}

// block is the next 20 ms from the gateway.
func (r *rtpEnd) block() []int16 {
	for _, b := range waiting(r.conn) {
		var p rtp.Packet
		if p.Unmarshal(b) == nil {
			for _, o := range p.Payload {
				r.heard = append(r.heard, g711.MuLaw.Decode(o))
			}
		}
	}
	for len(r.heard) < spandsptest.Block {
		r.heard = append(r.heard, 0)
	}
	block := r.heard[:spandsptest.Block:spandsptest.Block]
	r.heard = r.heard[spandsptest.Block:]
	return block
}

func (r *rtpEnd) send(samples []int16) { r.conn.WriteTo(r.packet(samples), nil) }

// packet puts samples into the next packet.
func (r *rtpEnd) packet(samples []int16) []byte {
	p := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 7, SequenceNumber: r.seq, Timestamp: r.stamp}}
	for _, v := range samples {
		p.Payload = append(p.Payload, g711.MuLaw.Encode(v))
	}
	r.seq, r.stamp = r.seq+1, r.stamp+uint32(len(samples))
	b, err := p.Marshal()
	if err != nil {
		panic(err) // of a header without extensions
	}
	return b
}

// theirs carries the same fax through the gateway of libspandsp.
func (p programs) theirs(t testing.TB, c crossing, doc []*t4.Page) error {
	_, err := p.theirsWatched(t, c, doc, func(time.Duration, Side, []byte) {})
	return err
}

// theirsWatched tells of each datagram that their gateway gets, RTP on the line's side,
// and gives the processor time that it took.
func (p programs) theirsWatched(t testing.TB, c crossing, doc []*t4.Page, tell func(at time.Duration, to Side, b []byte)) (cpu time.Duration, _ error) {
	m := p.start(t, c, doc)
	gw := spandsptest.NewT38(t, spandsptest.Start(t, p.gateway, spandsptest.Options{NoECM: c.noECM, Modems: c.modems}, nil))
	gw.Sender, gw.Repeats = udptl.Sender{Correction: udptl.Redundancy}, true
	conditions := c.network()
	var links [2]*simnet.Link // from the terminal, from the gateway
	for i := range links {
		conditions.Seed = conditions.Seed*2 + uint64(i)
		links[i] = simnet.New(conditions)
	}
	begun := time.Unix(1e9, 0)
	said := make([]int16, spandsptest.Block)
	var line rtpEnd
	for now := begun; !m.done() && now.Sub(begun) < longest; now = now.Add(tick) {
		for i, to := range []*spandsptest.T38{gw, m.t38} {
			for b, ok := links[i].Receive(now); ok; b, ok = links[i].Receive(now) {
				if to == gw {
					tell(now.Sub(begun), OnT38, b)
				}
				to.Hear(now, b)
			}
		}
		m.t38.Tick(now, func(b []byte) { links[0].Send(now, b) })
		tell(now.Sub(begun), OnLine, line.packet(said))
		gw.Write([]byte{'A'})
		gw.Samples(said)
		gw.Flush()
		gw.Said(func(b []byte) { links[1].Send(now, b) }, 'A')
		said = m.line.Exchange(coded(gw.ReadSamples()))
		said = coded(said)
	}
	gw.Write([]byte{'Q'})
	gw.Flush()
	gw.Expect('U')
	cpu = time.Duration(gw.ReadNumber(4)) * time.Microsecond
	return cpu, m.finish(c)
}

// coded is what G.711 leaves of samples.
func coded(samples []int16) []int16 {
	for i, v := range samples {
		samples[i] = g711.MuLaw.Decode(g711.MuLaw.Encode(v))
	}
	return samples
}

// Bits of libspandsp's sets.
const (
	v27ter, v29, v17 = 1, 3, 7
	mh, mr, mmr      = 2, 6, 14
)

// TestBetweenSpandsps sends faxes through our gateway between machines that are
// not ours: every modem, coding and direction, with and without ECM.
func TestBetweenSpandsps(t *testing.T) {
	p := build(t)
	doc := []*t4.Page{patterned(1, 200), patterned(2, 120)}
	for _, modems := range []int{v17, v29, v27ter} {
		for _, codings := range []int{mmr, mr, mh} {
			for _, fromLine := range []bool{false, true} {
				c := crossing{fromLine: fromLine, modems: modems, codings: codings, noECM: codings != mmr && modems != v29}
				t.Run(c.String(), func(t *testing.T) {
					if err := p.ours(t, c, doc); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

// TestTrainingThatFails: noise spoils TCF, once or twice. The machine that receives says
// FTT, the other one trains at a lower rate, and the gateway goes along.
func TestTrainingThatFails(t *testing.T) {
	p := build(t)
	doc := []*t4.Page{patterned(1, 150), patterned(2, 60)}
	at := func(seconds ...float64) (list []time.Duration) {
		for _, s := range seconds {
			list = append(list, time.Duration(s*float64(time.Second)))
		}
		return list
	}
	for _, c := range []crossing{
		{modems: v17, noisy: at(9.6, 9.8, 10), rate: 12000},
		{modems: v17, noisy: at(9.6, 9.8, 10), rate: 12000, noECM: true},
		{modems: v29, noisy: at(8.6), rate: 7200},
		{modems: v17, noisy: at(9.6), rate: 12000, fromLine: true},
		{modems: v17, noisy: at(9.6), rate: 12000, fromLine: true, noECM: true},
		{modems: v29, noisy: at(9.2), rate: 7200, fromLine: true},
	} {
		c.codings, c.fallsBack = mmr, true
		t.Run(c.String(), func(t *testing.T) {
			if err := p.ours(t, c, doc); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestEachRate: the gateway lets the machines agree on each rate that DIS can ask for,
// and on none above its limit.
func TestEachRate(t *testing.T) {
	p := build(t)
	doc := []*t4.Page{patterned(1, 150), patterned(2, 60)}
	for _, m := range []struct {
		modems int
		rates  []int
	}{{v17, []int{14400, 12000, 9600, 7200, 4800, 2400}}, {v29, []int{9600, 7200}}, {v27ter, []int{4800, 2400}}} {
		for i, rate := range m.rates {
			for _, fromLine := range []bool{false, true} {
				c := crossing{fromLine: fromLine, modems: m.modems, codings: mmr, noECM: fromLine == (i%2 == 0), rate: rate}
				t.Run(c.String(), func(t *testing.T) {
					if err := p.ours(t, c, doc); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

// TestEchoOfTheGateway: what the gateway says on the line comes back, soon as from a
// hybrid nearby or late as over a satellite, and is not taken for the machine.
func TestEchoOfTheGateway(t *testing.T) {
	p := build(t)
	doc := []*t4.Page{patterned(1, 200), patterned(2, 120)}
	for _, echo := range []time.Duration{40 * time.Millisecond, 160 * time.Millisecond, 500 * time.Millisecond} {
		for _, fromLine := range []bool{false, true} {
			for _, noECM := range []bool{false, true} {
				if noECM && echo > 300*time.Millisecond {
					continue // the echo of CFR lies over the first rows, and nothing mends them
				}
				c := crossing{fromLine: fromLine, modems: v17, codings: mmr, noECM: noECM, echo: echo}
				t.Run(c.String(), func(t *testing.T) {
					if err := p.ours(t, c, doc); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

// patterned is a page whose rows differ.
func patterned(seed byte, rows int) *t4.Page {
	const stride = 1728 / 8
	bits := make([]byte, rows*stride)
	for y := range rows {
		for x := range stride / 3 {
			bits[y*stride+2+x] = byte(x*7+y*3)*seed&0x3C | byte(y)>>2&0x41
		}
	}
	return t4.FromBitmap(bits, 1728, stride, rows, t4.MMR, t4.R8x7_7)
}

const lossPreface = `# Faxes through a gateway, with loss on the T.38 side

Of each hundred two-page faxes between two machines of libspandsp, one with T.38
and one on a telephone line, so many arrived with every pel right and both ends
knowing it: through this project's gateway / through that of libspandsp, %d faxes
in each cell. UDPTL is this project's on both sides, with redundancy 3; the
machines and the document are the same.

`

// TestLossTable makes LOSS.md. Ours must be no worse in any cell.
func TestLossTable(t *testing.T) {
	if !*lossTable {
		t.Skip("-loss-table makes LOSS.md, in minutes")
	}
	p := build(t)
	doc := []*t4.Page{patterned(1, 200), patterned(2, 120)}
	losses := []float64{0, 0.02, 0.05, 0.1}
	var s strings.Builder
	fmt.Fprintf(&s, lossPreface, *lossSeeds)
	s.WriteString("| direction, modem | 0 % | 2 % | 5 % | 10 % |\n|---|---|---|---|---|\n")
	for _, fromLine := range []bool{false, true} {
		for _, m := range []struct {
			name  string
			set   int
			noECM bool
		}{{"V.17", v17, false}, {"V.29", v29, false}, {"V.27 ter", v27ter, false}, {"V.17 without ECM", v17, true}, {"V.29 without ECM", v29, true}} {
			direction := "to the line"
			if fromLine {
				direction = "from the line"
			}
			fmt.Fprintf(&s, "| %s, %s |", direction, m.name)
			for _, loss := range losses {
				var ours, theirs int
				for seed := range uint64(*lossSeeds) {
					c := crossing{fromLine: fromLine, modems: m.set, codings: mmr, noECM: m.noECM, loss: loss, seed: seed}
					if err := p.ours(t, c, doc); err == nil {
						ours++
					} else {
						t.Log(err)
					}
					t.Run("", func(t *testing.T) {
						if p.theirs(t, c, doc) == nil {
							theirs++
						}
					})
				}
				fmt.Fprintf(&s, " %d / %d |", ours*100 / *lossSeeds, theirs*100 / *lossSeeds)
				if ours < theirs {
					t.Errorf("%s, %s, %v lost: ours %d, libspandsp's %d", direction, m.name, loss, ours, theirs)
				}
			}
			s.WriteString("\n")
		}
	}
	fmt.Fprintf(&s, "\nMade by `go test ./t38/gateway -run TestLossTable -loss-table -loss-seeds %d -timeout 2h`.\n", *lossSeeds)
	if err := os.WriteFile("LOSS.md", []byte(s.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
