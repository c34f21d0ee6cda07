package spool_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pagebridge/pagebridge/internal/postgrestest"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/mailbridge/spool/spooltest"
)

// startPostgres starts a server for all tests of this run; TestMain stops it.
var startPostgres = sync.OnceValues(postgrestest.Start)

var postgresStarted atomic.Bool

func stopPostgres() {
	if !postgresStarted.Load() {
		return
	}
	if s, _ := startPostgres(); s != nil {
		s.Stop()
	}
}

// database makes an empty one and gives its URL.
func database(t testing.TB) string {
	t.Helper()
	postgresStarted.Store(true)
	s, err := startPostgres()
	if err != nil {
		t.Fatal(err)
	}
	return s.Database(t)
}

func TestSuiteOnPostgreSQL(t *testing.T) {
	t.Parallel()
	database(t)
	spooltest.Run(t, func(t *testing.T) spooltest.Place {
		url := database(t)
		return func(o *spool.Options) { o.Database = url }
	})
}

func TestOpenPostgreSQLSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	url := database(t)
	o := func(url string) spool.Options {
		return spool.Options{Database: url, Logger: slog.New(slog.DiscardHandler)}
	}
	s, err := spool.Open(t.Context(), o(url))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct{ url, want string }{
		{strings.TrimSuffix(url, "1") + "nowhere", "does not exist"},
		{"postgres://fax:secret@127.0.0.1:1/fax", "cannot be reached"},
		{"postgres://fax:secret@[::1/fax", "cannot be read"},
	} {
		s, err := spool.Open(t.Context(), o(c.url))
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || bytes.Contains([]byte(err.Error()), []byte("secret")) {
			t.Errorf("%s: %v", c.url, err)
		}
	}
}
