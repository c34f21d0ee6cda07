package offramp

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// What EHLO offers is what the server keeps; the sessions of the other tests use
// each.
func TestExtensions(t *testing.T) {
	addr, _ := start(t, func(o *Options) {
		o.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
		o.Users = map[string]string{"office": "correct horse"}
		o.Limits.MessageSize = 1234567
	})
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	clear := offered(t, nc, true)
	const always = "PIPELINING 8BITMIME ENHANCEDSTATUSCODES CHUNKING SMTPUTF8 DSN BINARYMIME"
	for _, want := range append(strings.Fields(always), "STARTTLS", "SIZE 1234567") {
		if !clear[want] {
			t.Errorf("%s is not offered: %v", want, clear)
		}
	}
	if clear["AUTH PLAIN"] {
		t.Errorf("offered in clear: %v", clear)
	}
	fmt.Fprint(nc, "STARTTLS\r\n")
	if got := reply1(t, bufio.NewReader(nc)); !strings.HasPrefix(got, "220") {
		t.Fatal(got)
	}
	secure := offered(t, tls.Client(nc, &tls.Config{InsecureSkipVerify: true}), false)
	for _, want := range append(strings.Fields(always), "AUTH PLAIN") {
		if !secure[want] {
			t.Errorf("%s is not offered over TLS: %v", want, secure)
		}
	}
	if secure["STARTTLS"] {
		t.Error("STARTTLS is offered twice (RFC 3207 4.2)")
	}
}

// offered says EHLO and gives the extensions.
func offered(t *testing.T, nc net.Conn, greeted bool) map[string]bool {
	t.Helper()
	r := bufio.NewReader(nc)
	if greeted {
		reply1(t, r)
	}
	fmt.Fprint(nc, "EHLO c.example.com\r\n")
	list := map[string]bool{}
	for {
		line, err := r.ReadString('\n')
		if err != nil || len(line) < 5 {
			t.Fatalf("%q, %v", line, err)
		}
		list[strings.TrimSpace(line[4:])] = true
		if line[3] == ' ' {
			return list
		}
	}
}
