package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/pagebridge/pagebridge/hostshim"
	"github.com/pagebridge/pagebridge/hostshim/sipgohost"
	"github.com/pagebridge/pagebridge/internal/metrics"
)

// scrapeTime bounds a look at the page, the plugin's answer included.
const scrapeTime = 5 * time.Second

// openMetrics serves the page at listen, "" nowhere.
func openMetrics(listen string, host *sipgohost.Host, shim *hostshim.Shim, log *slog.Logger) (io.Closer, error) {
	if listen == "" {
		return io.NopCloser(nil), nil
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("metrics.listen: another program may have that address, or it is none of this machine's: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), scrapeTime)
		defer cancel()
		w.Header().Set("Content-Type", metrics.ContentType)
		_, _ = io.WriteString(w, hostMetrics(host.Counts(), shim))
		text, err := shim.Metrics(ctx)
		if err != nil {
			log.Debug("the plugin's metrics are missing on the page", "err", err)
		}
		_, _ = io.WriteString(w, text)
	})
	s := &http.Server{Handler: mux, ReadTimeout: scrapeTime, WriteTimeout: 2 * scrapeTime, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	go s.Serve(l) // until Close
	return s, nil
}

// hostMetrics is the host's half of the page.
func hostMetrics(c sipgohost.Counts, shim *hostshim.Shim) string {
	p := metrics.New("host")
	p.Process()
	p.Gauge("legs", "Legs of SIP calls, those that are being ended included.", float64(c.Legs))
	for _, trunk := range slices.Sorted(maps.Keys(c.Up)) {
		p.Gauge("calls", "Calls that are up.", float64(c.Up[trunk]), "trunk", trunk)
	}
	for _, k := range slices.SortedFunc(maps.Keys(c.Ended), compareCalls) {
		p.Counter("calls_total", "Calls that have ended, by what became of them.", float64(c.Ended[k]),
			"trunk", k.Trunk, "direction", inOrOut(k), "outcome", string(k.Outcome))
	}
	for _, why := range slices.Sorted(maps.Keys(c.Refused)) {
		p.Counter("refused_total", "INVITEs that were refused before anyone was asked.", float64(c.Refused[why]), "why", why)
	}
	trunks := shim.Trunks()
	for _, trunk := range slices.Sorted(maps.Keys(trunks)) {
		up := 0.0
		if trunks[trunk] {
			up = 1
		}
		p.Gauge("trunk_up", "Whether the trunk answers, or is registered.", up, "trunk", trunk)
	}
	pid, starts := shim.Process()
	p.Gauge("plugin_pid", "Process id of the plugin, 0 while there is none.", float64(pid))
	p.Counter("plugin_starts_total", "How often the plugin was started.", float64(starts))
	return p.String()
}

func compareCalls(a, b sipgohost.CallKind) int {
	return cmp.Or(cmp.Compare(a.Trunk, b.Trunk), cmp.Compare(inOrOut(a), inOrOut(b)), cmp.Compare(a.Outcome, b.Outcome))
}

func inOrOut(k sipgohost.CallKind) string {
	if k.Outgoing {
		return "out"
	}
	return "in"
}
