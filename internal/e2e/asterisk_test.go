package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/asterisktest"
	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/postfixtest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/report"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// office is the world around pagebridge: a PBX, a mail server, a worker.
type office struct {
	pbx     *asterisktest.PBX
	mta     *postfixtest.Postfix
	host    *hosttest.Host
	sip     int
	smtp    string
	threeUp string // a TIFF of three pages
}

const worker = "worker@example.com"

// box is the mailbox of a fax number.
func box(number string) string { return "box" + number + "@example.com" }

// open starts everything; numbers are fax numbers of ours.
func open(t *testing.T, numbers ...string) *office {
	t.Helper()
	o := &office{sip: hosttest.FreePort(t), smtp: fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t))}
	o.threeUp = testpeer.Shared(t, "peers", "asterisk", "tiff", "three-pages.tif")
	o.pbx = asterisktest.Start(t, o.sip)
	o.mta = postfixtest.Start(t, postfixtest.Options{})
	door := o.pbx.Address(asterisktest.AudioOnly)
	port0, silent := meddle(t, door, 0), meddle(t, door, hosttest.FreePort(t))
	var b strings.Builder
	fmt.Fprintf(&b, "sip {\n listen = [\"udp:127.0.0.1:%d\", \"tcp:127.0.0.1:%d\"]\n default_route = \"pbx\"\n}\n", o.sip, o.sip)
	fmt.Fprintf(&b, "media { address = \"127.0.0.1\" }\n")
	for _, trunk := range []struct{ name, server, more string }{
		{"pbx", o.pbx.Address(asterisktest.Redundancy), ""},
		{"fec", o.pbx.Address(asterisktest.FEC), `error_correction = "fec"`},
		{"noec", o.pbx.Address(asterisktest.NoEC), `error_correction = "none"`},
		{"refusing", door, ""}, // T.38 is answered with 488
		{"port0", port0.address(), `reinvite_after = "1s"`},
		{"silent", silent.address(), `reinvite_after = "1s"`},
		{"t38", door, `fax = "t38"`},
		{"g711", o.pbx.Address(asterisktest.Redundancy), `fax = "g711"`},
		{"dead", o.pbx.Address(13), `options_ping = "0s"`}, // nobody is there
	} {
		fmt.Fprintf(&b, "trunk %q {\n server = %q\n %s\n}\n", trunk.name, trunk.server, trunk.more)
	}
	for _, n := range numbers {
		fmt.Fprintf(&b, "fax_number %q { mailboxes = [%q] }\n", n, box(n))
	}
	for name, to := range map[string][3]string{
		"fec-machine": {"7011", "fec"}, "noec-machine": {"7001", "noec"}, "strict-machine": {"7033", "t38"},
		"refusing-machine": {"7003", "refusing", "1001"}, "g711-machine": {"7034", "g711"},
		"port0-machine": {"7003", "port0", "1002"}, "silent-machine": {"7003", "silent", "1003"},
		"dead-machine": {"7001", "dead"}, "busy-machine": {"7020", "pbx"},
	} {
		fmt.Fprintf(&b, "alias %q {\n number = %q\n trunk = %q\n from = %q\n}\n", name, to[0], to[1], to[2])
	}
	fmt.Fprintf(&b, `mail {
  listen        = %q
  domains       = ["fax.example.com"]
  allow_clients = ["127.0.0.0/8"]
  allow_senders = ["*@example.com"]
  header        = ["", "", ""] # pages are compared pel by pel
  relay { server = %q }
}
spool {
  path         = %q
  retry_delays = ["1s"]
  max_attempts = 3
}
`, o.smtp, o.mta.Addr, filepath.Join(t.TempDir(), "spool"))
	o.host = hosttest.Serve(t, b.String())
	return o
}

// mailOut lets swaks, as the worker's mail program, send a text and the
// three-page TIFF to be faxed; more are further options. It gives swaks' output.
func (o *office) mailOut(t *testing.T, to string, more ...string) string {
	t.Helper()
	out, err := o.swaks(t, to, more...)
	if err != nil {
		t.Fatalf("the mail to %s was not taken: %v\n%s", to, err, out)
	}
	return out
}

