package hosttest

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Usage is what a process uses, as the kernel says.
type Usage struct {
	RSS   int // octets of memory
	Files int // open files and sockets
	CPU   time.Duration
}

// ticks is how the kernel counts processor time for user space (USER_HZ).
const ticks = 100

// UsageOf reads it; a machine without /proc skips the test.
func UsageOf(t testing.TB, pid int) Usage {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/", pid)
	status, err := os.ReadFile(dir + "status")
	if err != nil {
		t.Skip("no /proc here: ", err)
	}
	var u Usage
	for line := range strings.Lines(string(status)) {
		var kB int
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kB); n == 1 {
			u.RSS = kB << 10
		}
	}
	files, err := os.ReadDir(dir + "fd")
	if err != nil {
		t.Fatal(err)
	}
	u.Files = len(files)
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // behind the name, which may hold anything
	fields := strings.Fields(rest)
	for _, f := range fields[11:13] { // utime and stime, proc(5)
		n, _ := strconv.Atoi(f)
		u.CPU += time.Duration(n) * time.Second / ticks
	}
	return u
}

// Metrics reads a host's page of metrics: values by name with labels, as they
// stand in it.
func Metrics(t testing.TB, address string) map[string]float64 {
	t.Helper()
	answer, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		v, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			t.Fatalf("the metrics have a line %q: %v", line, err)
		}
		values[line[:at]] = v
	}
	return values
}
