package t30

import "log/slog"

// String says in a line what the frame says, as in the ladder.
func (f Frame) String() string { return DescribeFrame(f.Octets()) }

// LogValue prints the frame when a log line is really written.
func (f Frame) LogValue() slog.Value { return slog.StringValue(f.String()) }

// LogValue prints what matters of an outcome.
func (o Outcome) LogValue() slog.Value {
	bad := 0
	for _, p := range o.Pages {
		bad += p.BadRows
	}
	attrs := []slog.Attr{
		slog.Bool("success", o.Success), slog.Int("pages", len(o.Pages)), slog.Int("bad_rows", bad),
		slog.Int("rate", o.Rate), slog.Bool("ecm", o.ECM), slog.String("coding", o.Coding.String()),
		slog.String("remote", o.RemoteID),
	}
	if !o.Success {
		attrs = append(attrs, slog.String("cause", o.Cause.String()), slog.String("during", o.During), slog.Bool("retry", o.Retry))
	}
	return slog.GroupValue(attrs...)
}
