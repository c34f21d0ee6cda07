package sipptest

import (
	"context"
	"flag"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/machine"
	"github.com/pagebridge/pagebridge/internal/mailcatcher"
	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/t38/t4"
)

var loadTime = flag.Duration("load", 8*time.Second, "how long TestLoad keeps calls coming; 10m is what the README speaks of")

var loadCeiling = flag.Bool("load-ceiling", false, "run TestLoadCeiling, which wants the machine for itself")

// load is what TestLoad does at a time.
type load struct {
	voice    int           // calls per second, half of them through the plugin
	hold     time.Duration // of a voice call
	faxesIn  int           // at a time
	mailEach time.Duration // a mail to be faxed
}

// TestLoad keeps voice calls (sipp to sipp), faxes that come in and mails to be
// faxed going through one host. No call may fail, and when all is over nothing
// of it may be left.
func TestLoad(t *testing.T) {
	testpeer.Command(t, "sipp", "Debian package sip-tester")
	t.Parallel()
	l := load{voice: 10, hold: 3 * time.Second, faxesIn: 4, mailEach: 3 * time.Second}
	if *loadTime > time.Minute {
		l.voice, l.faxesIn = 20, 8
	}
	c := newCrowd(t)
	before := c.calm()
	t.Logf("before: %v", before)
	var watched <-chan []look
	if *loadTime > time.Minute {
		watched = c.watch(*loadTime)
	}
	c.run(l, *loadTime)
	if watched != nil {
		steady(t, watched)
	}
	c.settle(before)
	t.Logf("after: %v", c.look())
	t.Logf("in %v: %d voice calls, %d faxes came in and %d were sent, none failed; processor time %.1f s in the host, %.1f s in the plugin",
		*loadTime, c.voiceCalls.Load(), c.received.Load(), c.sent.Load(),
		(c.look().host.CPU - before.host.CPU).Seconds(), (c.look().plugin.CPU - before.plugin.CPU).Seconds())
}

// TestLoadCeiling finds how many voice calls per second the machine holds, host
// and plugin and both sipps on it: the rate is doubled until a call fails or one
// message in fifty has to be repeated.
func TestLoadCeiling(t *testing.T) {
	if !*loadCeiling {
		t.Skip("-load-ceiling finds the calls per second that this machine holds; it wants the machine for itself")
	}
	for name, number := range map[string]string{"bridged by the host": bridgedNumber, "relayed by the plugin": relayedNumber} {
		t.Run(name, func(t *testing.T) {
			for rate := 50; rate <= 1600; rate += rate / 2 {
				if c := newCrowd(t); !c.holds(number, rate) {
					return
				}
			}
		})
	}
}

// holds says whether the machine holds so many calls per second, each a second
// long.
func (c *crowd) holds(number string, rate int) bool {
	const d = 10 * time.Second
	count := rate * int(d/time.Second)
	before := c.look()
	var all sync.WaitGroup
	var phones, callers sippStats
	var err error
	all.Go(func() { phones, _ = c.sippStats("phones", phone(), c.phones, 0, count, load{}, d) })
	begun := time.Now()
	all.Go(func() {
		callers, err = c.sippStats("callers", voiceCall(number, time.Second), hosttest.FreePort(c.t), c.host.sip, count, load{voice: 2 * rate}, d)
	})
	all.Wait()
	took := time.Since(begun)
	after := c.look()
	c.t.Logf("%4d calls per second: %d went well, %d failed, %d+%d messages repeated, in %.1f s; %.2f ms of processor time a call in the host, %.2f in the plugin; %v; %v", rate,
		callers.successful, callers.failed, callers.repeated, phones.repeated, took.Seconds(),
		float64((after.host.CPU-before.host.CPU).Milliseconds())/float64(count), float64((after.plugin.CPU-before.plugin.CPU).Milliseconds())/float64(count), after, err)
	return err == nil && callers.failed == 0 && callers.repeated+phones.repeated < count/50 && took < d+5*time.Second
}

// crowd is a host and all who call it.
type crowd struct {
	t       *testing.T
	host    *host
	metrics string
	phones  int              // sipp's port, where voice calls go to
	far     *machine.Machine // faxes to us, and is faxed to
	mailbox *mailcatcher.Catcher

	voiceCalls, received, sent atomic.Int64
}

