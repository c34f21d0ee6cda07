package offramp

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// crlf writes a message as it comes by SMTP.
func crlf(s string) []byte {
	return []byte(strings.ReplaceAll(strings.TrimPrefix(s, "\n"), "\n", "\r\n"))
}

// describe gives parts in short: "text/plain[utf-8] name: body".
func describe(parts []mailbridge.Part) string {
	var out []string
	for _, p := range parts {
		s := p.ContentType
		if p.Charset != "" {
			s += "[" + p.Charset + "]"
		}
		if p.Name != "" {
			s += " " + p.Name
		}
		out = append(out, s+": "+strings.ReplaceAll(strings.TrimSpace(string(p.Body)), "\r\n", "|"))
	}
	return strings.Join(out, "\n")
}

const tiff64 = "SUkqAAgAAAA=" // II*\0 and an offset

// messages are shaped as mail programs write them.
var messages = []struct {
	name, message string
	parts         string // as describe gives them
	unusable      string
}{
	{"the body has another boundary than the header", `
Content-Type: multipart/mixed; boundary="----=_Part_A"

------=_Part_B
Content-Type: text/plain

A part.
------=_Part_B--
`, "text/plain: A part.", ""},

	{"a mail in a mail says whose it is", `
Content-Type: message/rfc822

From: =?iso-8859-1?Q?J=FCrgen?= <j@example.net>
Date: Mon, 23 Nov 2026 10:00:00 +0000

Inner text.
`, "text/plain[utf-8] the attached mail: From: Jürgen <j@example.net>|Date: Mon, 23 Nov 2026 10:00:00 +0000\ntext/plain: Inner text.", ""},

	{"a picture whose label says nothing, an encoding with a comment", `
Content-Type: application/octet-stream; name=a.bin
Content-Transfer-Encoding: base64 (of a scanner)

UklGRgQAAABXRUJQVlA4
`, "", "a.bin (image/webp)"},

	{"no MIME at all", `
Subject: x

Just text.
`, "text/plain: Just text.", ""},

	{"text with its charset in quoted-printable", `
Content-Type: text/plain; charset="ISO-8859-1"
Content-Transfer-Encoding: Quoted-Printable

Gr=FC=DFe=
 an alle = 3=3D3=
`, "text/plain[iso-8859-1]: Gr\xfc\xdfe an alle = 3=3", ""},

	{"Outlook: text and a TIFF", `
MIME-Version: 1.0
Content-Type: multipart/mixed;
	boundary="----=_NextPart_000_0012_01D9A1B2.3C4D5E60"

This is a multi-part message in MIME format.

------=_NextPart_000_0012_01D9A1B2.3C4D5E60
Content-Type: text/plain;
	charset="us-ascii"
Content-Transfer-Encoding: 7bit

See attached.

------=_NextPart_000_0012_01D9A1B2.3C4D5E60
Content-Type: image/tiff;
	name="scan 1.tif"
Content-Transfer-Encoding: base64
Content-Disposition: attachment;
	filename="scan 1.tif"

` + tiff64 + `

------=_NextPart_000_0012_01D9A1B2.3C4D5E60--
`, "text/plain[us-ascii]: See attached.\nimage/tiff scan 1.tif: II*\x00\x08\x00\x00\x00", ""},

	{"Gmail: alternative text and html, the text wins", `
Content-Type: multipart/alternative; boundary="0000000000001"

--0000000000001
Content-Type: text/plain; charset="UTF-8"

Hello
--0000000000001
Content-Type: text/html; charset="UTF-8"
Content-Transfer-Encoding: quoted-printable

<div dir=3D"ltr">Hello</div>
--0000000000001--
`, "text/plain[utf-8]: Hello", ""},

	{"Gmail: only an attachment, the text is empty", `
Content-Type: multipart/mixed; boundary=M

--M
Content-Type: multipart/alternative; boundary=A

--A
Content-Type: text/plain; charset="UTF-8"


--A
Content-Type: text/html; charset="UTF-8"

<div dir="ltr"><br></div>
--A--
--M
Content-Type: image/tiff; name="=?UTF-8?B?UmVjaG51bmcgw6QudGlm?="
Content-Transfer-Encoding: base64

` + tiff64 + `
--M--
`, "image/tiff Rechnung ä.tif: II*\x00\x08\x00\x00\x00", ""},

	{"Apple Mail: text, TIFF, text in this order", `
Content-Type: multipart/mixed; boundary="Apple-Mail=_1"

--Apple-Mail=_1
Content-Type: text/plain; charset=utf-8

before
--Apple-Mail=_1
Content-Disposition: inline; filename*=UTF-8''p%C3%A4ge.tiff
Content-Type: application/octet-stream; x-unix-mode=0644
Content-Transfer-Encoding: base64

` + tiff64 + `
--Apple-Mail=_1
Content-Type: text/plain; charset=utf-8

after
--Apple-Mail=_1--
`, "text/plain[utf-8]: before\nimage/tiff päge.tiff: II*\x00\x08\x00\x00\x00\ntext/plain[utf-8]: after", ""},

	{"a scanner: no text part type, TIFF as image/tif, no last boundary", `
Content-Type: multipart/mixed; boundary=scan

--scan

Scanned by MFP
--scan
Content-Type: image/tif; name=Scan0001.TIF
Content-Transfer-Encoding: BASE64

` + tiff64, "text/plain: Scanned by MFP\nimage/tiff Scan0001.TIF: II*\x00\x08\x00\x00\x00", ""},

	{"the text is empty, the html is not", `
Content-Type: multipart/alternative; boundary=A

--A
Content-Type: text/plain


--A
Content-Type: text/html; charset="UTF-8"

<style>p {}</style><p>Hello</p>
--A--
`, "", "text/html"},

	{"a signature alone beside an attachment", `
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

-- 
Ann, Acme Ltd
--b
Content-Type: image/tiff
Content-Transfer-Encoding: base64

` + tiff64 + `
--b--
`, "image/tiff: II*\x00\x08\x00\x00\x00", ""},

	{"no-break spaces beside an attachment", `
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

=C2=A0
=E2=80=8B
--b
Content-Type: image/tiff
Content-Transfer-Encoding: base64

` + tiff64 + `
--b--
`, "image/tiff: II*\x00\x08\x00\x00\x00", ""},

	{"forwarded as an attachment, signed", `
Content-Type: multipart/signed; boundary=s; protocol="application/pkcs7-signature"

--s
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: message/rfc822

Subject: inner
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/plain

inner text
--r--
--m--
--s
Content-Type: application/pkcs7-signature; name=smime.p7s
Content-Transfer-Encoding: base64

AAAA
--s--
`, "text/plain[utf-8] the attached mail: Subject: inner\ntext/plain: inner text", ""},

	{"a spreadsheet is named", `
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

see the sheet
--b
Content-Type: application/vnd.ms-excel; name=..\evil\a b.xls

x
--b--
`, "text/plain: see the sheet", "a b.xls (application/vnd.ms-excel, an office document: save it as PDF and send that)"},

	{"broken: parameters, a header line without a colon, an unknown encoding", `
From someone Mon Nov 23 2026
Content-Type: multipart/mixed; boundary=b; boundary=c; charset=a b
this is no field

--b
Content-Type: text/plain; name=my file.txt; charset=utf-8

text
--b
Content-Type: text/plain
Content-Transfer-Encoding: x-rot13

grkg
--b--
`, "text/plain[utf-8] my file.txt: text", "text/plain in an unknown encoding"},

	{"uuencoded", `
Content-Type: image/tiff
Content-Transfer-Encoding: x-uuencode

begin 644 a.tif
(24DJ` + "``@```" + `
` + "`" + `
end
`, "image/tiff: II*\x00\x08\x00\x00\x00", ""},

	{"a multipart that lost its boundary parameter", `
Content-Type: multipart/mixed

--x
Content-Type: text/plain

found
--x--
`, "text/plain: found", ""},

	{"empty", `
Subject: nothing

`, "", ""},

	{"only a signature", `
Subject: x

-- 
Ann
`, "text/plain: -- |Ann", ""},
}

