package offramp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/address"
)

// store is an Accept that keeps what it is given.
type store struct {
	mu  sync.Mutex
	got []mailbridge.Submission
	err error
}

func (s *store) accept(_ context.Context, sub mailbridge.Submission) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return "", s.err
	}
	s.got = append(s.got, sub)
	return fmt.Sprintf("ID%d", len(s.got)), nil
}

func (s *store) all() []mailbridge.Submission {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

var testTime = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// toPostmaster lets the postmaster's mail server say err.
func toPostmaster(err error) func(*Options) {
	return func(o *Options) {
		o.Postmaster = func(_ context.Context, _ string, message []byte) error {
			if !bytes.HasPrefix(message, []byte("Received: from ")) {
				return errors.New("no trace")
			}
			return err
		}
	}
}

// start runs a server on loopback. change may alter its options.
func start(t testing.TB, change func(*Options)) (addr string, st *store) {
	t.Helper()
	s, st := startServer(t, change)
	return s.Addr().String(), st
}

func startServer(t testing.TB, change func(*Options)) (*Server, *store) {
	t.Helper()
	st := &store{}
	o := Options{
		Listen:         "127.0.0.1:0",
		Domains:        []string{"fax.example.com", "[192.0.2.1]"},
		AllowedClients: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Aliases: map[string][]mailbridge.Destination{
			"acme": {{Number: "+15551234567", Alias: "acme"}},
			"both": {{Number: "1", Alias: "both"}, {Number: "2", Alias: "both"}},
		},
		Resolve: resolveForTest,
		Accept:  st.accept,
		Now:     func() time.Time { return testTime },
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s, st
}

func resolveForTest(local, domain string) ([]mailbridge.Destination, error) {
	number, isFax := strings.CutPrefix(local, "FAX=")
	if n, ok := strings.CutPrefix(local, "parse-"); ok {
		_, err := address.Parse(n)
		return nil, err
	}
	switch {
	case strings.HasPrefix(number, "900"):
		return nil, &mailbridge.PermanentError{Status: "5.7.1", Err: errors.New("premium numbers are not called")}
	case strings.Trim(number, "+0123456789") == "" && number != "":
		return []mailbridge.Destination{{Number: number}}, nil
	case isFax:
		return nil, &mailbridge.PermanentError{Status: "5.1.3", Err: errors.New("a fax number has digits only")}
	case local == "broken":
		return nil, errors.New("database is away")
	}
	return nil, nil
}

// play runs a script against a server: lines that begin with "> " are sent
// with CRLF, others are the beginnings of the replies that must come.
func play(t testing.TB, addr, script string) {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	talk(t, nc, script)
}

func talk(t testing.TB, nc net.Conn, script string) {
	t.Helper()
	r := bufio.NewReader(nc)
	for _, line := range strings.Split(strings.TrimSpace(script), "\n") {
		line = strings.TrimLeft(line, "\t")
		if send, ok := strings.CutPrefix(line, "> "); ok || line == ">" {
			fmt.Fprintf(nc, "%s\r\n", strings.TrimPrefix(send, ">"))
			continue
		}
		got := reply1(t, r)
		if !strings.HasPrefix(got, line) {
			t.Fatalf("reply %q, want it to begin with %q", got, line)
		}
	}
}

// reply1 reads a reply and gives its last line.
func reply1(t testing.TB, r *bufio.Reader) string {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("reading a reply: %v (%q)", err, line)
		}
		if len(line) < 4 || line[3] != '-' {
			return strings.TrimRight(line, "\r\n")
		}
	}
}

