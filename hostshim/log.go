package hostshim

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
)

// pluginLog takes what the plugin writes to its standard error and passes it
// on, line by line: its own lines are JSON objects with @level and @message;
// anything else (a panic's trace) is logged as it stands.
type pluginLog struct {
	log  *slog.Logger
	rest []byte
}

// maxLogLine bounds what is kept of a line that does not end, in octets.
const maxLogLine = 64 << 10

func (w *pluginLog) Write(b []byte) (int, error) {
	w.rest = append(w.rest, b...)
	for {
		line, rest, ended := bytes.Cut(w.rest, []byte("\n"))
		if !ended && len(w.rest) < maxLogLine {
			return len(b), nil
		}
		w.line(line)
		w.rest = slices.Clone(rest)
		if !ended {
			return len(b), nil
		}
	}
}

func (w *pluginLog) line(b []byte) {
	b = bytes.TrimRight(b, "\r")
	if len(b) == 0 {
		return
	}
	var record map[string]any
	if b[0] != '{' || json.Unmarshal(b, &record) != nil || record["@message"] == nil {
		w.log.Warn(string(b), "from", "plugin")
		return
	}
	level := slog.LevelInfo
	if name, ok := record["@level"].(string); ok {
		_ = level.UnmarshalText([]byte(strings.ToUpper(name))) // an unknown one stays Info
	}
	message, _ := record["@message"].(string)
	var attrs []slog.Attr
	for key, value := range record {
		if !strings.HasPrefix(key, "@") {
			attrs = append(attrs, slog.Any(key, value))
		}
	}
	slices.SortFunc(attrs, func(a, b slog.Attr) int { return strings.Compare(a.Key, b.Key) })
	w.log.LogAttrs(context.Background(), level, message, attrs...)
}
