package postfixtest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// patience is how long a test waits for Postfix to start, to stop, or to
// deliver.
const patience = 30 * time.Second

// Options change what Postfix does. The zero Options take mail for every
// domain and keep it.
type Options struct {
	// Transports sends the mail of a domain to the SMTP server at an address
	// such as "127.0.0.1:2525" instead of the Maildir. A value such as
	// "error:5.2.1 mailbox full" lets the mail fail instead.
	Transports map[string]string
	// Main has more lines for main.cf.
	Main []string
}

// Postfix is a running instance.
type Postfix struct {
	Addr string // where it takes mail by SMTP, "127.0.0.1:port"
	dir  string
}

// Start runs a Postfix until the test ends.
func Start(t testing.TB, o Options) *Postfix {
	t.Helper()
	command := testpeer.Command(t, "postfix", "Debian package postfix")
	if os.Geteuid() != 0 {
		testpeer.Missing(t, "root, as whom the master process of Postfix runs,")
	}
	p := &Postfix{Addr: freeAddr(t), dir: t.TempDir()}
	for _, d := range []string{"etc", "spool", "data", "mail"} {
		if err := os.Mkdir(filepath.Join(p.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p.own(t)
	p.configure(t, o)
	if out, err := exec.Command(command, "-c", p.path("etc"), "check").CombinedOutput(); err != nil {
		t.Fatalf("postfix check: %v\n%s", err, out)
	}
	p.run(t)
	return p
}

func (p *Postfix) path(elem ...string) string {
	return filepath.Join(append([]string{p.dir}, elem...)...)
}

func freeAddr(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// own gives the data folder and the Maildir to those whom Postfix runs as.
func (p *Postfix) own(t testing.TB) {
	t.Helper()
	out, err := exec.Command("id", "-u", "postfix").Output()
	if err != nil {
		testpeer.Missing(t, "the user postfix")
	}
	var uid int
	if _, err := fmt.Sscan(string(out), &uid); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(p.path("data"), uid, -1); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(p.path("mail"), nobody, nobody); err != nil {
		t.Fatal(err)
	}
	// The folders above are made by the testing package for this user alone.
	for d := p.dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// nobody owns the Maildir.
const nobody = 65534

func (p *Postfix) configure(t testing.TB, o Options) {
	t.Helper()
	main := []string{
		"compatibility_level = 3.6",
		"queue_directory = " + p.path("spool"),
		"data_directory = " + p.path("data"),
		"maillog_file = " + p.path("log"),
		"maillog_file_prefixes = /",
		"myhostname = mail.example.com",
		"mydestination =",
		"inet_interfaces = 127.0.0.1",
		"inet_protocols = ipv4",
		"mynetworks = 127.0.0.0/8",
		"smtpd_peername_lookup = no",
		"smtp_dns_support_level = disabled",
		"alias_maps =", "alias_database =", "local_recipient_maps =",
		// Every domain that is not sent elsewhere is here, every address exists.
		"virtual_mailbox_domains = regexp:" + p.path("etc", "domains"),
		"virtual_mailbox_base = " + p.path("mail"),
		"virtual_mailbox_maps = static:all/", // virtual(8) takes no name from the address
		"virtual_uid_maps = static:65534", "virtual_gid_maps = static:65534", "virtual_minimum_uid = 1",
		"transport_maps = regexp:" + p.path("etc", "transports"),
		"minimal_backoff_time = 1s", "maximal_backoff_time = 2s", "queue_run_delay = 1s",
		"message_size_limit = 104857600", "mailbox_size_limit = 0", "virtual_mailbox_limit = 0",
		"smtpd_delay_reject = yes",
	}
	var domains, transports string
	var relayed []string
	for domain, addr := range o.Transports {
		pattern := strings.NewReplacer(".", `\.`, "[", `\[`, "]", `\]`).Replace(domain)
		domains += "if !/^" + pattern + "$/\n"
		nexthop := addr
		if host, port, err := net.SplitHostPort(addr); err == nil && !strings.HasPrefix(addr, "error:") {
			nexthop = "smtp:[" + host + "]:" + port
		}
		transports += fmt.Sprintf("/@%s$/ %s\n", pattern, nexthop)
		relayed = append(relayed, domain)
	}
	main = append(main, "relay_domains = "+strings.Join(relayed, ", "))
	files := map[string]string{
		"main.cf":    strings.Join(append(main, o.Main...), "\n") + "\n",
		"master.cf":  p.master(),
		"domains":    domains + "/./ local\n" + strings.Repeat("endif\n", len(o.Transports)),
		"transports": transports,
	}
	for name, content := range files {
		if err := os.WriteFile(p.path("etc", name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// master is master.cf: the services that take, queue and deliver mail, none of
// them in a chroot.
func (p *Postfix) master() string {
	return p.Addr + ` inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`
}

// run starts the master process in a process group of its own, which it ends
// as a whole when it is told to end.
func (p *Postfix) run(t testing.TB) {
	t.Helper()
	out, err := exec.Command(testpeer.Command(t, "postconf", "Debian package postfix"), "-c", p.path("etc"), "-h", "daemon_directory").Output()
	if err != nil {
		t.Fatalf("postconf: %v", err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(filepath.Join(strings.TrimSpace(string(out)), "master"), "-c", p.path("etc"), "-d")
	cmd.Stderr = &stderr
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(patience):
			killGroup(cmd.Process)
			t.Error("Postfix did not end when asked to")
		}
		if t.Failed() {
			t.Logf("Postfix's log:\n%s%s", p.Log(), stderr.Bytes())
		}
	})
	for end := time.Now().Add(patience); ; {
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("Postfix ended at once: %v\n%s%s", err, p.Log(), stderr.Bytes())
		case <-time.After(20 * time.Millisecond):
		}
		if nc, err := net.Dial("tcp", p.Addr); err == nil {
			nc.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatalf("Postfix does not listen\n%s", p.Log())
		}
	}
}

// Log is what Postfix has logged so far.
func (p *Postfix) Log() string {
	b, _ := os.ReadFile(p.path("log"))
	return string(b)
}

// Maildir is the folder of all mails that were delivered here; it exists after
// the first. New mails are files in its folder "new", and the Delivered-To
// field in front of each says whose it is.
func (p *Postfix) Maildir() string { return p.path("mail", "all") }

// Mails gives the mails that a recipient has got, the oldest first, with lines
// that end in LF. The address "" gives all.
func (p *Postfix) Mails(t testing.TB, address string) [][]byte {
	t.Helper()
	folder := filepath.Join(p.Maildir(), "new")
	entries, err := os.ReadDir(folder) // names begin with the time
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	mine := []byte("\ndelivered-to: " + strings.ToLower(address) + "\n")
	var mails [][]byte
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := bytes.Cut(b, []byte("\n\n"))
		if address == "" || bytes.Contains(bytes.ToLower(head), mine) {
			mails = append(mails, b)
		}
	}
	return mails
}

// Wait waits until a recipient has n mails, and gives them.
func (p *Postfix) Wait(t testing.TB, address string, n int) [][]byte {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		mails := p.Mails(t, address)
		if len(mails) >= n {
			return mails
		}
		if time.Now().After(end) {
			t.Fatalf("%s has got %d mails, not %d\n%s", address, len(mails), n, p.Log())
		}
		time.Sleep(20 * time.Millisecond)
	}
}