func (o *office) swaks(t *testing.T, to string, more ...string) (string, error) {
	t.Helper()
	args := []string{"--server", o.smtp, "--from", worker, "--to", to, "--h-Subject", "Contract", "--body", "Please sign page two."}
	cmd := exec.Command(testpeer.Command(t, "swaks", "Debian package swaks"), append(args, more...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (o *office) attach() []string {
	return []string{"--attach-type", "image/tiff", "--attach", "@" + o.threeUp}
}

// report waits for the delivery report of a fax to an address and gives its
// only recipient.
func (o *office) report(t *testing.T, to string, patience time.Duration) report.RecipientStatus {
	t.Helper()
	var found *report.RecipientStatus
	hosttest.Eventually(t, "the report on the fax to "+to, patience, func() bool {
		for _, mail := range o.mta.Mails(t, worker) {
			dsn, err := report.Parse(bytes.ReplaceAll(mail, []byte("\n"), []byte("\r\n")))
			if err != nil {
				t.Fatalf("a report that cannot be read: %v\n%s", err, mail)
			}
			for _, r := range dsn.Recipients {
				if strings.Contains(strings.ToLower(string(mail)), strings.ToLower(to)) {
					found = &r
				}
			}
		}
		return found != nil
	})
	return *found
}

func readTIFF(t *testing.T, file string) []*t4.Page {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := tiff.Decode(bytes.NewReader(b), tiff.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return pages
}

// samePixels compares pages by what is on the paper.
func samePixels(t *testing.T, what string, sent, got []*t4.Page) {
	t.Helper()
	if len(sent) != len(got) {
		t.Fatalf("%s: %d pages were sent, %d arrived", what, len(sent), len(got))
	}
	for i := range sent {
		a, _, errA := sent[i].Bitmap()
		b, _, errB := got[i].Bitmap()
		if errA != nil || errB != nil {
			t.Fatalf("%s, page %d: %v, %v", what, i+1, errA, errB)
		}
		if sent[i].Width != got[i].Width || sent[i].Rows != got[i].Rows || !bytes.Equal(a, b) {
			t.Errorf("%s, page %d: %dx%d pixels were sent, %dx%d arrived, and they differ", what, i+1,
				sent[i].Width, sent[i].Rows, got[i].Width, got[i].Rows)
		}
	}
}

// attachment takes the TIFF out of a mail that Postfix delivered, into a file.
func attachment(t *testing.T, mail []byte) string {
	t.Helper()
	parts, err := offramp.Parts(bytes.ReplaceAll(mail, []byte("\n"), []byte("\r\n")), offramp.PartLimits{})
	if err != nil {
		t.Fatalf("the mail: %v\n%.2000s", err, mail)
	}
	for _, p := range parts {
		if p.ContentType == "image/tiff" {
			file := filepath.Join(t.TempDir(), "attachment.tif")
			if err := os.WriteFile(file, p.Body, 0o644); err != nil {
				t.Fatal(err)
			}
			return file
		}
	}
	t.Fatalf("the mail has no TIFF\n%.2000s", mail)
	return ""
}

// TestAsterisk carries faxes between Asterisk and mail, in both directions and
// in every way that the two sides can agree on. All at once: a fax takes as
// long as it takes.
func TestAsterisk(t *testing.T) {
	t.Parallel()
	in := []struct {
		name, number string
		options      []string
		door         asterisktest.Door
	}{
		{"asterisk offers T.38", "15551230001", []string{"-o", "zf", "-E", "yes"}, asterisktest.Redundancy},
		{"asterisk offers T.38, no ECM", "15551230002", []string{"-o", "zf", "-E", "no"}, asterisktest.Redundancy},
		{"we offer T.38", "15551230003", []string{"-o", "f", "-E", "yes"}, asterisktest.Redundancy},
		{"we offer T.38, no ECM", "15551230004", []string{"-o", "f", "-E", "no"}, asterisktest.Redundancy},
		{"FEC", "15551230005", []string{"-o", "f", "-e", "peer-fec"}, asterisktest.FEC},
		{"FEC, no ECM", "15551230006", []string{"-o", "f", "-e", "peer-fec", "-E", "no"}, asterisktest.FEC},
		{"no error correction", "15551230007", []string{"-o", "f", "-e", "peer-noec"}, asterisktest.NoEC},
		{"TCP", "15551230008", []string{"-o", "f", "-e", "peer-tcp"}, asterisktest.TCP},
		{"audio", "15551230009", []string{"-o", "f", "-e", "peer-g711"}, asterisktest.AudioOnly},
		{"audio, no ECM", "15551230010", []string{"-o", "f", "-e", "peer-g711", "-E", "no"}, asterisktest.AudioOnly},
	}
	out := []struct{ name, to, extension, caller string }{
		{"asterisk offers T.38", "FAX=7001@fax.example.com", "7001", ""},
		{"asterisk offers T.38, no ECM", "FAX=7031@fax.example.com", "7031", ""},
		{"we offer T.38", "FAX=7010@fax.example.com", "7010", ""},
		{"9600", "FAX=7032@fax.example.com", "7032", ""},
		{"FEC", "fec-machine@fax.example.com", "7011", ""},
		{"audio, since T.38 is refused", "refusing-machine@fax.example.com", "7003", "1001"},
		{"audio, no ECM, 9600", "g711-machine@fax.example.com", "7034", ""},
		{"audio, since T.38 has port 0", "port0-machine@fax.example.com", "7003", "1002"},
		{"audio, since T.38 stays silent", "silent-machine@fax.example.com", "7003", "1003"},
	}
	var numbers []string
	for _, c := range in {
		numbers = append(numbers, "+"+c.number)
	}
	o := open(t, numbers...)
	t.Run("faxes", func(t *testing.T) {
		for _, c := range in {
			t.Run("in, "+c.name, func(t *testing.T) {
				t.Parallel()
				o.faxIn(t, c.number, c.door, c.options)
			})
		}
		for _, c := range out {
			t.Run("out, "+c.name, func(t *testing.T) {
				t.Parallel()
				o.faxOut(t, c.to, c.extension, c.caller)
			})
		}
		t.Run("refused: no T.38", func(t *testing.T) {
			t.Parallel()
			o.mailOut(t, "strict-machine@fax.example.com")
			if r := o.report(t, "strict-machine", 3*time.Minute); r.Action != report.Failed {
				t.Errorf("a fax that cannot travel is reported as %+v", r)
			}
		})
		t.Run("busy", func(t *testing.T) {
			t.Parallel()
			o.mailOut(t, "busy-machine@fax.example.com")
			r := o.report(t, "busy-machine", 3*time.Minute)
			if r.Action != report.Failed || r.Status != mailbridge.S4_4_1NoAnswer && r.Status != mailbridge.S4_4_7Expired {
				t.Errorf("a line that is always busy is reported as %+v", r)
			}
		})
		t.Run("unreachable trunk", func(t *testing.T) {
			t.Parallel()
			o.mailOut(t, "dead-machine@fax.example.com")
			if r := o.report(t, "dead-machine", 4*time.Minute); r.Action != report.Failed {
				t.Errorf("an unreachable trunk is reported as %+v", r)
			}
		})
	})
}

// faxIn: Asterisk sends three pages to a number of ours; they must be in its
// mailbox.
func (o *office) faxIn(t *testing.T, number string, door asterisktest.Door, options []string) {
	dest := number
	switch door {
	case asterisktest.TCP:
		dest = fmt.Sprintf("sip:%s@127.0.0.1:%d;transport=tcp", number, o.sip)
	case asterisktest.FEC, asterisktest.NoEC, asterisktest.AudioOnly:
		dest = fmt.Sprintf("sip:%s@127.0.0.1:%d", number, o.sip)
	}
	line, err := o.pbx.Send(o.threeUp, dest, append([]string{"-t", "400"}, options...)...)
	if err != nil {
		t.Fatalf("Asterisk says: %s", line)
	}
	t.Log(strings.TrimSpace(line))
	mode := "mode=T38"
	if door == asterisktest.AudioOnly {
		mode = "mode=audio"
	}
	if !strings.Contains(line, mode) {
		t.Errorf("the fax did not travel in %s", mode)
	}
	var mails [][]byte
	hosttest.Eventually(t, "the mail", 30*time.Second, func() bool {
		mails = o.mta.Mails(t, box("+"+number))
		return len(mails) > 0
	})
	if len(mails) != 1 {
		t.Errorf("%d mails came", len(mails))
	}
	file := attachment(t, mails[0])
	samePixels(t, "mailed pages", readTIFF(t, o.threeUp), readTIFF(t, file))
	info, err := exec.Command(testpeer.Command(t, "tiffinfo", "Debian package libtiff-tools"), file).CombinedOutput()
	if err != nil || strings.Count(string(info), "TIFF Directory") != 3 || strings.Contains(string(info), "Warning") {
		t.Errorf("tiffinfo: %v\n%s", err, info)
	}
	compare := exec.Command(testpeer.Command(t, "tiffcmp", "Debian package libtiff-tools"), "-t", file, o.threeUp)
	if diff, err := compare.CombinedOutput(); err != nil {
		t.Errorf("tiffcmp: %v\n%s", err, diff)
	}
}

// faxOut: the worker mails a text and three pages; Asterisk must have received
// four, and the worker must hear of it.
func (o *office) faxOut(t *testing.T, to, extension, caller string) {
	o.mailOut(t, to, o.attach()...)
	r := o.report(t, to, 400*time.Second)
	if r.Action != report.Delivered {
		t.Fatalf("the report says %+v; Asterisk: %v", r, o.pbx.Results(extension))
	}
	var line string // Asterisk's own word on it
	hosttest.Eventually(t, "Asterisk's own word on it", 30*time.Second, func() bool {
		for _, line = range o.pbx.Results(extension) {
			if caller == "" || strings.Contains(line, " from="+caller+" ") {
				return true
			}
		}
		return false
	})
	t.Log(line)
	_, file, _ := strings.Cut(line, " file=")
	pages := readTIFF(t, strings.TrimSpace(file))
	if len(pages) != 4 {
		t.Fatalf("Asterisk has %d pages, want the text and three", len(pages))
	}
	samePixels(t, "Asterisk's pages", readTIFF(t, o.threeUp), pages[1:])
}
