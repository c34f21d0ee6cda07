package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/pagebridge/pagebridge/mailbridge/onramp"
	"github.com/pagebridge/pagebridge/mailbridge/render"
)

// documents checks how mail becomes faxes and faxes become mail.
func (k *checker) documents(m *Mail) {
	m.CoverTemplate = k.cover(m.place, m.Cover)
	switch len(m.Header) {
	case 0:
		// Pages arrive as they were sent, unless somebody asks for more.
	case 3:
		m.HeaderLine = render.Header{Left: m.Header[0], Center: m.Header[1], Right: m.Header[2]}
		if err := m.HeaderLine.Check(); err != nil {
			k.wrong(m.place, "header", `Write ["$a$ $t$  $s$", "$d$", "$p$"].`, "%v", err)
		}
	default:
		k.wrong(m.place, "header", `Write what stands left, in the middle and right; ["", "", ""] is no header.`, "header has %d texts, not three", len(m.Header))
	}
	if m.Office != "" {
		if info, err := os.Stat(m.Office); err != nil || info.IsDir() {
			k.wrong(m.place, "office", `Write the path of the program, such as "/usr/bin/soffice" (Debian package libreoffice-nogui).`, "there is no program %s", m.Office)
		}
	}
	k.oneOf(m.place, "unreadable", &m.Unreadable, "refuse", "leave_out")
	k.oneOf(m.place, "attach", &m.Attach, "both", "pdf", "tiff")
	if m.Subject != "" {
		t, err := template.New("subject").Option("missingkey=error").Parse(m.Subject)
		if err == nil {
			err = t.Execute(&strings.Builder{}, onramp.Facts{})
		}
		if err != nil {
			k.wrong(m.place, "subject", `Write "Fax from {{.Sender}}".`, "the template of the subject: %v", err)
		}
	}
	k.oneOf(m.place, "language", &m.Language, "en", "de", "ja")
	k.door(m)
	if p := m.Plan; p != nil {
		for name, digits := range map[string]string{"country": p.Country, "international": p.International, "national": p.National} {
			if strings.Trim(digits, "0123456789") != "" {
				k.wrong(p.place, name, "Digits only.", "%q is not a prefix", digits)
			}
		}
	}
}

// door checks TLS and accounts, which belong together.
func (k *checker) door(m *Mail) {
	if (m.TLSCertificate == "") != (m.TLSKey == "") {
		k.wrong(m.place, "tls_certificate", "Set tls_certificate and tls_key.", "a certificate and its key go together")
	}
	if path, file := strings.CutPrefix(m.LMTP, "unix:"); m.LMTP != "" {
		switch {
		case m.Listen == "":
			k.wrong(m.place, "lmtp", `Set listen too, such as "127.0.0.1:2525".`, "LMTP goes with SMTP, and none is listened for")
		case file && !filepath.IsAbs(path):
			k.wrong(m.place, "lmtp", `Write "unix:/run/pagebridge/lmtp".`, "%q is no path from the root", path)
		case !file && badHostPort(m.LMTP) != "":
			k.wrong(m.place, "lmtp", `Write "unix:/run/pagebridge/lmtp" or "127.0.0.1:2424".`, "%q: %s", m.LMTP, badHostPort(m.LMTP))
		}
	}
	if len(m.Users) > 0 && m.TLSCertificate == "" {
		k.wrong(m.place, "users", "Set tls_certificate and tls_key.", "passwords are taken over TLS only, and there is no certificate")
	}
	for name, password := range m.Users {
		if name == "" || len(password) < 8 {
			k.wrong(m.place, "users", "At least 8 characters; keep them out of this file: env(\"NAME\").", "the password of %q is too short", name)
		}
	}
}

// cover finds a template by its name or reads its file; "" is no cover.
func (k *checker) cover(p place, name string) string {
	if name == "" || name == "off" {
		return ""
	}
	if source, ok := render.CoverTemplate(name); ok {
		return source
	}
	if !strings.ContainsAny(name, "./") {
		k.wrong(p, "cover", "Built in are "+strings.Join(render.CoverNames(), ", ")+`; "off" is none; or write the path of a file.`, "there is no cover %q", name)
		return ""
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(k.c.filename), name)
	}
	source, err := os.ReadFile(name)
	if err == nil {
		err = render.CheckCover(string(source))
	}
	if err != nil {
		k.wrong(p, "cover", "It is a Go text/template with .To, .From, .Subject, .Date, .Company, .Pages and .Text.", "the cover %s: %v", name, err)
	}
	return string(source)
}

// group checks the numbers of an alias.
func (k *checker) group(a *Alias) {
	for _, n := range a.Numbers {
		if !isNumber(n) {
			k.wrong(a.place, "numbers", "Digits, with + before an international number.", "%q is not a number", n)
		}
	}
	a.All = slices.Clone(a.Numbers)
	if a.Number != "" {
		a.All = slices.Insert(a.All, 0, a.Number)
	}
	if len(a.All) == 0 {
		k.wrong(a.place, "number", `Write number = "+15551234567", or numbers = […] for several faxes of one mail.`, "alias %q has no number", a.Name)
	}
	a.CoverTemplate = k.cover(a.place, a.Cover)
}