func TestAcceptedMeansStored(t *testing.T) {
	addr, st := start(t, nil)
	play(t, addr, `
		220 fax.example.com ESMTP
		> EHLO scanner.example.com
		250 LIMITS RCPTMAX=100
		> MAIL FROM:<ann@example.com> ENVID=QQ+2B7 RET=FULL
		250 2.0.0
		> RCPT TO:<FAX=+15551112222@fax.example.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Fax+2B1@example.com
		250 2.0.0
		> RCPT TO:<ACME@Fax.Example.COM>
		250 2.0.0
		> DATA
		354
		> From: ann@example.com
		> Subject: hello
		>
		> A text.
		> ..dots
		> .
		250 2.0.0 queued as ID1
		> QUIT
		221`)
	got := st.all()
	if len(got) != 1 {
		t.Fatalf("%d submissions were stored, want 1", len(got))
	}
	s := got[0]
	if s.ReturnPath != "ann@example.com" || s.EnvelopeID != "QQ+7" || !s.ReturnFull || !s.Received.Equal(testTime) {
		t.Errorf("the envelope is %+v", s)
	}
	if s.Client != "127.0.0.1 (scanner.example.com)" {
		t.Errorf("the client is %q", s.Client)
	}
	want := []mailbridge.Recipient{
		{Address: "FAX=+15551112222@fax.example.com", OriginalRcpt: "rfc822;Fax+1@example.com",
			Notify:      mailbridge.NotifySuccess | mailbridge.NotifyFailure,
			Destination: mailbridge.Destination{Number: "+15551112222"}, Sender: "ann@example.com"},
		{Address: "ACME@Fax.Example.COM", Destination: mailbridge.Destination{Number: "+15551234567", Alias: "acme"}, Sender: "ann@example.com"},
	}
	if fmt.Sprint(s.Recipients) != fmt.Sprint(want) {
		t.Errorf("recipients are %+v\nwant %+v", s.Recipients, want)
	}
	const message = "Received: from scanner.example.com ([127.0.0.1]) by fax.example.com with\r\n" +
		" ESMTP; Mon, 23 Nov 2026 14:00:00 +0000\r\n" +
		"From: ann@example.com\r\nSubject: hello\r\n\r\nA text.\r\n.dots\r\n"
	if string(s.Message) != message {
		t.Errorf("the message is\n%q\nwant\n%q", s.Message, message)
	}
}

