package killtest

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/machine"
	"github.com/pagebridge/pagebridge/internal/mailcatcher"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// office is a host with its plugin, or several on one database, and all those around
// them, who live on when they die.
type office struct {
	*server  // the first
	t        *testing.T
	servers  []*server
	database string // "": the spool of the only server is a folder
	mailbox  *mailcatcher.Catcher
	far      *machine.Machine // faxes to us, and is faxed to
	nobody   *machine.Machine // takes no call

	ledger
}

// server is a host with its plugin.
type server struct {
	host     *hosttest.Host
	sip      int
	smtp     string
	spool    string
	metrics  string
	launched int // the line of the host's log at which its last process began
}

const (
	officeNumber = "+15551230000"
	officeBox    = "office@example.com"
)

// The ports of the machines around.
const farPorts, portsOfOffice = 23000, 1000

// newOffice makes the n-th office. All take their media ports from one range, as
// if each had taken over from the other: what a dead call of one still gets must
// not become part of a fax of another.
func newOffice(t *testing.T, n int) *office {
	t.Helper()
	return newOfficeOf(t, n, 1, "")
}

// newOfficeOf makes one with several servers, which share a database.
func newOfficeOf(t *testing.T, n, servers int, database string) *office {
	t.Helper()
	o := &office{t: t, database: database, ledger: newLedger()}
	var err error
	if o.mailbox, err = mailcatcher.Start("127.0.0.1:0", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.mailbox.Close)
	o.far = o.machine(true, farPorts+uint16(n)*portsOfOffice)
	o.nobody = o.machine(false, farPorts+uint16(n)*portsOfOffice)
	for range servers {
		o.servers = append(o.servers, o.newServer())
	}
	o.server = o.servers[0]
	return o
}

func (o *office) newServer() *server {
	t := o.t
	s := &server{spool: filepath.Join(t.TempDir(), "spool")}
	s.sip, s.smtp = hosttest.FreePort(t), fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t))
	s.metrics = fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t))
	s.host = hosttest.New(t)
	s.host.Impatience = 2 * time.Second
	s.host.Configure(fmt.Sprintf(`sip { listen = ["udp:127.0.0.1:%d"] }
media {
  address = "127.0.0.1"
  ports = "43000-44999"
}
metrics { listen = %q }
trunk "far" {
  server = %q
  options_ping = "0s"
}
trunk "nobody" {
  server = %q
  options_ping = "0s"
}
fax_number %q { mailboxes = [%q] }
alias "nobody" {
  number = "+15550000000"
  trunk = "nobody"
}
mail {
  listen = %q
  domains = ["fax.example.com"]
  allow_clients = ["127.0.0.1"]
  header = ["", "", ""] # the pages have numbers of their own
  preview = false
  attach = "tiff"
  relay {
    server = %q
    retry_delays = ["1s"]
  }
}
spool {
  path = %q
  database = %q
  calls = 64
  retry_delays = ["2s"]
  max_attempts = 50
}
`, s.sip, s.metrics, o.far.Addr(), o.nobody.Addr(), officeNumber, officeBox, s.smtp, o.mailbox.Addr(), s.spool, o.database))
	return s
}

// some is one of the servers.
func (o *office) some() *server {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.servers[rand.IntN(len(o.servers))]
}

// machine switches a fax machine on, until the test ends.
func (o *office) machine(receives bool, port uint16) *machine.Machine {
	o.t.Helper()
	m, err := machine.Start(machine.Options{
		Listen: []string{"udp:127.0.0.1:0"}, Media: netip.MustParseAddr("127.0.0.1"), MediaPorts: [2]uint16{port, port + portsOfOffice - 1},
		Receives: receives, Keep: o.keep, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(m.Close)
	return m
}

// keep is how the far machine confirms a page.
func (o *office) keep(pages []*t4.Page) error {
	id, _, ok := readCode(pages[0])
	if !ok {
		o.t.Error("a fax came to the far machine that nobody wrote")
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if m := o.mails[id]; m == nil || len(pages) > m.pages {
		o.t.Errorf("fax %d came with %d pages", id, len(pages))
	} else if len(pages) == m.pages {
		m.copies = append(m.copies, time.Now())
	}
	return nil
}

// children are the processes that a process has started and that live.
func children(pid int) []int {
	var found []int
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range threads {
		b, _ := os.ReadFile(file) // the thread may have ended
		for word := range strings.FieldsSeq(string(b)) {
			if child, err := strconv.Atoi(word); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}

// kill kills some of the processes of a server and gives the name of what died. A
// host that died is started again, without waiting for it to serve.
func (o *office) kill(s *server, choice float64) string {
	host := s.host.PID()
	plugins := children(host)
	var renderers []int
	for _, p := range plugins {
		renderers = append(renderers, children(p)...)
	}
	o.mu.Lock()
	o.kills = append(o.kills, time.Now())
	o.mu.Unlock()
	what := "host"
	switch {
	case choice < 0.1 && len(renderers) > 0:
		killAll(renderers)
		return "renderer"
	case choice < 0.55 && len(plugins) > 0:
		killAll(plugins)
		return "plugin"
	case choice < 0.7:
		killAll(plugins)
		what = "host and plugin"
	}
	s.host.Kill()
	s.launched = s.host.Launch()
	return what
}

func killAll(pids []int) {
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
	}
}

// streams keeps mails and faxes coming until stop is called.
func (o *office) streams() (stop func()) {
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		tick := time.NewTicker(700 * time.Millisecond)
		defer tick.Stop()
		for {
			o.mailOut()
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	})
	for range 3 {
		all.Go(func() {
			for {
				o.faxIn()
				select {
				case <-done:
					return
				case <-time.After(200 * time.Millisecond):
				}
			}
		})
	}
	return func() { close(done); all.Wait() }
}