func TestParts(t *testing.T) {
	for _, tt := range messages {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Read(crlf(tt.message), PartLimits{})
			if err != nil {
				t.Fatal(err)
			}
			if got := describe(c.Parts); got != tt.parts {
				t.Errorf("parts:\n%q\nwant\n%q", got, tt.parts)
			}
			if got := strings.Join(c.Unusable, ", "); got != tt.unusable {
				t.Errorf("unusable: %q, want %q", got, tt.unusable)
			}
		})
	}
}

func TestPartsNamesWhatIsUnusable(t *testing.T) {
	_, err := Parts(crlf("Content-Type: application/pdf; name=a.pdf\n\nx\n"), PartLimits{})
	var p *mailbridge.PermanentError
	if !errors.Is(err, ErrUnusable) || !errors.As(err, &p) || p.Status != mailbridge.S5_6_1Unusable {
		t.Fatalf("the error is %v", err)
	}
	if want := "nothing in the mail can be faxed: found a.pdf (application/pdf)"; err.Error() != want {
		t.Errorf("the error is %q, want %q", err, want)
	}
}

func TestPartLimits(t *testing.T) {
	deep := ""
	for i := range 10_000 {
		deep += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	forwards := strings.Repeat("Content-Type: message/rfc822\n\n", 10_000)
	wide := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 10_000)
	for name, message := range map[string]string{"deep": deep, "forwards": forwards, "wide": wide} {
		if _, err := Parts(crlf(message), PartLimits{}); err == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
}

// The same boundary inside and outside, and a boundary that begins like
// another, must not confuse the parts.
func TestSimilarBoundaries(t *testing.T) {
	c, err := Read(crlf(`
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/mixed; boundary=b1

--b1

one
--b1--
--b

two
--b--

--b

not a part
`), PartLimits{})
	if err != nil || describe(c.Parts) != "text/plain: one\ntext/plain: two" {
		t.Errorf("%v, parts:\n%s", err, describe(c.Parts))
	}
}

// A text without one ASCII letter is not empty for that; the no-break space alone is.
func TestTextInAnotherAlphabet(t *testing.T) {
	for text, want := range map[string]int{"\xca\xe1\xeb\xe7\xec \xea\xfc": 1, "\xa0 \xa0\r\n": 0} {
		message := "Content-Type: text/plain; charset=iso-8859-7\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text
		parts, err := Parts([]byte(message), PartLimits{})
		if len(parts) != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d parts, %v", text, len(parts), err)
		}
	}
}

func FuzzParts(f *testing.F) {
	for _, m := range messages {
		f.Add(crlf(m.message))
		f.Add([]byte(m.message))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		c, err := Read(message, PartLimits{})
		if err != nil {
			return
		}
		total := 0
		for _, p := range c.Parts {
			if !usableByDefault(p.ContentType) {
				t.Errorf("a part of type %q is given as usable", p.ContentType)
			}
			total += len(p.Body)
		}
		if total > 2*len(message) {
			t.Errorf("%d octets of mail became %d octets of parts", len(message), total)
		}
		if again, _ := Read(message, PartLimits{}); describe(again.Parts) != describe(c.Parts) {
			t.Error("reading twice gives different parts")
		}
	})
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"a\r\nb\r\n", "a\nb\rc\r\r\nd", "\r\n.\n", ".\r\n", "\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		out, err := normalize(message)
		if err != nil {
			return
		}
		if !isNormal(out) {
			t.Errorf("%q became %q", message, out)
		}
		if again, err := normalize(out); err != nil || string(again) != string(out) {
			t.Errorf("%q: normalizing twice gives %q, %v", message, again, err)
		}
	})
}
