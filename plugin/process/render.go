package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/render"
	"github.com/pagebridge/pagebridge/plugin/config"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// renderer makes pages of a mail, in a child process of this very program.
type renderer struct {
	cfg     *config.Config
	sandbox render.Sandbox
}

func newRenderer(cfg *config.Config) (*renderer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, errors.New("the program cannot find itself, so that it cannot render in a child process")
	}
	options := render.Options{Paper: render.A4}
	if cfg.Mail != nil && cfg.Mail.Paper == "letter" {
		options.Paper = render.Letter
	}
	if cfg.Mail != nil {
		options.Office, options.LeaveOut = cfg.Mail.Office, leavesOut(cfg)
	}
	options.Cache = filepath.Join(cfg.Spool.Path, "renderer") // PDFium's machine code: see render.Options
	return &renderer{cfg, render.Sandbox{Path: self, Options: options}}, nil
}

// usable tells which parts of mails become pages.
func usable(cfg *config.Config) func(mediaType string) bool {
	if cfg.Mail != nil && cfg.Mail.Office != "" {
		return render.UsableOffice
	}
	return render.Usable
}

// leavesOut says that a mail goes without the parts that cannot be faxed.
func leavesOut(cfg *config.Config) bool {
	return cfg.Mail != nil && cfg.Mail.Unreadable == "leave_out"
}

// pages implements mailbridge.Work.Render.
func (r *renderer) pages(ctx context.Context, s *mailbridge.Submission) ([]*t4.Page, error) {
	limits := offramp.PartLimits{Usable: usable(r.cfg)}
	parts, err := offramp.Parts(s.Message, limits)
	if err != nil {
		return nil, err
	}
	if r.cfg.Mail != nil {
		front, ok, err := cover(r.cfg, s)
		if err != nil {
			return nil, err
		}
		if ok {
			parts = slices.Insert(parts, 0, front)
		}
	}
	box := r.sandbox
	box.Options.Superfine = len(s.Recipients) > 0 && s.Recipients[0].Wishes.Resolution == "superfine"
	pages, warnings, err := box.Pages(ctx, parts)
	if err == nil {
		pages, err = wished(pages, s)
	}
	if c, again := offramp.Read(s.Message, limits); again == nil {
		for _, part := range c.Unusable { // the door lets it pass only if it is to be left out
			warnings = append(warnings, "left out: "+part)
		}
	}
	s.Warnings = warnings // not added: after a crash it is rendered again
	return pages, err
}

// wished reduces pages to the resolution that the sender wants; those that have less
// stay as they are.
func wished(pages []*t4.Page, s *mailbridge.Submission) ([]*t4.Page, error) {
	if len(s.Recipients) == 0 {
		return pages, nil
	}
	most, ok := resolutions[s.Recipients[0].Wishes.Resolution]
	if !ok {
		return pages, nil
	}
	_, limit := most.DPI()
	for i, p := range pages {
		if _, y := p.Resolution.DPI(); y <= limit*1.05 { // 200 dpi is fine
			continue
		}
		fitted, err := p.Fit(render.Width, most, t4.MMR, t4.EncodeOptions{})
		if err != nil {
			return nil, err
		}
		pages[i] = fitted
	}
	return pages, nil
}

var resolutions = map[string]t4.Resolution{"standard": t4.R8x3_85, "fine": t4.R8x7_7}
