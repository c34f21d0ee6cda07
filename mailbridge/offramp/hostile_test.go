package offramp

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"
)

// toData brings a connection to where a mail begins.
func toData(t *testing.T, addr string) (net.Conn, *bufio.Reader) {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(30 * time.Second))
	r := bufio.NewReader(nc)
	fmt.Fprint(nc, "EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<acme@fax.example.com>\r\nDATA\r\n")
	for range 5 {
		reply1(t, r)
	}
	return nc, r
}

// heap is what is in use after everything else was given back.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Mails that were made to cost much are refused with words, by a server that
// goes on serving and whose memory stays as it was.
func TestBombs(t *testing.T) {
	var deep strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&deep, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	head := "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	for _, tt := range []struct{ name, message, want string }{
		{"10,000 parts in each other", deep.String(), "554 5.6.0"},
		{"10,000 mails in each other", strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 10_000), "554 5.6.0"},
		{"100,000 parts", head + strings.Repeat("--b\r\n\r\nx\r\n", 100_000), "554 5.6.0"},
		{"a header of 100,000 fields", strings.Repeat("X-A: b\r\n", 100_000) + "\r\nx\r\n", ""},
		{"a field of 100,000 lines", "Subject: a\r\n" + strings.Repeat(" b\r\n", 100_000) + "\r\nx\r\n", ""},
		{"base64 of nothing", "Content-Type: image/tiff\r\nContent-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat(strings.Repeat("=", 76)+"\r\n", 10_000), ""},
		{"a parameter in 10,000 pieces", "Content-Type: text/plain" + piece(10_000) + "\r\n\r\nx\r\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addr, _ := start(t, nil)
			before := heap()
			nc, r := toData(t, addr)
			began := time.Now()
			io.WriteString(nc, tt.message+"\r\n.\r\n")
			got := reply1(t, r)
			if !strings.HasPrefix(got, tt.want) || tt.want == "" && !strings.HasPrefix(got, "250 ") && !strings.HasPrefix(got, "55") {
				t.Errorf("the reply is %q, want %q", got, tt.want)
			}
			if d := time.Since(began); d > 10*time.Second {
				t.Errorf("the mail cost %v", d)
			}
			fmt.Fprint(nc, "NOOP\r\n")
			if got := reply1(t, r); !strings.HasPrefix(got, "250") {
				t.Errorf("after it: %q", got)
			}
			if after := heap(); after > before+64<<20 {
				t.Errorf("%d MB stay in use", (after-before)>>20)
			}
		})
	}
}

func piece(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ";\r\n charset*%d=a", i)
	}
	return b.String()
}

// base64 that never ends costs no more than the limit of a mail, and then the
// connection.
func TestEndlessBase64(t *testing.T) {
	addr, st := start(t, func(o *Options) { o.Limits.MessageSize = 4 << 20 })
	before := heap()
	nc, _ := toData(t, addr)
	fmt.Fprint(nc, "Content-Type: image/tiff\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	line := []byte(strings.Repeat("QUJD", 19) + "\r\n")
	sent := 0
	for ; sent < 200<<20; sent += len(line) {
		if _, err := nc.Write(line); err != nil {
			break
		}
	}
	if sent >= 200<<20 || len(st.all()) != 0 {
		t.Errorf("%d MB were taken", sent>>20)
	}
	if after := heap(); after > before+32<<20 {
		t.Errorf("%d MB stay in use", (after-before)>>20)
	}
	hand250(t, addr)
}

// hand250 shows that somebody else is served.
func hand250(t *testing.T, addr string) {
	t.Helper()
	if err := hand(t, addr, "ann@example.com", []string{"acme@fax.example.com"}, "Subject: x\r\n\r\nhello\r\n"); err != nil {
		t.Errorf("others are not served: %v", err)
	}
}

// Clients that send an octet now and then hold their own places only.
func TestSlowlorisStopsNobodyElse(t *testing.T) {
	addr, st := start(t, func(o *Options) { o.Limits.Connections, o.Limits.Transfer = 40, time.Minute })
	stop := make(chan struct{})
	defer close(stop)
	for i := range 30 {
		nc, _ := toData(t, addr)
		go func() {
			tick := time.NewTicker(time.Duration(5+i) * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return
				case <-tick.C:
					nc.Write([]byte("x"))
				}
			}
		}()
	}
	for range 5 {
		hand250(t, addr)
	}
	if n := len(st.all()); n != 5 {
		t.Errorf("%d mails were taken", n)
	}
}

// One stranger cannot take all the places of strangers.
func TestOneStrangerAmongMany(t *testing.T) {
	addr, _ := start(t, func(o *Options) {
		o.AllowedClients = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		o.Limits.Strangers = 4
	})
	greeting := func(from string) string {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		nc, err := d.Dial("tcp", addr)
		if err != nil {
			t.Skipf("this machine has no second loopback address: %v", err)
		}
		t.Cleanup(func() { nc.Close() })
		nc.SetDeadline(time.Now().Add(10 * time.Second))
		return reply1(t, bufio.NewReader(nc))
	}
	for i, want := range []struct{ from, greeting string }{
		{"127.0.0.2", "220"}, {"127.0.0.2", "220"}, {"127.0.0.2", "421 4.3.2"}, {"127.0.0.3", "220"}, {"127.0.0.1", "220"},
	} {
		if got := greeting(want.from); !strings.HasPrefix(got, want.greeting) {
			t.Errorf("%d: %s is greeted %q", i, want.from, got)
		}
	}
}

// What a client says of itself and of others never becomes a line of a header.
func TestHeaderInjection(t *testing.T) {
	addr, st := start(t, nil)
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	talk(t, nc, `
		220
		> EHLO c`+"\r"+`Bcc: evil@example.com
		250
		> MAIL FROM:<a`+"\r"+`X-Evil: 1@example.com>
		5
		> MAIL FROM:<"a\`+"\r"+`X-Evil: 1"@example.com> ENVID=a+0D+0AX-Evil:+201
		5
		> MAIL FROM:<a@example.com> ENVID=a+2B
		250
		> RCPT TO:<acme@fax.example.com> ORCPT=rfc822;a+0D+0AX-Evil:+201
		5
		> RCPT TO:<acme@fax.example.com>
		250
		> DATA
		354
		> From: =?utf-8?q?Ann=0D=0AX-Evil:_1?= <ann@example.com>
		>
		> text
		> .
		250
		> QUIT
		221`)
	all := st.all()
	if len(all) != 1 {
		t.Fatalf("%d mails", len(all))
	}
	for line := range strings.Lines(string(all[0].Message)) {
		if strings.HasPrefix(line, "X-Evil") || strings.HasPrefix(line, "Bcc") {
			t.Errorf("the message has the line %q", line)
		}
	}
	if strings.ContainsAny(all[0].Recipients[0].Sender+all[0].Client+all[0].EnvelopeID, "\r\n") {
		t.Errorf("%+v", all[0])
	}
}