// A number of voice calls that the host bridges, one that the plugin relays, and
// that of the machine.
const bridgedNumber, relayedNumber, machineNumber = "+15558880000", "+15557770000", "+15556660000"

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{t: t, metrics: fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t)), phones: hosttest.FreePort(t)}
	var err error
	if c.mailbox, err = mailcatcher.Start("127.0.0.1:0", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.mailbox.Close)
	c.far, err = machine.Start(machine.Options{
		Listen: []string{"udp:127.0.0.1:0"}, Media: netip.MustParseAddr("127.0.0.1"), MediaPorts: [2]uint16{30500, 32000}, Receives: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.far.Close)
	c.host = &host{t: t, Host: hosttest.New(t)}
	c.host.Impatience = 2 * time.Second
	c.host.sip, c.host.smtp = hosttest.FreePort(t), fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t))
	c.host.Configure(fmt.Sprintf(`sip {
  listen = ["udp:127.0.0.1:%d", "tcp:127.0.0.1:%d"]
  default_route = "phones"
}
media {
  address = "127.0.0.1"
  ports = "40000-42999"
}
metrics { listen = %q }
trunk "callers" {
  server = "127.0.0.1:9"
  options_ping = "0s"
}
trunk "phones" {
  server = "127.0.0.1:%d"
  options_ping = "0s"
}
trunk "machines" {
  server = %q
  options_ping = "0s"
}
route %q { trunk = "phones" }
fax_number %q { mailboxes = ["office@example.com"] }
alias "machine" {
  number = %q
  trunk = "machines"
}
mail {
  listen = %q
  domains = ["fax.example.com"]
  allow_clients = ["127.0.0.1"]
  preview = false
  relay { server = %q }
}
spool {
  path = %q
  calls = 64
}
`, c.host.sip, c.host.sip, c.metrics, c.phones, c.far.Addr(), relayedNumber, fax, machineNumber, c.host.smtp, c.mailbox.Addr(), filepath.Join(t.TempDir(), "spool")))
	c.host.Start()
	t.Cleanup(c.host.Stop)
	return c
}

// run keeps everything going for a while, and returns when it has ended.
func (c *crowd) run(l load, d time.Duration) {
	ctx, cancel := context.WithTimeout(c.t.Context(), d)
	defer cancel()
	var all sync.WaitGroup
	each := int(d.Seconds()) * l.voice / 2
	all.Go(func() { c.sipp("phones", phone(), c.phones, 0, 2*each, load{}, d) })
	for name, number := range map[string]string{"bridged": bridgedNumber, "relayed": relayedNumber} {
		all.Go(func() { c.sipp(name, voiceCall(number, l.hold), hosttest.FreePort(c.t), c.host.sip, each, l, d) })
	}
	for range l.faxesIn {
		all.Go(func() { c.faxIn(ctx) })
	}
	all.Go(func() { c.faxOut(ctx, l.mailEach) })
	all.Wait()
}

func voiceCall(number string, hold time.Duration) *talk {
	k := call(number).invite(audio())
	k.line(`<recv response="100" optional="true"></recv>`)
	k.line(`<recv response="180" optional="true"></recv>`)
	return k.want(200, body("m=audio [1-9]")).ack().pause(hold).hangUp()
}

func phone() *talk {
	k := callee(0).wantRequest("INVITE").respond("180 Ringing", "").respond("200 OK", audio()).wantRequest("ACK").taken()
	return k.wantRequest("BYE").respond("200 OK", "")
}

// faxIn sends faxes, one after the other.
func (c *crowd) faxIn(ctx context.Context) {
	page := blank(500)
	for ctx.Err() == nil {
		o := c.far.Send(c.t.Context(), fmt.Sprintf("sip:%s@127.0.0.1:%d", fax, c.host.sip), []*t4.Page{page})
		if !o.Delivered {
			c.t.Errorf("a fax to us failed: %s\n%s", o.Sentence, o.Ladder)
			return
		}
		mail, cancel := context.WithTimeout(c.t.Context(), time.Minute)
		if _, err := c.mailbox.Next(mail, "office@example.com"); err != nil {
			c.t.Errorf("the mail of a fax did not come: %v", err)
		}
		cancel()
		c.received.Add(1)
	}
}

