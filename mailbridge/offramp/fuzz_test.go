package offramp

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// pipes is a listener whose connections are made in memory.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// pipeConn is an end of a pipe that comes from an allowed address.
type pipeConn struct{ net.Conn }

func (pipeConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// FuzzSession brings a server to each state and then says anything. Whatever
// that is, the server lives on, and what it stores has a recipient.
func FuzzSession(f *testing.F) {
	const (
		mail = "EHLO c\r\nMAIL FROM:<a@example.com>\r\n"
		rcpt = mail + "RCPT TO:<FAX=1@fax.example.com>\r\n"
	)
	states := []string{"", "EHLO c\r\n", mail, rcpt, rcpt + "DATA\r\n", rcpt + "BDAT 10\r\n0123456789"}
	for i := range states {
		for _, s := range []string{
			"HELO x\r\n", "MAIL FROM:<> SIZE=1 BODY=8BITMIME ENVID=a+2B RET=HDRS SMTPUTF8\r\n", "RCPT TO:<\"a b\"@fax.example.com> NOTIFY=NEVER ORCPT=rfc822;x\r\n",
			"DATA\r\n\r\ntext\r\n.\r\n", "BDAT 5 LAST\r\n\r\nabcRSET\r\n", "\r\ntext\r\n.\r\nQUIT\r\n", "RSET\r\nNOOP\r\nVRFY x\r\nAUTH PLAIN\r\nSTARTTLS\r\n", "\n.\n\r.\r",
		} {
			f.Add(uint8(i), []byte(s))
		}
	}
	stored := make(chan mailbridge.Submission, 100)
	s, err := New(Options{
		Domains:        []string{"fax.example.com"},
		AllowedClients: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Resolve:        resolveForTest,
		Accept: func(_ context.Context, sub mailbridge.Submission) (string, error) {
			select {
			case stored <- sub:
			default:
			}
			return "ID", nil
		},
	})
	if err != nil {
		f.Fatal(err)
	}
	l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	s.listener = l
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	f.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Close(ctx)
		<-done
	})
	f.Fuzz(func(t *testing.T, state uint8, said []byte) {
		ours, theirs := net.Pipe()
		l.conns <- pipeConn{theirs}
		ours.SetDeadline(time.Now().Add(10 * time.Second))
		finished := make(chan string)
		go func() {
			b, _ := io.ReadAll(ours)
			finished <- string(b)
		}()
		fmt.Fprint(ours, states[int(state)%len(states)])
		ours.Write(said)
		fmt.Fprint(ours, "\r\n.\r\nQUIT\r\nQUIT\r\n")
		ours.Write(make([]byte, 1)) // until it has read all, or has hung up
		ours.Close()
		if got := <-finished; !strings.HasPrefix(got, "220 ") || strings.Contains(got, "Internal server error") {
			t.Errorf("the server said %q", got)
		}
		for len(stored) > 0 {
			sub := <-stored
			if len(sub.Recipients) == 0 || len(sub.Message) == 0 || !isNormal(sub.Message) {
				t.Errorf("stored: %+v with %q", sub.Recipients, sub.Message)
			}
		}
	})
}

// BenchmarkAccept hands in mails over loopback, four connections at a time,
// with a store that costs nothing.
func BenchmarkAccept(b *testing.B) {
	addr, _ := start(b, func(o *Options) {
		o.Accept = func(context.Context, mailbridge.Submission) (string, error) { return "ID", nil }
	})
	body := "Subject: x\r\n\r\n" + strings.Repeat(strings.Repeat("x", 76)+"\r\n", 50<<10/78) + ".\r\n"
	b.SetBytes(int64(len(body)))
	b.SetParallelism(2)
	b.RunParallel(func(pb *testing.PB) {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			b.Error(err)
			return
		}
		defer nc.Close()
		buf := make([]byte, 4096)
		say := func(s string) {
			io.WriteString(nc, s)
			if n, err := nc.Read(buf); err != nil || buf[0] != '2' && buf[0] != '3' {
				b.Errorf("%q: %q, %v", s[:min(len(s), 20)], buf[:n], err)
			}
		}
		say("")
		say("EHLO c\r\n")
		for pb.Next() {
			say("MAIL FROM:<a@example.com>\r\n")
			say("RCPT TO:<acme@fax.example.com>\r\n")
			say("DATA\r\n")
			say(body)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

func BenchmarkParts(b *testing.B) {
	message := []byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: image/tiff\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		strings.Repeat(strings.Repeat("QUJD", 19)+"\r\n", 1<<20/78) + "--b--\r\n")
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		if parts, err := Parts(message, PartLimits{}); err != nil || len(parts) != 2 {
			b.Fatal(err)
		}
	}
}
