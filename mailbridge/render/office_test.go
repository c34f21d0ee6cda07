package render

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/mailbridge"
)

// zipped is a file of files, in pairs of name and content.
func zipped(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: files[i], Method: zip.Store})
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// docx is the least that Word's format needs, with a paragraph.
func docx(t *testing.T, paragraph string) mailbridge.Part {
	return mailbridge.Part{
		Name: "letter.docx", ContentType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		Body: zipped(t,
			"[Content_Types].xml", `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
			"_rels/.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
			"word/document.xml", `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`+paragraph+`</w:body></w:document>`),
	}
}

const twoPages = `<w:p><w:r><w:rPr><w:sz w:val="48"/></w:rPr><w:t>Letter of Müller &amp; Söhne</w:t></w:r></w:p><w:p><w:r><w:br w:type="page"/><w:t>The second page.</w:t></w:r></w:p>`

// odt is the least of OpenDocument.
func odt(t *testing.T, text string) mailbridge.Part {
	return mailbridge.Part{
		Name: "letter.odt", ContentType: "application/vnd.oasis.opendocument.text",
		Body: zipped(t, "mimetype", "application/vnd.oasis.opendocument.text",
			"META-INF/manifest.xml", `<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`,
			"content.xml", `<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2"><office:body><office:text>`+text+`</office:text></office:body></office:document-content>`),
	}
}

func officeSandbox(t *testing.T) Sandbox {
	t.Helper()
	s := sandbox(t)
	s.Options = pdfOptions()
	s.Options.Office = testpeer.Command(t, "soffice", "Debian package libreoffice-writer-nogui")
	return s
}

// What LibreOffice opens becomes pages, through the child and its limits.
func TestOfficeDocuments(t *testing.T) {
	s := officeSandbox(t)
	for _, c := range []struct {
		part  mailbridge.Part
		pages int
	}{
		{docx(t, twoPages), 2},
		{odt(t, `<text:p>An OpenDocument text.</text:p>`), 1},
		{mailbridge.Part{Name: "a.rtf", ContentType: "application/rtf", Body: []byte(`{\rtf1\ansi Rich text with \'fc.\par}`)}, 1},
	} {
		begun := time.Now()
		pages, _, err := s.Pages(t.Context(), []mailbridge.Part{c.part})
		if err != nil || len(pages) != c.pages {
			t.Errorf("%s: %d pages, %v", c.part.Name, len(pages), err)
			continue
		}
		t.Logf("%s: %v", c.part.Name, time.Since(begun).Round(time.Millisecond))
		for i, p := range pages {
			if black(t, p) < 500 {
				t.Errorf("%s: page %d has %d black pels", c.part.Name, i+1, black(t, p))
			}
			if file := os.Getenv("PAGEBRIDGE_RENDER_PNG"); file != "" {
				savePNG(t, fmt.Sprintf("%s-%s-%d.png", file, c.part.Name, i+1), p)
			}
		}
	}
	broken := docx(t, twoPages)
	broken.Body = broken.Body[:100]
	if _, _, err := s.Pages(t.Context(), []mailbridge.Part{broken}); !errors.As(err, new(*mailbridge.PermanentError)) || !strings.Contains(err.Error(), "letter.docx") {
		t.Errorf("half a document: %v", err)
	}
}

// fakeOffice is a program in place of soffice: a script of the shell.
func fakeOffice(t *testing.T, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no shell")
	}
	file := filepath.Join(t.TempDir(), "soffice")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOfficeThatIsOff(t *testing.T) {
	_, _, err := Pages(t.Context(), []mailbridge.Part{docx(t, twoPages)}, Options{})
	if !errors.As(err, new(*mailbridge.PermanentError)) || !strings.Contains(err.Error(), "letter.docx is an office document") || !strings.Contains(err.Error(), "PDF") {
		t.Errorf("%v", err)
	}
	part := docx(t, twoPages)
	if Usable(part.ContentType) || !UsableOffice(part.ContentType) || !UsableOffice("text/plain") || UsableOffice("application/zip") {
		t.Error("what is usable with LibreOffice and without is mixed up")
	}
}

// The document has a name of ours, the program no environment and no secrets, and
// nothing stays behind.
func TestOfficeSeesLittle(t *testing.T) {
	t.Setenv("PAGEBRIDGE_SECRET", "very secret")
	seen := filepath.Join(t.TempDir(), "seen")
	o := pdfOptions()
	pdf := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(pdf, onePage(595, 842, "9 9 99 99 re f").Body, 0o600); err != nil {
		t.Fatal(err)
	}
	o.Office = fakeOffice(t, `(env; echo "$@"; cat "$HOME/profile/user/registrymodifications.xcu"; cat /proc/net/dev) > `+seen+`; cp `+pdf+` document.pdf`)
	part := docx(t, twoPages)
	part.Name = "--evil $(reboot).docx"
	if pages := mustRender(t, []mailbridge.Part{part}, o); len(pages) != 1 {
		t.Errorf("%d pages", len(pages))
	}
	b, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"very secret", "reboot"} {
		if strings.Contains(string(b), bad) {
			t.Errorf("it sees %q:\n%s", bad, b)
		}
	}
	for _, good := range []string{"DisableMacrosExecution", "--headless", "document.docx"} {
		if !strings.Contains(string(b), good) {
			t.Errorf("%q is missing:\n%s", good, b)
		}
	}
	if _, network, ok := strings.Cut(string(b), "Inter-"); ok && strings.Contains(network, "eth0") {
		t.Log("this system lets nobody take the network from a program")
	}
	home := ""
	for line := range strings.Lines(string(b)) {
		if h, ok := strings.CutPrefix(line, "HOME="); ok {
			home = strings.TrimSpace(h)
		}
	}
	if _, err := os.Stat(home); home == "" || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %q is still there: %v", home, err)
	}
}

// A program that hangs, and what it started, end with the time of the sandbox.
func TestOfficeThatHangs(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	alive := filepath.Join(t.TempDir(), "alive")
	s := sandbox(t)
	s.Time = 2 * time.Second
	s.Options.Office = fakeOffice(t, `(sleep 600 & echo $! > `+alive+`; wait)`)
	_, _, err := s.Pages(t.Context(), []mailbridge.Part{docx(t, twoPages)})
	if !errors.As(err, new(*mailbridge.PermanentError)) || !strings.Contains(err.Error(), "letter.docx takes longer") {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, "pagebridge-*")); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
	b, err := os.ReadFile(alive)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "linux" {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(b)) + "/stat")
		if err == nil && !strings.Contains(string(stat), ") Z ") {
			t.Errorf("a process that it started lives on: %s", stat)
		}
	}
}

func TestOfficeThatFails(t *testing.T) {
	for script, want := range map[string]string{
		"echo 'Error: source file could not be loaded' >&2": "could not be loaded",
		"exit 77":               "exit status 77",
		"echo x > document.pdf": "not a PDF file",
	} {
		o := pdfOptions()
		o.Office = fakeOffice(t, script)
		_, _, err := Pages(t.Context(), []mailbridge.Part{docx(t, twoPages)}, o)
		if !errors.As(err, new(*mailbridge.PermanentError)) || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "letter.docx") {
			t.Errorf("%s: %v", script, err)
		}
	}
	_, _, err := Pages(t.Context(), []mailbridge.Part{docx(t, twoPages)}, Options{Office: "/not/there/soffice"})
	if err == nil || errors.As(err, new(*mailbridge.PermanentError)) {
		t.Errorf("LibreOffice that is not there is no fault of the mail: %v", err)
	}
}