// faxOut hands in mails, and waits for a fax and a report for each.
func (c *crowd) faxOut(ctx context.Context, each time.Duration) {
	tick := time.NewTicker(each)
	defer tick.Stop()
	var all sync.WaitGroup
	for ctx.Err() == nil {
		c.host.mailTo(c.t, "machine")
		all.Go(c.faxed)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	all.Wait()
}

// faxed waits for one of the faxes that mails become, and one of their reports.
func (c *crowd) faxed() {
	late, cancel := context.WithTimeout(c.t.Context(), 2*time.Minute)
	defer cancel()
	f, err := c.far.Receive(late)
	if err != nil || !f.Outcome.Delivered {
		c.t.Errorf("a fax of ours failed: %v %s", err, f.Outcome.Sentence)
		return
	}
	if _, err := c.mailbox.Next(late, "worker@example.com"); err != nil {
		c.t.Errorf("the report on a fax did not come: %v", err)
		return
	}
	c.sent.Add(1)
}

func blank(rows int) *t4.Page {
	return t4.FromBitmap(make([]byte, 216*rows), 1728, 216, rows, t4.MH, t4.R8x7_7)
}

// look is how the two processes stand.
type look struct {
	host, plugin hosttest.Usage
	page         map[string]float64
}

func (l look) String() string {
	return fmt.Sprintf("host %.1f MB, %d files, %v goroutines, %v legs; plugin %.1f MB, %d files, %v goroutines, %v legs",
		float64(l.host.RSS)/1e6, l.host.Files, l.page["pagebridge_host_goroutines"], l.page["pagebridge_host_legs"],
		float64(l.plugin.RSS)/1e6, l.plugin.Files, l.page["pagebridge_plugin_goroutines"], l.page["pagebridge_plugin_legs"])
}

func (c *crowd) look() look {
	c.t.Helper()
	page := hosttest.Metrics(c.t, c.metrics)
	return look{hosttest.UsageOf(c.t, c.host.PID()), hosttest.UsageOf(c.t, c.host.PluginPID()), page}
}

// calm waits until the start is over. The queue's own housekeeping begins some
// seconds after the rest.
func (c *crowd) calm() look {
	c.t.Helper()
	const name = "pagebridge_plugin_goroutines"
	now, since := c.look(), time.Now()
	for time.Since(since) < 7*time.Second {
		<-time.After(time.Second)
		if next := c.look(); next.page[name] != now.page[name] {
			now, since = next, time.Now()
		}
	}
	return now
}

// settle waits until nothing is left of the calls. What keeps to the end of its
// time (RFC 3261 timer J) goes after half a minute.
func (c *crowd) settle(before look) {
	c.t.Helper()
	const slack = 5 // connections and helpers that are made when they are needed first, and stay
	left := ""
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); <-time.After(time.Second) {
		now := c.look()
		left = ""
		for _, name := range []string{"pagebridge_host_goroutines", "pagebridge_plugin_goroutines"} {
			if now.page[name] > before.page[name]+slack {
				left += fmt.Sprintf(" %s %v, before %v;", name, now.page[name], before.page[name])
			}
		}
		for name, v := range now.page {
			if gauge := strings.HasSuffix(name, "_legs") || strings.HasPrefix(name, "pagebridge_host_calls{") || strings.HasPrefix(name, "pagebridge_plugin_spool"); gauge && v != 0 {
				left += fmt.Sprintf(" %s %v;", name, v)
			}
		}
		if now.host.Files > before.host.Files+slack || now.plugin.Files > before.plugin.Files+slack {
			left += fmt.Sprintf(" files %d and %d, before %d and %d;", now.host.Files, now.plugin.Files, before.host.Files, before.plugin.Files)
		}
		if left == "" {
			return
		}
	}
	c.t.Errorf("after the calls there are still:%s", left)
}

// watch notes how the processes stand, every tenth of d.
func (c *crowd) watch(d time.Duration) <-chan []look {
	seen := make(chan []look, 1)
	go func() {
		var list []look
		for range 10 {
			select {
			case <-time.After(d / 10):
			case <-c.t.Context().Done():
				return
			}
			list = append(list, c.look())
			c.t.Log(list[len(list)-1])
		}
		seen <- list
	}()
	return seen
}

// steady compares the memory of the last third with that of the second.
func steady(t *testing.T, watched <-chan []look) {
	t.Helper()
	list := <-watched
	middle, end := list[3:6], list[7:10]
	for name, of := range map[string]func(look) int{
		"host": func(l look) int { return l.host.RSS }, "plugin": func(l look) int { return l.plugin.RSS },
	} {
		var m, e int
		for i := range middle {
			m, e = m+of(middle[i])/len(middle), e+of(end[i])/len(end)
		}
		if e > m+m/10+8<<20 {
			t.Errorf("the memory of the %s grows: %.1f MB, later %.1f MB", name, float64(m)/1e6, float64(e)/1e6)
		}
	}
}
