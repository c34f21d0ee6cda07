package render

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// officeTypes are the documents that LibreOffice makes pages of, and the endings by
// which it knows them.
var officeTypes = map[string]string{
	"application/msword":            "doc",
	"application/rtf":               "rtf",
	"text/rtf":                      "rtf",
	"application/vnd.ms-excel":      "xls",
	"application/vnd.ms-powerpoint": "ppt",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   "docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         "xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
	"application/vnd.oasis.opendocument.text":                                   "odt",
	"application/vnd.oasis.opendocument.spreadsheet":                            "ods",
	"application/vnd.oasis.opendocument.presentation":                           "odp",
}

// UsableOffice says whether parts of a media type can become pages where
// Options.Office is set.
func UsableOffice(mediaType string) bool { return officeTypes[mediaType] != "" || Usable(mediaType) }

// UsableOfficeNames names those types to a person.
const UsableOfficeNames = "Word, Excel, PowerPoint and OpenDocument files, " + UsableNames

// officeTime is how long LibreOffice may take for one document. The first start on a
// slow machine takes ten seconds.
const officeTime = time.Minute

// office makes pages of a document by way of LibreOffice and PDF.
func (s *sheets) office(name string, p *mailbridge.Part) error {
	if s.o.Office == "" {
		return failure(mailbridge.S5_6_1Unusable, "%s is an office document, which is not taken here; save it as PDF and send that", name)
	}
	if err := s.closeText(); err != nil {
		return err
	}
	body, err := s.officePDF(name, p)
	if err != nil {
		return err
	}
	return s.pdf(name, &mailbridge.Part{Name: p.Name, ContentType: "application/pdf", Body: body})
}

// officePDF has LibreOffice write a PDF, in a folder of its own that is gone
// afterwards. The name of the file is ours: the sender's would be an argument.
func (s *sheets) officePDF(name string, p *mailbridge.Part) ([]byte, error) {
	dir, err := os.MkdirTemp(s.folder, "pagebridge-office-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for LibreOffice: %w", err)
	}
	defer os.RemoveAll(dir) // a folder that stays is no reason to lose the fax
	source := filepath.Join(dir, "document."+officeTypes[p.ContentType])
	if err := os.WriteFile(source, p.Body, 0o600); err != nil {
		return nil, fmt.Errorf("writing a document for LibreOffice: %w", err)
	}
	if err := writeOfficeProfile(dir); err != nil {
		return nil, fmt.Errorf("writing the profile of LibreOffice: %w", err)
	}
	ctx, cancel := context.WithTimeout(s.ctx, officeTime)
	defer cancel()
	said, err := runOffice(ctx, s.o.Office, dir, source)
	pdf, missing := os.ReadFile(filepath.Join(dir, "document.pdf"))
	switch {
	case s.ctx.Err() != nil:
		return nil, context.Cause(s.ctx)
	case ctx.Err() != nil:
		return nil, failure(mailbridge.S5_6_3Conversion, "%s takes longer than %v to open; save it as PDF and send that", name, officeTime)
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("starting LibreOffice: %w", err)
	case missing != nil: // it ends with 0 when it cannot read a file, too
		return nil, failure(mailbridge.S5_6_3Conversion, "%s cannot be opened by LibreOffice (%s); save it as PDF and send that", name, firstLine(said, err))
	case len(pdf) > s.o.MaxOctets:
		return nil, failure(mailbridge.S5_6_3Conversion, "%s becomes a PDF of %d octets; at most %d can be faxed", name, len(pdf), s.o.MaxOctets)
	}
	return pdf, nil
}

// firstLine is what a program said of why it failed, or how it ended.
func firstLine(said string, err error) string {
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "Warning") && !strings.HasPrefix(line, "javaldx") {
			return strings.Map(printable, line)
		}
	}
	if err != nil {
		return err.Error()
	}
	return "it made no PDF"
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7F {
		return -1
	}
	return r
}

// runOffice converts a file to PDF beside it. It knows no environment but its folder,
// and no network where the system can do without (Linux).
func runOffice(ctx context.Context, program, dir, source string) (said string, err error) {
	run := func(alone bool) (string, error) {
		c := exec.CommandContext(ctx, program,
			"-env:UserInstallation=file://"+filepath.ToSlash(filepath.Join(dir, "profile")),
			"--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo", "--nofirststartwizard",
			"--convert-to", "pdf", "--outdir", dir, source)
		c.Dir = dir
		c.Env = []string{
			"HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin", "SAL_USE_VCLPLUGIN=svp",
			"http_proxy=http://127.0.0.1:9", "https_proxy=http://127.0.0.1:9", // the port that discards
		}
		var out tail
		c.Stdout, c.Stderr = &out, &out
		c.WaitDelay = time.Second
		together(c, alone)
		err := c.Run()
		return out.String(), err
	}
	said, err = run(true)
	if errors.Is(err, os.ErrPermission) || errors.Is(err, errNoNamespaces) {
		return run(false) // the system lets nobody do without a network
	}
	return said, err
}

// officeProfile forbids what a document could make LibreOffice do: run macros, and
// fetch what it links to.
const officeProfile = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
</oor:items>
`

func writeOfficeProfile(dir string) error {
	user := filepath.Join(dir, "profile", "user")
	if err := os.MkdirAll(user, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(user, "registrymodifications.xcu"), []byte(officeProfile), 0o600)
}
