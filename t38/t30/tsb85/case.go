package tsb85

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Case is one conversation between the tester and the device under test.
type Case struct {
	Name  string
	Group string
	Steps []Step
}

// Step is one line of a case. A step with Repeat is a loop around those steps,
// run as often as its first one is met.
type Step struct {
	Dir    string // "T": the tester transmits; "R": it expects; "": the harness acts
	Type   string
	Attr   map[string]string
	Repeat []Step
}

// String names the step as a reader of the file would.
func (s Step) String() string {
	return strings.TrimSpace(strings.Join([]string{s.Dir, s.Type, s.Attr["tag"], s.Attr["modem"], s.Attr["value"]}, " "))
}

func (s Step) duration(attr string, standard time.Duration) (time.Duration, error) {
	v, ok := s.Attr[attr]
	if !ok {
		return standard, nil
	}
	ms, err := strconv.Atoi(v)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", attr, err)
	}
	return time.Duration(ms) * time.Millisecond, nil
}

func (s Step) number(attr string, standard int) (int, error) {
	v, ok := s.Attr[attr]
	if !ok {
		return standard, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", attr, err)
	}
	return n, nil
}

// Load reads the cases of every XML file in a folder.
func Load(dir string) ([]Case, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no *.xml in %s", dir)
	}
	sort.Strings(files)
	var all []Case
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		cases, err := Parse(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, cases...)
	}
	return all, nil
}

// Parse reads the cases of one XML file.
func Parse(r io.Reader) ([]Case, error) {
	d := xml.NewDecoder(r)
	var cases []Case
	group := ""
	for {
		token, err := d.Token()
		if err == io.EOF {
			return cases, nil
		}
		if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "test-group":
			group = attributes(start)["name"]
		case "test":
			steps, err := parseSteps(d, 0)
			if err != nil {
				return nil, fmt.Errorf("test %s: %w", attributes(start)["name"], err)
			}
			cases = append(cases, Case{Name: attributes(start)["name"], Group: group, Steps: steps})
		}
	}
}

const maxDepth = 8 // of repeat within repeat

// parseSteps reads steps up to the end of the element that holds them.
func parseSteps(d *xml.Decoder, depth int) ([]Step, error) {
	if depth > maxDepth {
		return nil, errors.New("repeat is nested too deeply")
	}
	var steps []Step
	for {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.EndElement:
			return steps, nil
		case xml.StartElement:
			switch token.Name.Local {
			case "step":
				a := attributes(token)
				steps = append(steps, Step{Dir: a["dir"], Type: a["type"], Attr: a})
				err = d.Skip() // its checks say in words what the step is for
			case "repeat":
				var inner []Step
				inner, err = parseSteps(d, depth+1)
				steps = append(steps, Step{Type: "REPEAT", Attr: attributes(token), Repeat: inner})
			default:
				err = d.Skip()
			}
			if err != nil {
				return nil, err
			}
		}
	}
}

func attributes(e xml.StartElement) map[string]string {
	m := make(map[string]string, len(e.Attr))
	for _, a := range e.Attr {
		m[a.Name.Local] = a.Value
	}
	return m
}