// Each refusal, with its reply code and the words that help.
func TestRefusals(t *testing.T) {
	const hello = "\n220\n> EHLO c\n250\n"
	const mail = hello + "> MAIL FROM:<a@example.com>\n250\n"
	const rcpt = mail + "> RCPT TO:<acme@fax.example.com>\n250\n"
	many := func(n int) string { return strings.Repeat("> RCPT TO:<acme@fax.example.com>\n250\n", n) }
	for _, tt := range []struct {
		name, script string
		change       func(*Options)
	}{
		{"a client that nobody allowed", hello + "> MAIL FROM:<a@example.com>\n" +
			"550 5.7.1 Mail from 127.0.0.1 is not taken here: allow_clients in the mail block must name that address",
			func(o *Options) { o.AllowedClients = nil }},
		{"a sender that nobody allowed", hello + "> MAIL FROM:<a@example.com>\n" +
			"550 5.7.1 <a@example.com> may not send faxes here: allow_senders in the mail block must name that sender",
			func(o *Options) { o.AllowedSenders = []string{"*@example.org", "b@example.com"} }},
		{"the null path when senders are listed", hello + "> MAIL FROM:<>\n550 5.7.1",
			func(o *Options) { o.AllowedSenders = []string{"*@example.org"} }},
		{"senders that are allowed", hello + "> MAIL FROM:<X@EXAMPLE.org>\n250\n> RSET\n250\n> MAIL FROM:<b@example.com>\n250\n> RSET\n250\n> MAIL FROM:<>\n250",
			func(o *Options) { o.AllowedSenders = []string{"*@example.org", "b@example.com", "<>"} }},
		{"a foreign domain", mail + "> RCPT TO:<FAX=123@elsewhere.example>\n" +
			"550 5.7.1 Relaying denied: <FAX=123@elsewhere.example> is not at fax.example.com or [192.0.2.1]", nil},
		{"an unknown recipient", mail + "> RCPT TO:<nobody@fax.example.com>\n" +
			"550 5.1.1 <nobody@fax.example.com> is neither an alias nor a fax number here", nil},
		{"a name for which the number plan wants digits", mail + "> RCPT TO:<parse-name@fax.example.com>\n550 5.1.1 <parse-name@fax.example.com> is neither", nil},
		{"an address that does not parse", mail + "> RCPT TO:<parse-1x@fax.example.com>\n553 5.1.3 <parse-1x@fax.example.com>: \"1x\" is not a fax address: 'x' cannot be dialled", nil},
		{"a bad number", mail + "> RCPT TO:<FAX=12ab@fax.example.com>\n553 5.1.3 <FAX=12ab@fax.example.com>: a fax number has digits only", nil},
		{"a number that is not called", mail + "> RCPT TO:<FAX=900123@fax.example.com>\n550 5.7.1 <FAX=900123@fax.example.com>: premium", nil},
		{"a number plan that fails", mail + "> RCPT TO:<broken@fax.example.com>\n451 4.3.0", nil},
		{"an address literal of ours", mail + "> RCPT TO:<FAX=123@[192.0.2.1]>\n250", nil},
		{"no resolver", mail + "> RCPT TO:<FAX=123@fax.example.com>\n550 5.1.1", func(o *Options) { o.Resolve = nil }},
		{"too many recipients", mail + many(3) + "> RCPT TO:<acme@fax.example.com>\n452 4.5.3", func(o *Options) { o.Limits.Recipients = 3 }},
		{"too many faxes by one alias", mail + "> RCPT TO:<acme@fax.example.com>\n250\n> RCPT TO:<both@fax.example.com>\n452 4.5.3 <both@fax.example.com> would make more than 2 faxes",
			func(o *Options) { o.Limits.Recipients = 2 }},
		{"DATA without a recipient", mail + "> DATA\n503", nil},
		{"MAIL before a greeting", "220\n> MAIL FROM:<a@example.com>\n503 5.5.1", nil},
		{"RCPT before MAIL", hello + "> RCPT TO:<acme@fax.example.com>\n503 5.5.1", nil},
		{"MAIL twice", mail + "> MAIL FROM:<b@example.com>\n503 5.5.1 A mail has begun already: say RSET first\n> RSET\n250\n> MAIL FROM:<b@example.com>\n250", nil},
		{"another greeting begins anew", mail + "> EHLO again.example.com\n250\n> MAIL FROM:<b@example.com>\n250", nil},
		{"parameters that nobody knows", hello + "> MAIL FROM:<a@example.com> FOO=1\n555 5.5.4\n> MAIL FROM:<a@example.com>\n250\n> RCPT TO:<acme@fax.example.com> FOO=1\n555 5.5.4", nil},
		{"what is no command", hello + "> FOO\n500 5.5.2", nil},
		{"HELP", hello + "> HELP\n214 2.0.0", nil},
		{"a postmaster who is nobody", mail + "> RCPT TO:<postmaster@fax.example.com>\n550 5.1.1", nil},
		{"the postmaster", mail + "> RCPT TO:<Postmaster@FAX.example.com>\n250\n> RCPT TO:<acme@fax.example.com>\n452 4.5.3\n> DATA\n354\n> Subject: help\n>\n> x\n> .\n250 2.0.0 passed on to the postmaster",
			toPostmaster(nil)},
		{"the postmaster after a fax", rcpt + "> RCPT TO:<postmaster@fax.example.com>\n452 4.5.3", toPostmaster(nil)},
		{"the postmaster is not there", mail + "> RCPT TO:<postmaster@fax.example.com>\n250\n> DATA\n354\n> Subject: help\n>\n> x\n> .\n451 4.4.1", toPostmaster(errors.New("down"))},
		{"the postmaster is refused", mail + "> RCPT TO:<postmaster@fax.example.com>\n250\n> DATA\n354\n> Subject: help\n>\n> x\n> .\n554 5.1.1",
			toPostmaster(&mailbridge.PermanentError{Status: "5.1.1", Err: errors.New("no such user")})},
		{"announced too large", hello + "> MAIL FROM:<a@example.com> SIZE=2000\n552 5.3.4", func(o *Options) { o.Limits.MessageSize = 1000 }},
		{"too large", rcpt + "> DATA\n354\n" + strings.Repeat("> "+strings.Repeat("x", 98)+"\n", 50) + "> .\n552 5.3.4 The mail is larger than 1000 octets\n> NOOP\n250",
			func(o *Options) { o.Limits.MessageSize = 1000 }},
		{"nothing to fax", rcpt + "> DATA\n354\n> Content-Type: application/vnd.ms-excel; name=a.xls\n>\n> x\n> .\n" +
			"554 5.6.1 a.xls (application/vnd.ms-excel, an office document: save it as PDF and send that) cannot be faxed; what can be: text (text/plain) and TIFF-F (image/tiff)", nil},
		{"an empty mail", rcpt + "> DATA\n354\n> Subject: x\n>\n> .\n554 5.6.1 The mail is empty", nil},
		{"a loop", rcpt + "> DATA\n354\n" + strings.Repeat("> Received: by x\n", 51) + ">\n> text\n> .\n554 5.4.6", nil},
		{"a line too long", hello + "> NOOP " + strings.Repeat("x", 70000) + "\n500", nil},
		{"a line too long in the data", rcpt + "> DATA\n354\n> " + strings.Repeat("x", 70000) + "\n554 5.6.0 The mail has a line of more than 65536 octets", nil},
		{"a long address", mail + "> RCPT TO:<" + strings.Repeat("1", 600) + "@fax.example.com>\n553 5.1.3", nil},
		{"a long ENVID", hello + "> MAIL FROM:<a@example.com> ENVID=" + strings.Repeat("1", 600) + "\n553 5.1.3", nil},
		{"a 100,000 character address", mail + "> RCPT TO:<" + strings.Repeat("1", 100000) + "@fax.example.com>\n500", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addr, st := start(t, tt.change)
			play(t, addr, tt.script)
			if n := len(st.all()); n != 0 {
				t.Errorf("%d mails were stored", n)
			}
		})
	}
}

