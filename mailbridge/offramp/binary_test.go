package offramp

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// everyOctet has all octets, and what would end lines, data and parts.
func everyOctet() []byte {
	var b []byte
	for i := range 256 {
		b = append(b, byte(i))
	}
	return append(b, "\r\n.\r\n\n.\n\r--other\r\n"+strings.Repeat("long", 50_000)...)
}

func binaryMail(picture []byte) []byte {
	return []byte("Subject: scan\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: binary\r\n\r\npreamble\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n" +
		"--b\r\nContent-Type: image/tiff;\r\n name=a.tif\r\nContent-Transfer-Encoding:\r\n Binary\r\nX-More: 1\r\n\r\n" + string(picture) + "\r\n" +
		"--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: binary\r\n\r\nSubject: inner\r\nContent-Type: image/tiff\r\nContent-Transfer-Encoding: binary\r\n\r\n" + string(picture) + "\r\n--b--\r\n")
}

// A mail whose parts are binary comes by BDAT, and its octets arrive as they were.
func TestBinaryMIME(t *testing.T) {
	addr, st := start(t, nil)
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	talk(t, nc, `220
		> EHLO c.example.com
		250
		> MAIL FROM:<a@example.com> BODY=BINARYMIME
		250
		> RCPT TO:<acme@fax.example.com>
		250
		> DATA
		503`) // RFC 3030 3
	picture := everyOctet()
	message := binaryMail(picture)
	half := len(message) / 2
	r := bufio.NewReader(nc)
	for i, chunk := range [][]byte{message[:half], message[half:]} {
		last := ""
		if i == 1 {
			last = " LAST"
		}
		fmt.Fprintf(nc, "BDAT %d%s\r\n%s", len(chunk), last, chunk)
		if got := reply1(t, r); !strings.HasPrefix(got, "250") {
			t.Fatal(got)
		}
	}
	stored := st.all()[0].Message
	if !isNormal(stored) || bytes.Contains(stored, []byte("inary")) {
		t.Errorf("stored as\n%.3000q", stored)
	}
	parts, err := Parts(stored, PartLimits{})
	if err != nil || len(parts) != 3 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	if string(parts[0].Body) != "hello" && string(parts[0].Body) != "hello\r\n" || parts[1].Name != "a.tif" ||
		!bytes.Equal(parts[1].Body, picture) || !bytes.Equal(parts[2].Body, picture) {
		t.Errorf("%q, %q: %d and %d octets of %d", parts[0].Body, parts[1].Name, len(parts[1].Body), len(parts[2].Body), len(picture))
	}
}

func TestTextualLimits(t *testing.T) {
	deep := "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: binary\r\n\r\n"
	if _, err := textual([]byte(strings.Repeat(deep, 30))); err == nil {
		t.Error("a mail in a mail in a mail …")
	}
	many := "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\n", 2000)
	if _, err := textual([]byte(many)); err == nil {
		t.Error("2000 parts")
	}
}

func FuzzTextual(f *testing.F) {
	f.Add(binaryMail([]byte("II*\x00")))
	f.Add([]byte("Content-Transfer-Encoding: binary\r\n\r\nx"))
	f.Add([]byte("Content-Type: multipart/x; boundary=\r\n\r\n--\r\n"))
	f.Fuzz(func(t *testing.T, message []byte) {
		out, err := textual(message)
		if err == nil && len(out) > 3*len(message)+binaryParts*200 {
			t.Errorf("%d octets became %d", len(message), len(out))
		}
	})
}
