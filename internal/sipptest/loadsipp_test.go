package sipptest

import (
	"context"
	"encoding/csv"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// sipp lets one sipp have count calls, at half of the load's rate where it calls
// itself (server is not 0). A call that fails is an error of the test.
func (c *crowd) sipp(name string, k *talk, port, server, count int, l load, d time.Duration) {
	stats, err := c.sippStats(name, k, port, server, count, l, d)
	if err != nil {
		c.t.Errorf("%s: %v", name, err)
		return
	}
	if stats.failed > 0 || stats.successful != count {
		c.t.Errorf("%s: %d of %d calls went well, %d failed", name, stats.successful, count, stats.failed)
	}
	if server != 0 {
		c.voiceCalls.Add(int64(stats.successful))
		c.t.Logf("%s: %d calls, %d messages were repeated", name, stats.successful, stats.repeated)
	}
}

// sippStats are sipp's own numbers at its end.
type sippStats struct{ successful, failed, repeated int }

func (c *crowd) sippStats(name string, k *talk, port, server, count int, l load, d time.Duration) (sippStats, error) {
	program := testpeer.Command(c.t, "sipp", "Debian package sip-tester")
	dir := c.t.TempDir()
	file, numbers := filepath.Join(dir, "talk.xml"), filepath.Join(dir, "numbers.csv")
	if err := os.WriteFile(file, []byte(k.document(name)), 0o644); err != nil {
		return sippStats{}, err
	}
	args := []string{
		"-sf", file, "-i", "127.0.0.1", "-p", fmt.Sprint(port), "-m", fmt.Sprint(count), "-nostdin", "-skip_rlimit",
		"-watchdog_interval", "600000", "-default_behaviors", "all,-bye", "-mp", fmt.Sprint(mediaPorts()),
		"-trace_stat", "-stf", numbers, "-fd", "1", "-trace_err", "-error_file", "errors", "-buff_size", "1048576",
	}
	if server != 0 {
		args = append(args, "-s", k.to, "-r", fmt.Sprint(max(1, l.voice/2)), "-l", "20000", net.JoinHostPort("127.0.0.1", fmt.Sprint(server)))
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), d+time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	stats, readErr := readStats(numbers)
	if readErr != nil {
		return stats, fmt.Errorf("sipp: %v, and its numbers: %w\n%s", err, readErr, tail(string(out), 20))
	}
	if err != nil {
		errors, _ := os.ReadFile(filepath.Join(dir, "errors"))
		return stats, fmt.Errorf("sipp: %w: %+v\n%s", err, stats, tail(string(errors), 20))
	}
	return stats, nil
}

// readStats reads the last line of sipp's statistics.
func readStats(file string) (s sippStats, err error) {
	f, err := os.Open(file)
	if err != nil {
		return s, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, true
	lines, err := r.ReadAll()
	if err != nil || len(lines) < 2 {
		return s, fmt.Errorf("%d lines of statistics: %w", len(lines), err)
	}
	for name, into := range map[string]*int{"SuccessfulCall(C)": &s.successful, "FailedCall(C)": &s.failed, "Retransmissions(C)": &s.repeated} {
		for i, head := range lines[0] {
			if strings.TrimSpace(head) == name && i < len(lines[len(lines)-1]) {
				*into, err = strconv.Atoi(strings.TrimSpace(lines[len(lines)-1][i]))
				if err != nil {
					return s, err
				}
			}
		}
	}
	return s, nil
}