func TestStoreFails(t *testing.T) {
	addr, st := start(t, nil)
	st.err = errors.New("disk full")
	play(t, addr, `
		220
		> EHLO c
		250
		> MAIL FROM:<a@example.com>
		250
		> RCPT TO:<acme@fax.example.com>
		250
		> DATA
		354
		>
		> text
		> .
		451 4.3.0 The mail could not be stored, try again later
		> QUIT
		221`)
}

func TestChunking(t *testing.T) {
	addr, st := start(t, nil)
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	// All at once: PIPELINING and CHUNKING (RFC 2920, RFC 3030). The second
	// mail is given up in mid-message.
	fmt.Fprint(nc, "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<acme@fax.example.com>\r\nBDAT 14\r\nSubject: x\r\n\r\nBDAT 6 LAST\r\ntext\r\n"+
		"MAIL FROM:<>\r\nRCPT TO:<acme@fax.example.com>\r\nBDAT 3\r\nabcRSET\r\nQUIT\r\n")
	r := bufio.NewReader(nc)
	for _, want := range []string{"220", "250", "250", "250", "250", "250 2.0.0 queued as ID1", "250", "250", "250", "250", "221"} {
		if got := reply1(t, r); !strings.HasPrefix(got, want) {
			t.Fatalf("reply %q, want %q", got, want)
		}
	}
	got := st.all()
	if len(got) != 1 || !bytes.HasSuffix(got[0].Message, []byte("Subject: x\r\n\r\ntext\r\n")) || got[0].ReturnPath != "" {
		t.Errorf("stored: %+v", got)
	}
}

// Ends of data that some servers see and others do not ("SMTP smuggling"):
// none may begin a second mail.
func TestSmuggling(t *testing.T) {
	const second = "MAIL FROM:<evil@example.com>\r\nRCPT TO:<acme@fax.example.com>\r\nDATA\r\n\r\nsecond\r\n"
	for end, refused := range map[string]bool{
		"\n.\n": true, "\n.\r\n": true, "\r.\r": true, "\r.\r\n": true, "\n.\r": true, "\r\r\n.\r\r\n": true,
		// The reader of DATA has taken this dot for a doubled one; the rest of
		// the mail is text.
		"\r\n.\n": false, "\r\n.\r": false,
		"\r\n\x00.\r\n": false,
	} {
		t.Run(fmt.Sprintf("%q", end), func(t *testing.T) {
			addr, st := start(t, nil)
			nc, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			nc.SetDeadline(time.Now().Add(10 * time.Second))
			r := bufio.NewReader(nc)
			fmt.Fprint(nc, "EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<acme@fax.example.com>\r\nDATA\r\n")
			for range 5 {
				reply1(t, r)
			}
			fmt.Fprintf(nc, "Subject: x\r\n\r\nfirst%s%s\r\n.\r\nQUIT\r\n", end, second)
			got := reply1(t, r)
			if bye := reply1(t, r); !strings.HasPrefix(bye, "221") {
				t.Errorf("after the data: %q, want only the reply to QUIT", bye)
			}
			for _, s := range st.all() {
				if s.ReturnPath == "evil@example.com" {
					t.Error("the smuggled mail was stored")
				}
			}
			if refused != strings.HasPrefix(got, "554 5.6.0") {
				t.Errorf("the reply is %q with %d stored", got, len(st.all()))
			}
		})
	}
}

func TestListenErrorNamesThePort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := New(Options{Listen: l.Addr().String(), Domains: []string{"x"}, Accept: (&store{}).accept})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Serve()
	var le *ListenError
	if !errors.As(err, &le) || le.Addr != l.Addr().String() || !strings.Contains(err.Error(), "another program uses that port") {
		t.Errorf("the error is %v", err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]Options{
		"no domain": {Accept: (&store{}).accept},
		"no accept": {Domains: []string{"x"}},
		"a limit":   {Domains: []string{"x"}, Accept: (&store{}).accept, Limits: Limits{Hops: -1}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: New gives no error", name)
		}
	}
}
