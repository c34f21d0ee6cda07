package metrics

import (
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	p := New("host")
	p.Gauge("calls", "Calls that are up.", 3, "trunk", "pbx")
	p.Gauge("calls", "Calls that are up.", 0, "trunk", `a "b" \`+"\n", "direction", "in")
	p.Counter("starts_total", "Starts.", 1e6)
	want := `# HELP pagebridge_host_calls Calls that are up.
# TYPE pagebridge_host_calls gauge
pagebridge_host_calls{trunk="pbx"} 3
pagebridge_host_calls{trunk="a \"b\" \\\n",direction="in"} 0
# HELP pagebridge_host_starts_total Starts.
# TYPE pagebridge_host_starts_total counter
pagebridge_host_starts_total 1e+06
`
	if got := p.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	p.Process()
	if !strings.Contains(p.String(), "\npagebridge_host_goroutines ") {
		t.Errorf("nothing of the process in\n%s", p)
	}
}
