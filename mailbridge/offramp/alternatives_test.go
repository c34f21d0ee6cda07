package offramp

import (
	"strings"
	"testing"
)

// everything is a renderer that takes more than a fax gateway must.
func everything(mediaType string) bool {
	return mediaType == "text/html" || mediaType == "application/pdf" || strings.HasPrefix(mediaType, "image/") || usableByDefault(mediaType)
}

func TestWithARendererOfMore(t *testing.T) {
	for _, c := range []struct{ name, message, parts, unusable string }{
		{"of words the plain ones", `
Content-Type: multipart/alternative; boundary=A

--A

words
--A
Content-Type: text/html

<b>words</b>
--A--
`, "text/plain: words", ""},
		{"HTML with a logo is words and the logo", `
Content-Type: multipart/alternative; boundary=A

--A

words
--A
Content-Type: multipart/related; boundary=R

--R
Content-Type: text/html

<b>words</b><img src="cid:1">
--R
Content-Type: image/png
Content-ID: <1>

png
--R--
--A--
`, "text/plain: words\nimage/png: png", ""},
		{"Apple Mail hides the attachment in the alternative", `
Content-Type: multipart/alternative; boundary=A

--A

words
--A
Content-Type: multipart/mixed; boundary=M

--M
Content-Type: text/html

<b>words</b>
--M
Content-Type: application/pdf; name=a.pdf

%PDF-
--M--
--A--
`, "text/html: <b>words</b>\napplication/pdf a.pdf: %PDF-", ""},
		{"a picture in the markup itself", "Content-Type: text/html\n\n<img\nalt=x src='data:image/PNG;base64,cG5n\nCg=='><img src=data:image/gif,x><img src=\"data:text/html;base64,cG5n\">\n",
			"text/html: <img|alt=x src='data:image/PNG;base64,cG5n|Cg=='><img src=data:image/gif,x><img src=\"data:text/html;base64,cG5n\">\nimage/png: png", ""},
		{"HTML alone", "Content-Type: text/html; charset=utf-8\n\n<p>hello</p>\n", "text/html[utf-8]: <p>hello</p>", ""},
		{"a file whose label says nothing", "Content-Type: application/octet-stream; name=x\n\n%PDF-1.4\n", "application/pdf x: %PDF-1.4", ""},
		{"Outlook to itself", "Content-Type: application/ms-tnef; name=winmail.dat\n\nx\n", "",
			"winmail.dat (which only Outlook can open: have it send as HTML or plain text, not Rich Text)"},
	} {
		message := c.message
		got, err := Read(crlf(message), PartLimits{Usable: everything})
		if err != nil || describe(got.Parts) != c.parts || strings.Join(got.Unusable, ", ") != c.unusable {
			t.Errorf("%s: %v, unusable %q, parts:\n%s", c.name, err, got.Unusable, describe(got.Parts))
		}
	}
}

func TestFlowedIsNoted(t *testing.T) {
	c, err := Read(crlf("Content-Type: text/plain; format=Flowed; delsp=yes\n\na\n"), PartLimits{})
	if err != nil || len(c.Parts) != 1 || !c.Parts[0].Flowed || !c.Parts[0].DelSp {
		t.Errorf("%+v, %v", c, err)
	}
}
