package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// maxSize bounds a configuration file, in octets.
const maxSize = 4 << 20

// Load reads and checks a configuration file. The error, if any, is an *Error
// that lists every mistake, or says why the file could not be read.
func Load(path string) (*Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return Parse(b, path)
}

// Parse reads and checks a configuration. filename is for messages, and
// relative paths in file("…") and spool.path start in its folder.
func Parse(b []byte, filename string) (*Config, error) {
	if len(b) > maxSize {
		return nil, fmt.Errorf("%s: a configuration of %d octets is too large (at most %d)", filename, len(b), maxSize)
	}
	file, diags := hclsyntax.ParseConfig(b, filename, hcl.InitialPos)
	c := &Config{filename: filename, source: b}
	if file != nil {
		if body, ok := file.Body.(*hclsyntax.Body); ok {
			diags = append(diags, c.decode(body)...)
			diags = append(diags, c.check()...)
		}
	}
	if diags.HasErrors() {
		return nil, newError(diags, b)
	}
	return c, nil
}

// Source gives the file's text and name, as Parse took them.
func (c *Config) Source() (text []byte, filename string) { return c.source, c.filename }

// decode goes through the blocks in the file's order, so that mistakes are
// reported in that order too.
func (c *Config) decode(body *hclsyntax.Body) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, a := range body.Attributes {
		diags = append(diags, mistake(a.Range(), fmt.Sprintf("%q stands outside any block", a.Name),
			"Settings belong into a block: sip, media, fax, trunk, fax_number, route, alias, sender, mail, spool or metrics."))
	}
	d := decoder{filename: c.filename, ctx: evaluation(c.filename), seen: map[string]hcl.Range{}}
	for _, b := range body.Blocks {
		d.block(c, b)
	}
	return append(diags, d.diags...)
}

type decoder struct {
	filename string
	ctx      *hcl.EvalContext
	seen     map[string]hcl.Range // first place of each block that may stand once
	diags    hcl.Diagnostics
}

func (d *decoder) block(c *Config, b *hclsyntax.Block) {
	p := place{block: b, body: b.Body}
	switch b.Type {
	case "sip":
		c.SIP.place = p
		d.into(b, &c.SIP, 0)
	case "media":
		c.Media.place = p
		d.into(b, &c.Media, 0)
	case "fax":
		c.Fax.place = p
		d.into(b, &c.Fax, 0)
	case "spool":
		c.Spool.place = p
		d.into(b, &c.Spool, 0)
	case "metrics":
		c.Metrics.place = p
		d.into(b, &c.Metrics, 0)
	case "mail":
		c.Mail = &Mail{place: p}
		d.into(b, c.Mail, 0)
		for _, sub := range b.Body.Blocks {
			at := place{block: sub, body: sub.Body}
			switch {
			case sub.Type == "relay" && c.Mail.Relay != nil:
				c.Mail.Relay.place = at
			case sub.Type == "number_plan" && c.Mail.Plan != nil:
				c.Mail.Plan.place = at
			}
		}
	case "trunk":
		t := &Trunk{place: p}
		c.Trunks = append(c.Trunks, t)
		t.Name = d.into(b, t, 1)
	case "fax_number":
		n := &FaxNumber{place: p}
		c.FaxNumbers = append(c.FaxNumbers, n)
		n.Number = d.into(b, n, 1)
		for _, sub := range b.Body.Blocks {
			for _, deliver := range n.Deliver {
				if sub.Type == "deliver" && deliver.body == nil {
					deliver.place = place{block: sub, body: sub.Body}
					break
				}
			}
		}
	case "route":
		r := &Route{place: p}
		c.Routes = append(c.Routes, r)
		r.Pattern = d.into(b, r, 1)
	case "alias":
		a := &Alias{place: p}
		c.Aliases = append(c.Aliases, a)
		a.Name = d.into(b, a, 1)
	case "sender":
		s := &Sender{place: p}
		c.Senders = append(c.Senders, s)
		s.Name = d.into(b, s, 1)
	default:
		d.diags = append(d.diags, mistake(b.TypeRange, fmt.Sprintf("unknown block %q", b.Type),
			"Known are sip, media, fax, trunk, fax_number, route, alias, sender, mail, spool and metrics."))
	}
}

// into decodes a block with that many labels into target and returns its first
// label.
func (d *decoder) into(b *hclsyntax.Block, target any, labels int) string {
	if len(b.Labels) != labels {
		if labels == 0 {
			d.diags = append(d.diags, mistake(b.DefRange(), fmt.Sprintf("%s takes no name", b.Type), "Write: "+b.Type+" { … }"))
		} else {
			d.diags = append(d.diags, mistake(b.DefRange(), fmt.Sprintf("%s needs one name", b.Type), "Write: "+b.Type+" \"name\" { … }"))
		}
		return ""
	}
	key := strings.Join(append([]string{b.Type}, b.Labels...), " ")
	if first, ok := d.seen[key]; ok {
		d.diags = append(d.diags, mistake(b.DefRange(), key+" stands here a second time", fmt.Sprintf("The first one is at line %d.", first.Start.Line)))
	} else {
		d.seen[key] = b.DefRange()
	}
	d.diags = append(d.diags, gohcl.DecodeBody(b.Body, d.ctx, target)...)
	if labels == 0 {
		return ""
	}
	return b.Labels[0]
}

// evaluation gives the two functions by which secrets stay out of the file.
func evaluation(filename string) *hcl.EvalContext {
	return &hcl.EvalContext{Functions: map[string]function.Function{
		"env": secret("environment variable", func(name string) (string, error) {
			v, ok := os.LookupEnv(name)
			if !ok {
				return "", fmt.Errorf("the environment variable %s is not set", name)
			}
			return v, nil
		}),
		"file": secret("file", func(name string) (string, error) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(filepath.Dir(filename), name)
			}
			b, err := os.ReadFile(name)
			if err != nil {
				return "", fmt.Errorf("the file cannot be read: %w", err)
			}
			return strings.TrimRight(string(b), "\r\n"), nil
		}),
	}}
}

func secret(what string, get func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Description: "The content of a " + what + ".",
		Params:      []function.Parameter{{Name: "name", Type: cty.String}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, err := get(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.StringVal(v), nil
		},
	})
}

func mistake(at hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &at}
}
