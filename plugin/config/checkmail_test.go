package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mailBlock is a small file whose mail block has these lines, too.
func mailBlock(lines string) string {
	return strings.Replace(small, "mail {\n", "mail {\n"+lines+"\n", 1)
}

func TestMailMistakes(t *testing.T) {
	for lines, want := range map[string]string{
		`cover = "fancy"`:           "there is no cover",
		`cover = "./nothere.txt"`:   "nothere.txt",
		`header = ["$a$"]`:          "1 texts, not three",
		`header = ["$x$", "", ""]`:  "no field of a page header",
		`attach = "word"`:           "attach cannot be",
		`subject = "{{.Nobody}}"`:   "the template of the subject",
		`language = "tlh"`:          "language cannot be",
		`tls_certificate = "a.pem"`: "go together",
		`lmtp = "unix:/run/x"`:      "LMTP goes with SMTP",
		"listen = \"127.0.0.1:2525\"\ndomains = [\"x.example\"]\nlmtp = \"unix:run/x\"": "no path from the root",
		"listen = \"127.0.0.1:2525\"\ndomains = [\"x.example\"]\nlmtp = \"/run/x\"":     "not host:port",
		`users = { a = "longenough" }`:         "over TLS only",
		"number_plan {\n country = \"4 9\"\n}": "not a prefix",
	} {
		_, err := Parse([]byte(mailBlock(lines)), "mail.hcl")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "mail.hcl:") {
			t.Errorf("%s: %v", lines, err)
		}
	}
	_, err := Parse([]byte(strings.Replace(small, "spool {", "spool {\n database = \"mysql://a:secret@b\"\n", 1)), "mail.hcl")
	if err == nil || strings.Count(err.Error(), "not the URL") != 1 {
		t.Errorf("the database: %v", err)
	}
}

func TestOwnCover(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "own.txt"), []byte("# {{.To}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Parse([]byte(mailBlock(`cover = "own.txt"`)+"alias \"a\" {\n numbers = [\"1\", \"2\"]\n cover = \"off\"\n}\n"), filepath.Join(dir, "c.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Mail.CoverTemplate != "# {{.To}}\n" || len(c.Aliases[0].All) != 2 || c.Aliases[0].CoverTemplate != "" {
		t.Errorf("%q %+v", c.Mail.CoverTemplate, c.Aliases[0])
	}
	if !c.Mail.HeaderLine.IsZero() || c.Mail.Attach != "both" || c.Mail.Language != "en" {
		t.Errorf("%+v", c.Mail)
	}
}
