package postgrestest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// Server is a server that runs until Stop.
type Server struct {
	url       string // without the name of a database
	databases atomic.Int64
	run       func(name string, args ...string) error
	dir       string
}

// Start makes a server; nil without an error if PostgreSQL is not here.
func Start() (*Server, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return nil, nil
	}
	bin := filepath.Dir(found[len(found)-1])
	dir, err := os.MkdirTemp("", "pagebridge-postgres")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	as, err := owner(dir)
	if err != nil || as == nil {
		return nil, err
	}
	s.run = func(name string, args ...string) error {
		cmd := exec.Command(as[0], append(append(as[1:], filepath.Join(bin, name)), args...)...)
		cmd.Dir = dir
		out, err := os.Create(filepath.Join(dir, name+".log"))
		if err != nil {
			return err
		}
		defer out.Close()
		cmd.Stdout, cmd.Stderr = out, out // a pipe would be held open by the server
		if err := cmd.Run(); err != nil {
			said, _ := os.ReadFile(out.Name())
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			return fmt.Errorf("%s: %w: %s %s", name, err, said, log)
		}
		return nil
	}
	if err := s.run("initdb", "-D", s.data(), "-U", "fax", "-A", "trust", "-E", "UTF8", "--no-sync"); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	s.url = "postgres://fax@127.0.0.1:" + port + "/"
	return s, s.run("pg_ctl", "-D", s.data(), "-w", "-l", filepath.Join(dir, "log"), "-o",
		"-c listen_addresses=127.0.0.1 -c port="+port+" -c unix_socket_directories= -c max_connections=600 -c fsync=off", "start")
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// owner is the command line before another by which that runs as somebody whom the
// server suffers: not root. nil: there is no such way.
func owner(dir string) ([]string, error) {
	if os.Geteuid() != 0 {
		return []string{"env"}, nil
	}
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
	return []string{"setpriv", "--reuid", u.Uid, "--regid", u.Gid, "--clear-groups"}, nil
}

// Stop ends the server and deletes what it had.
func (s *Server) Stop() {
	_ = s.run("pg_ctl", "-D", s.data(), "-m", "immediate", "stop")
	os.RemoveAll(s.dir)
}

// Database makes an empty one and gives its URL. On a nil server the test is
// skipped.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	if s == nil {
		testpeer.Missing(t, "PostgreSQL (package postgresql)")
		t.SkipNow()
	}
	c, err := pgx.Connect(t.Context(), s.url+"postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	name := fmt.Sprintf("fax%d", s.databases.Add(1))
	if _, err := c.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return s.url + name
}
