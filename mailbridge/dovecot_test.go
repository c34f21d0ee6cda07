package mailbridge_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// imapScript asks a server that speaks IMAP on its standard input for the only
// mail to somebody, and prints its attachment.
const imapScript = `
import base64, email, imaplib, sys
box = imaplib.IMAP4_stream(sys.argv[1])
box.select("INBOX", readonly=True)
found = box.search(None, "TO", sys.argv[2])[1][0].split()
assert len(found) == 1, found
mail = email.message_from_bytes(box.fetch(found[0], "(RFC822)")[1][0][1])
files = [p.get_payload(decode=True) for p in mail.walk() if p.get_content_disposition() == "attachment"]
assert len(files) == 1, files
print(base64.b64encode(files[0]).decode())
`

// imapAttachment lets Dovecot open a Maildir, and python's imaplib read the
// attachment of the mail to an address.
func imapAttachment(t *testing.T, maildir, to string) []byte {
	t.Helper()
	const server = "/usr/lib/dovecot/imap"
	if _, err := os.Stat(server); err != nil {
		testpeer.Missing(t, "Dovecot (Debian package dovecot-imapd)")
	}
	python := testpeer.Command(t, "python3", "Debian package python3")
	setpriv := testpeer.Command(t, "setpriv", "Debian package util-linux")
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil { // Dovecot runs as nobody
			t.Fatal(err)
		}
	}
	for _, d := range []string{"run", "index"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(dir, d), nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	configuration := fmt.Sprintf("base_dir = %s/run\nmail_location = maildir:%s:INDEX=%s/index:CONTROL=%s/index\nlog_path = %s/index/log\nssl = no\n",
		dir, maildir, dir, dir, dir) +
		"default_internal_user = nobody\ndefault_login_user = nobody\ndefault_internal_group = nogroup\nfirst_valid_uid = 1\n"
	file := filepath.Join(dir, "dovecot.conf")
	if err := os.WriteFile(file, []byte(configuration), 0o644); err != nil {
		t.Fatal(err)
	}
	command := fmt.Sprintf("env USER=nobody HOME=%s %s --reuid %d --regid %d --clear-groups %s -c %s", dir, setpriv, nobody, nobody, server, file)
	out, err := exec.Command(python, "-c", imapScript, command, to).Output()
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "index", "log"))
		t.Fatalf("reading the mail to %s by IMAP: %v %s\n%s", to, err, stderrOf(err), log)
	}
	attachment, err := base64.StdEncoding.DecodeString(string(out[:len(out)-1]))
	if err != nil {
		t.Fatal(err)
	}
	return attachment
}

// nobody is whom the Maildir of postfixtest belongs to.
const nobody = 65534

func stderrOf(err error) []byte {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.Stderr
	}
	return nil
}
