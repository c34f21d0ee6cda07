package dialog

import (
	"strings"
	"testing"
)

const plainOptions = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nt: <sip:a@b>\r\n" +
	"Call-ID: x\r\nCSeq: 7 OPTIONS\r\nSubject: one\r\n two\r\nContent-Length: 0\r\n\r\n"

func TestMisread(t *testing.T) {
	for edit, want := range map[string]string{
		"":                    "",
		"Content-Length: 1":   "Bad Content-Length",
		"Content-Length: -1":  "Bad Content-Length",
		"Content-Length:":     "",
		"Content-Length":      "Bad Header Line",
		"CSeq:\t9\tX":         "",
		"l: 99999999999":      "Bad Content-Length",
		"l : 0":               "",
		"CSeq: 2147483648 X":  "Bad CSeq",
		"CSeq: -1 OPTIONS":    "Bad CSeq",
		"CSeq: 2147483647 X":  "",
		"X-Content-Length: 9": "",
	} {
		m := plainOptions
		if edit != "" {
			m = strings.Replace(m, "Content-Length: 0", edit, 1)
		}
		if got := misread([]byte(m)); got != want {
			t.Errorf("with %q: %q, want %q", edit, got, want)
		}
	}
	if got := misread([]byte("SIP/2.0 200 OK\r\nContent-Length: 9\r\n\r\n")); got != "" {
		t.Errorf("an answer: %q", got)
	}
}

func TestBadRequest(t *testing.T) {
	want := "SIP/2.0 400 Why\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nt: <sip:a@b>\r\n" +
		"Call-ID: x\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n"
	if got := string(badRequest([]byte(plainOptions), "Why")); got != want {
		t.Errorf("the answer is\n%s\nwant\n%s", got, want)
	}
	for _, silent := range []string{"", "ACK" + plainOptions[7:], "OPTIONS sip:a@b SIP/2.0\r\nCSeq: 1 X\r\n\r\n"} {
		if got := badRequest([]byte(silent), "Why"); got != nil {
			t.Errorf("%q is answered %q", silent, got)
		}
	}
}

func FuzzDatagram(f *testing.F) {
	f.Add([]byte(plainOptions))
	f.Add([]byte("INVITE\r\nv:\r\n :\r\nl:\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		misread(b)
		if a := badRequest(b, "Why"); a != nil && (len(a) > len(b)+100 || !strings.HasSuffix(string(a), "\r\n\r\n")) {
			t.Errorf("%q is answered %q", b, a)
		}
	})
}
