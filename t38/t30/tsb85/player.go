package tsb85

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// player plays one case.
type player struct {
	dir   string
	test  Case
	x     Wire
	doc   t30test.Document
	told  map[string]string // what R/SET demands that the device was told
	begin time.Time

	open      t30.Modulation // the carrier that the tester has up
	selection t30.Selection  // from the last DCS on the line, either way
	confirmed int            // pages of the device that the tester has confirmed
	rejected  bool           // the tester has refused a page
	blocks    map[int][]byte // FCD frames of the partial page that the device sends
}

// Play plays a case whose files are in dir to a device. The error names the step
// that failed; ladder is what was said.
func Play(dir string, c Case, d Device) (ladder *t30.Ladder, err error) {
	p := &player{dir: dir, test: c, told: map[string]string{}}
	ladder = &t30.Ladder{}
	cfg, doc, err := p.device()
	if err != nil {
		return ladder, err
	}
	cfg.Ladder = ladder
	p.doc = doc
	p.x = d(cfg, doc)
	defer p.leave()
	p.begin = p.x.Now()
	if err := p.play(c.Steps); err != nil {
		return ladder, err
	}
	if x, ok := p.x.(interface{ Timing() error }); ok {
		if err := x.Timing(); err != nil {
			return ladder, err
		}
	}
	return ladder, p.wasTold()
}

// leave ends the call, whatever became of it.
func (p *player) leave() {
	p.x.HangUp()
	p.x.Gone(time.Minute)
}

func (p *player) play(steps []Step) error {
	for i, s := range steps {
		if err := p.step(s); err != nil {
			return fmt.Errorf("step %d (%v), %.3f s into the call: %w", i+1, s, p.x.Now().Sub(p.begin).Seconds(), err)
		}
	}
	return nil
}

func (p *player) step(s Step) error {
	switch s.Dir + "/" + s.Type {
	case "/CALL", "/ANSWER", "T/SET", "R/SET":
		return nil // done before the call
	case "/WAIT":
		d, err := s.duration("value", 0)
		p.x.Wait(d)
		return err
	case "/STATUS":
		return p.status(s.Attr["value"])
	case "/REPEAT":
		return p.loop(s)
	case "T/CNG", "T/CED", "T/PREAMBLE", "T/HDLC", "T/POSTAMBLE", "T/TCF", "T/MSG", "T/PP", "T/CLEAR":
		return p.transmit(s)
	case "R/CNG", "R/CED", "R/HDLC", "R/TCF", "R/MSG", "R/PP", "R/SILENCE", "R/CLEAR":
		return p.expect(s)
	}
	return errors.New("no such step")
}

// loop runs the steps within as long as the first of them is met.
func (p *player) loop(s Step) error {
	least, err := s.number("min", 0)
	if err != nil || len(s.Repeat) == 0 {
		return err
	}
	most, err := s.number("max", 100)
	if err != nil {
		return err
	}
	first := s.Repeat[0]
	if first.Dir != "R" || first.Type != "HDLC" {
		most = least // what the tester does itself has nothing to stop it
	}
	for n := 0; n < most; n++ {
		if first.Dir == "R" && !p.ahead(first) {
			if n < least {
				return fmt.Errorf("met %d times, want %d", n, least)
			}
			return nil
		}
		if err := p.play(s.Repeat); err != nil {
			return err
		}
	}
	return nil
}

// device is the configuration of the engine that the case asks for.
func (p *player) device() (t30.Config, t30test.Document, error) {
	cfg := t30.Config{MaxDIS: 3}
	var doc t30test.Document
	var dis []byte // the tester's
	add := func(name string) error {
		if name == "" {
			return nil
		}
		pages, err := readPages(p.dir, name)
		if err != nil {
			return err
		}
		if len(doc.Pages) > 0 {
			doc.NewAt = map[int]bool{len(doc.Pages): true}
		}
		doc.Pages = append(doc.Pages, pages...)
		return nil
	}
	var walk func(steps []Step) error
	walk = func(steps []Step) error {
		for _, s := range steps {
			v := s.Attr["value"]
			var err error
			switch key := s.Dir + "/" + s.Type; {
			case key == "/CALL":
				cfg.Receives, err = true, add(v)
			case key == "/ANSWER":
				cfg.Calling, err = true, add(v)
				cfg.Receives = v == ""
			case key == "T/SET":
				err = p.set(&cfg, s.Attr["tag"], v, add)
			case key == "R/SET":
				p.told[s.Attr["tag"]] = v
				if s.Attr["tag"] == "PWD" {
					cfg.PollingPassword = v
				}
			case key == "R/HDLC" && (strings.HasPrefix(v, "FF C0 84") || strings.HasPrefix(v, "FF C0 04")):
				cfg.NonStandard = []byte{0xB5, 0x00, 0x00} // NSC or NSF is wanted; no real maker's
			case key == "T/HDLC" && s.Attr["tag"] == "DIS" && dis == nil:
				dis, err = octets(v)
			case key == "R/PP" && s.Attr["frame_size"] == "64":
				cfg.FrameSize64 = true
			case s.Type == "REPEAT":
				err = walk(s.Repeat)
			}
			if err != nil {
				return fmt.Errorf("%v: %w", s, err)
			}
		}
		return nil
	}
	err := walk(p.test.Steps)
	cfg.Transmits = len(doc.Pages) > 0
	cfg.FrameSize64 = cfg.FrameSize64 && oneBlock(doc, dis)
	if cfg.LocalID == "" {
		cfg.LocalID = "+15550000000"
	}
	return cfg, doc, err
}

