package render

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Pages makes pages of the parts of a mail, in their order, and sentences about what
// in them is not as it was, such as characters that no font has. A part that cannot
// be made into pages is a *mailbridge.PermanentError with a sentence for the sender;
// so are a mail without anything to fax and one beyond the limits. Other errors are
// those of ctx.
func Pages(ctx context.Context, parts []mailbridge.Part, o Options) (pages []*t4.Page, warnings []string, err error) {
	s := &sheets{
		ctx: ctx, o: o.withDefaults(),
		begin: func(string) error { return nil },
		take:  func(p *t4.Page) error { pages = append(pages, p); return nil },
		warn:  func(w string) error { warnings = append(warnings, w); return nil },
		front: func(p *t4.Page) error { pages = slices.Insert(pages, 0, p); return nil },
	}
	if err := s.parts(parts); err != nil {
		return nil, nil, err
	}
	return pages, warnings, nil
}

// sheets counts the pages and hands them on.
type sheets struct {
	ctx   context.Context
	o     Options
	begin func(part string) error // told the name of each part before it is read
	take  func(*t4.Page) error    // given the pages
	front func(*t4.Page) error    // given the cover, which is made last
	warn  func(string) error      // told what is not as it was
	n     int

	folder string  // for files of LibreOffice; "": that of the system
	engine *engine // for PDF; nil until one comes
	glyphs *glyphs // for text; nil until some comes
	open   *layout // of text that may go on; nil after anything else
}

// parts makes pages of all parts.
func (s *sheets) parts(parts []mailbridge.Part) error {
	err := s.allParts(parts)
	if s.glyphs != nil && err == nil {
		if lost := s.glyphs.lost(); lost != "" {
			return s.warn(lost)
		}
	}
	return err
}

func (s *sheets) allParts(parts []mailbridge.Part) error {
	defer func() {
		if s.engine != nil {
			s.engine.close()
		}
	}()
	var cover *mailbridge.Part
	var words string
	if len(parts) > 0 && parts[0].ContentType == coverType {
		cover = &parts[0]
		words, parts = s.words(parts[1:])
		s.o.MaxPages--
	}
	if err := s.each(parts); err != nil {
		return err
	}
	if err := s.closeText(); err != nil {
		return err
	}
	if s.n == 0 {
		return failure(mailbridge.S5_6_1Unusable, "there is nothing in the mail that can be faxed: its text is empty and it has no document attached")
	}
	if cover == nil {
		return nil
	}
	page, err := s.cover(cover, words)
	if err != nil {
		return err
	}
	return s.front(page)
}

// each makes pages of each part. What cannot become pages ends it all, or is left
// out, as Options.LeaveOut says; if nothing is left then, the first of it is the error.
func (s *sheets) each(parts []mailbridge.Part) error {
	var first error
	for i := range parts {
		err := s.part(&parts[i], i+1)
		var broken *mailbridge.PermanentError
		switch {
		case err == nil:
		case !s.o.LeaveOut || !errors.As(err, &broken) || s.n == s.o.MaxPages:
			return err
		default:
			if err := s.warn("left out: " + broken.Error()); err != nil {
				return err
			}
			if first == nil {
				first = broken
			}
		}
	}
	if s.n == 0 && s.open == nil {
		return first
	}
	return nil
}

// add hands on a page of the part called name.
func (s *sheets) add(name string, p *t4.Page) error {
	if err := context.Cause(s.ctx); err != nil {
		return err
	}
	if s.n == s.o.MaxPages {
		return s.tooMany(name)
	}
	s.n++
	return s.take(p)
}

func (s *sheets) tooMany(name string) error {
	return failure(mailbridge.S5_6_3Conversion, "%s makes more than the %d pages that one fax may have; send it in parts", name, s.o.MaxPages)
}

// part makes pages of one part.
func (s *sheets) part(p *mailbridge.Part, n int) error {
	if err := context.Cause(s.ctx); err != nil {
		return err
	}
	name := partName(p, n)
	if err := s.begin(name); err != nil {
		return err
	}
	if len(p.Body) > s.o.MaxOctets {
		return failure(mailbridge.S5_6_3Conversion, "%s is %d octets long; at most %d can be faxed", name, len(p.Body), s.o.MaxOctets)
	}
	make := makerOf(p.ContentType)
	if make == nil {
		return failure(mailbridge.S5_6_1Unusable, "%s is of the type %s, which cannot be faxed; send %s", name, p.ContentType, UsableNames)
	}
	if !strings.HasPrefix(p.ContentType, "text/") && p.ContentType != "" {
		if err := s.closeText(); err != nil {
			return err
		}
	}
	return make(s, name, p)
}

// makerOf is how a type of parts becomes pages; nil when it cannot. A text that is
// not known is read as it stands (RFC 2046 4.1.4), if it is one for people.
func makerOf(mediaType string) func(*sheets, string, *mailbridge.Part) error {
	if make, ok := makers[mediaType]; ok {
		return make
	}
	if officeTypes[mediaType] != "" {
		return (*sheets).office
	}
	if strings.HasPrefix(mediaType, "text/") && !slices.Contains(forPrograms, mediaType) {
		return (*sheets).text
	}
	return nil
}

// forPrograms are texts that say nothing to a person.
var forPrograms = []string{
	"text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/rfc822-headers", "text/css", "text/javascript",
}

// makers are the types of parts that become pages, and how.
var makers = map[string]func(*sheets, string, *mailbridge.Part) error{
	"":                  (*sheets).text,
	"text/plain":        (*sheets).text,
	"text/html":         (*sheets).html,
	"text/enriched":     (*sheets).enriched,
	"text/richtext":     (*sheets).enriched, // its name in RFC 1341
	"image/tiff":        (*sheets).tiff,
	"image/tif":         (*sheets).tiff,
	"image/x-tiff":      (*sheets).tiff,
	"image/tiff-fx":     (*sheets).tiff,
	"application/pdf":   (*sheets).pdf,
	"application/x-pdf": (*sheets).pdf,
	"image/png":         (*sheets).picture,
	"image/jpeg":        (*sheets).picture,
	"image/jpg":         (*sheets).picture,
	"image/pjpeg":       (*sheets).picture,
	"image/gif":         (*sheets).picture,
	"image/bmp":         (*sheets).picture,
	"image/x-ms-bmp":    (*sheets).picture,
	"image/webp":        (*sheets).picture,
}

// Usable says whether parts of a media type, in lower case, can become pages without
// LibreOffice.
func Usable(mediaType string) bool {
	return mediaType != "" && makerOf(mediaType) != nil && officeTypes[mediaType] == ""
}

// UsableNames names those types to a person.
const UsableNames = "PDF, TIFF, PNG, JPEG, GIF, BMP or WebP files, HTML or plain text"

// partName is what a part is called in a sentence.
func partName(p *mailbridge.Part, n int) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return -1
		}
		return r
	}, p.Name)
	if name == "" {
		return fmt.Sprintf("part %d of the mail", n)
	}
	if runes := []rune(name); len(runes) > 80 {
		name = string(runes[:79]) + "…"
	}
	return name
}

func failure(status mailbridge.Status, format string, args ...any) error {
	return &mailbridge.PermanentError{Status: status, Err: fmt.Errorf(format, args...)}
}
