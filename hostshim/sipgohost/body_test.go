package sipgohost

import (
	"testing"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

func TestDescription(t *testing.T) {
	const parts = "--b\r\nContent-Type: application/isup\r\n\r\nx\r\n--b\r\nContent-Type: application/SDP; charset=utf-8\r\n\r\nv=0\r\n--b--\r\n"
	for _, c := range []struct {
		kind, body, encoding string
		sdp                  string
		ok                   bool
	}{
		{"", "", "", "", true},
		{"", "v=0", "", "v=0", true},
		{"application/sdp", "v=0", "", "v=0", true},
		{"Application/SDP;x=\"", "v=0", "", "v=0", true},
		{"application/sdp", "v=0", "identity", "v=0", true},
		{"application/sdp", "xxx", "gzip", "", false},
		{"text/plain", "v=0", "", "", false},
		{"multipart/mixed;boundary=b", parts, "", "v=0", true},
		{"multipart/alternative;boundary=\"b\"", parts, "", "v=0", true},
		{"multipart/mixed;boundary=c", parts, "", "", false},
		{"multipart/mixed", parts, "", "", false},
		{"multipart/mixed;boundary=b", "--b\r\nContent-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\nv=0\r\n--b--\r\n", "", "", false},
	} {
		var headers []dialog.Header
		if c.encoding != "" {
			headers = []dialog.Header{{Name: "Content-Encoding", Value: c.encoding}}
		}
		sdp, ok := description(dialog.Content{Type: c.kind, Body: []byte(c.body)}, headers)
		if string(sdp) != c.sdp || ok != c.ok {
			t.Errorf("%s %s %q gives %q, %v", c.kind, c.encoding, c.body, sdp, ok)
		}
	}
}

func FuzzDescription(f *testing.F) {
	f.Add("multipart/mixed;boundary=b", []byte("--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n"))
	f.Add("application/sdp", []byte("v=0"))
	f.Add("multipart/mixed;boundary=", []byte("----"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		sdp, ok := description(dialog.Content{Type: kind, Body: body}, nil)
		if len(sdp) > len(body) || !ok && sdp != nil {
			t.Errorf("%q %q gives %q, %v", kind, body, sdp, ok)
		}
	})
}
