package metrics

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// ContentType is that of a page.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Page is written family by family; the zero Page is empty.
type Page struct {
	prefix string
	family string // the last one
	text   strings.Builder
}

// New is a page of families whose names begin with pagebridge_ and process.
func New(process string) *Page { return &Page{prefix: "pagebridge_" + process + "_"} }

// Gauge writes a value that goes up and down. labels are names and values in
// turn. The samples of a family stand together: call it for one after the other.
func (p *Page) Gauge(name, help string, value float64, labels ...string) {
	p.sample("gauge", name, help, value, labels)
}

// Counter writes a value that only grows; its name ends in _total.
func (p *Page) Counter(name, help string, value float64, labels ...string) {
	p.sample("counter", name, help, value, labels)
}

// escapes are those of a label's value.
var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func (p *Page) sample(kind, name, help string, value float64, labels []string) {
	name = p.prefix + name
	if p.family != name {
		p.family = name
		fmt.Fprintf(&p.text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
	}
	p.text.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		sep := ","
		if i == 0 {
			sep = "{"
		}
		fmt.Fprintf(&p.text, `%s%s="%s"`, sep, labels[i], escapes.Replace(labels[i+1]))
	}
	if len(labels) > 1 {
		p.text.WriteString("}")
	}
	p.text.WriteString(" " + strconv.FormatFloat(value, 'g', -1, 64) + "\n")
}

// Process writes what this process uses.
func (p *Page) Process() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.Gauge("goroutines", "Goroutines of the process.", float64(runtime.NumGoroutine()))
	p.Gauge("heap_bytes", "Memory that is in use on the heap.", float64(m.HeapAlloc))
	if files, err := os.ReadDir("/proc/self/fd"); err == nil { // Linux alone has it
		p.Gauge("open_files", "Files and sockets that are open.", float64(len(files)-1)) // less the one for reading this
	}
}

// String is the page.
func (p *Page) String() string { return p.text.String() }
