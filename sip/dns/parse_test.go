package dns

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestResolvConf(t *testing.T) {
	got := parseResolvConf(strings.NewReader("# ours\nsearch example.com\nnameserver 192.0.2.1\nnameserver x\n nameserver 2001:db8::1 # two\n" +
		"nameserver 192.0.2.3\nnameserver 192.0.2.4\n"))
	if want := []string{"192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.3:53"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func FuzzAnswer(f *testing.F) {
	q := dnsmessage.Question{Name: dnsmessage.MustNewName("example.com."), Type: typeNAPTR, Class: dnsmessage.ClassINET}
	for _, rdata := range [][]byte{
		nil,
		[]byte("\x00\x32\x00\x0a\x01s\x07SIP+D2T\x00\x04_sip\x04_tcp\x07example\x03com\x00"),
		[]byte("\x00\x32\x00\x0a\xffs"),
		[]byte("\x00\x32\x00\x0a\x00\x00\x00\xc0\x0c"),
	} {
		m := dnsmessage.Message{Header: dnsmessage.Header{ID: 7, Response: true}, Questions: []dnsmessage.Question{q}}
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: typeNAPTR, Class: dnsmessage.ClassINET},
			Body:   &dnsmessage.UnknownResource{Type: typeNAPTR, Data: rdata},
		})
		b, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, _, err := parseAnswer(b, 7, q)
		if err != nil && list != nil || len(list) > maxRecords {
			t.Fatalf("%d records, %v", len(list), err)
		}
		for _, n := range list {
			if strings.ContainsFunc(strings.ReplaceAll(n.Replacement, ".", ""), notInName) || len(n.Replacement) > 255 {
				t.Fatalf("replacement %q", n.Replacement)
			}
		}
	})
}
