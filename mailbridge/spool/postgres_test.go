package spool_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/mailbridge/spool/spooltest"
)

// postgres is a server of our own for all tests of this run; it dies with the
// command that started it.
type postgres struct {
	dir, port string
	databases atomic.Int64
}

var startPostgres = sync.OnceValues(func() (*postgres, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return nil, nil
	}
	bin := filepath.Dir(found[len(found)-1])
	dir, err := os.MkdirTemp("", "pagebridge-postgres")
	if err != nil {
		return nil, err
	}
	p := &postgres{dir: dir}
	run := func(name string, args ...string) *exec.Cmd { return exec.Command(filepath.Join(bin, name), args...) }
	if os.Geteuid() == 0 { // the server refuses to be root
		for _, tool := range []string{"chown", "setpriv"} {
			if _, err := exec.LookPath(tool); err != nil {
				return nil, nil
			}
		}
		u, err := user.Lookup("postgres")
		if err != nil {
			return nil, err
		}
		if out, err := exec.Command("chown", u.Uid, dir).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, out)
		}
		run = func(name string, args ...string) *exec.Cmd {
			return exec.Command("setpriv", append([]string{"--reuid", u.Uid, "--regid", u.Gid, "--clear-groups", filepath.Join(bin, name)}, args...)...)
		}
	}
	data := filepath.Join(dir, "data")
	init := run("initdb", "-D", data, "-U", "fax", "-A", "trust", "-E", "UTF8", "--no-sync")
	init.Dir = dir
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, p.port, _ = net.SplitHostPort(l.Addr().String())
	l.Close()
	start := run("pg_ctl", "-D", data, "-w", "-l", filepath.Join(dir, "log"), "-o",
		"-c listen_addresses=127.0.0.1 -c port="+p.port+" -c unix_socket_directories= -c max_connections=600 -c fsync=off", "start")
	start.Dir = dir
	if out, err := start.CombinedOutput(); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return nil, fmt.Errorf("pg_ctl: %w: %s %s", err, out, log)
	}
	stopPostgres = func() {
		stop := run("pg_ctl", "-D", data, "-m", "immediate", "stop")
		stop.Dir = dir
		_ = stop.Run()
		os.RemoveAll(dir)
	}
	return p, nil
})

// stopPostgres ends the server, if it was started; TestMain calls it.
var stopPostgres = func() {}

// database makes an empty one and gives its URL.
func database(t testing.TB) string {
	t.Helper()
	p, err := startPostgres()
	if err != nil {
		t.Fatal(err)
	}
	if p == nil {
		testpeer.Missing(t, "PostgreSQL (package postgresql)")
		t.SkipNow()
	}
	url := "postgres://fax@127.0.0.1:" + p.port + "/"
	c, err := pgx.Connect(t.Context(), url+"postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	name := fmt.Sprintf("fax%d", p.databases.Add(1))
	if _, err := c.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return url + name
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
