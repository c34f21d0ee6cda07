package e2e

import (
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/hostshim"
	"github.com/pagebridge/pagebridge/internal/hosttest"
)

// silent is a host that does nothing when it is told something.
type silent struct{}

func (silent) Respond(string, hostshim.Response) error { return nil }
func (silent) Reinvite(string, []byte) error           { return nil }
func (silent) Dial(string, hostshim.Dial) error        { return nil }
func (silent) HangUp(string, hostshim.HangUp) error    { return nil }

func launch(b *testing.B) *hostshim.Shim {
	b.Helper()
	config := fmt.Sprintf(`
media { address = "127.0.0.1" }
trunk "pbx" { server = "127.0.0.1:5070" }
fax_number "100" { mailboxes = ["office@example.com"] }
mail {
  hostname = "fax.example.com"
  relay { server = "127.0.0.1:25" }
}
spool { path = %q }
`, b.TempDir())
	s, err := hostshim.Launch(b.Context(), hostshim.Options{
		Command: []string{hosttest.Program, "plugin"}, Config: []byte(config), Filename: "bench.hcl",
		Logger: slog.New(slog.DiscardHandler),
	}, silent{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	return s
}

// BenchmarkDecision is a decision on an incoming call over the process
// boundary: from the host's event to the plugin's command and back. It reports
// the median.
func BenchmarkDecision(b *testing.B) {
	s := launch(b)
	times := make([]time.Duration, 0, b.N)
	for i := 0; b.Loop(); i++ {
		begun := time.Now()
		if _, err := s.Incoming(b.Context(), hostshim.IncomingCall{Call: fmt.Sprint("call-", i), To: "200"}); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(begun))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms/median")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "ms/p99")
}

// BenchmarkIdlePlugin reports the memory of a plugin that has been configured
// and has nothing to do.
func BenchmarkIdlePlugin(b *testing.B) {
	s := launch(b)
	pid, _ := s.Process()
	<-time.After(time.Second) // what is left of the start is done
	for b.Loop() {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			b.Skip("no /proc here")
		}
		var kB float64
		for line := range strings.Lines(string(status)) {
			if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kB); err == nil {
				break
			}
		}
		b.ReportMetric(kB/1000, "MB")
	}
}