// oneBlock tells whether the first page fits into one partial page of 64-octet
// frames. The cases follow every R/PP with PPS-EOP or PPS-MPS, so that a page
// that does not fit (OTEN06: IMPRESS in T.6 has 19 k) can only be meant to come
// in frames of 256 octets, whatever the step says.
func oneBlock(doc t30test.Document, dis []byte) bool {
	if len(doc.Pages) == 0 || len(dis) < 3 {
		return true
	}
	coding := t4.MH
	switch c := t30.ParseCapabilities(dis[3:]).Codings; {
	case c&t30.CodingMMR != 0:
		coding = t4.MMR
	case c&t30.CodingMR != 0:
		coding = t4.MR
	}
	page, err := t4.Transcode(doc.Pages[0], coding, t4.EncodeOptions{})
	return err == nil && len(page.Data) <= 64*256
}

func (p *player) set(cfg *t30.Config, what, value string, add func(string) error) error {
	switch what {
	case "IDENT":
		cfg.LocalID = value
	case "SUB":
		cfg.Addresses.SUB = value
	case "SEP":
		cfg.Addresses.SEP = value
	case "PSA":
		cfg.Addresses.PSA = value
	case "SID":
		cfg.Addresses.SID = value
	case "PWD":
		cfg.Addresses.PWD = value
	case "TXFILE":
		return add(value)
	case "RXFILE":
		// Without a name a called device must refuse documents. One that calls
		// with none of its own polls: what it polls it must take.
		cfg.Receives = value != "" || cfg.Calling
	default:
		return fmt.Errorf("nothing is called %q", what)
	}
	return nil
}

// wasTold checks what the device must have heard from the tester's frames.
func (p *player) wasTold() error {
	o := p.x.Outcome()
	heard := map[string]string{
		"IDENT": o.RemoteID, "SUB": o.Told.SUB, "SEP": o.Told.SEP, "PSA": o.Told.PSA,
		"SID": o.Told.SID, "PWD": o.Told.PWD,
	}
	if o.Cause == t30.CausePassword {
		delete(p.told, "PWD") // the case is about a wrong one, and the device has seen that it is
	}
	for what, want := range p.told {
		if got := heard[what]; got != want {
			return fmt.Errorf("the device was told %s %q, heard %q", what, want, got)
		}
	}
	return nil
}

func octets(value string) ([]byte, error) {
	return hex.DecodeString(strings.Join(strings.Fields(value), ""))
}

func modulation(name string) (t30.Modulation, error) {
	for m := t30.V21; m <= t30.V17_14400; m++ {
		if strings.ReplaceAll(m.String(), " ", "/") == name {
			return m, nil
		}
	}
	return t30.NoModulation, fmt.Errorf("no modem is called %q", name)
}

// note keeps the last DCS, which says how pages are coded.
func (p *player) note(frame []byte) {
	f, err := t30.ParseFrame(frame)
	if err != nil || f.FCF != t30.DCS {
		return
	}
	if s, err := t30.ParseSelection(f.FIF); err == nil {
		p.selection = s
	}
}

func frameNumber(n byte) int { return int(bits.Reverse8(n)) }

func samePicture(a, b *t4.Page) error {
	left, _, err := a.Bitmap()
	if err != nil {
		return err
	}
	right, _, err := b.Bitmap()
	if err != nil {
		return err
	}
	if a.Width != b.Width || a.Rows != b.Rows {
		return fmt.Errorf("the page is %d x %d, want %d x %d", a.Width, a.Rows, b.Width, b.Rows)
	}
	if string(left) != string(right) {
		return errors.New("the picture is not the one that was sent")
	}
	return nil
}
