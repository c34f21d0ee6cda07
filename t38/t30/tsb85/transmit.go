package tsb85

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// What the tester transmits.

const (
	v21Flags  = 37 // of a preamble, 1 s
	fastFlags = 200 * time.Millisecond
)

func (p *player) transmit(s Step) error {
	switch s.Type {
	case "CNG":
		p.x.Tone(t30.CNG)
		p.x.Wait(500 * time.Millisecond)
		return nil
	case "CED":
		p.x.Wait(200 * time.Millisecond)
		p.x.Tone(t30.CED)
		p.x.Wait(3 * time.Second)
		return nil
	case "PREAMBLE":
		return p.preamble(s)
	case "POSTAMBLE":
		p.postamble()
		return nil
	case "HDLC":
		return p.hdlc(s)
	case "TCF":
		return p.tcf(s)
	case "MSG":
		return p.message(s)
	case "PP":
		return p.partialPage(s)
	}
	p.x.HangUp()
	return nil
}

func (p *player) preamble(s Step) error {
	m, err := p.modem(s, t30.V21)
	if err != nil {
		return err
	}
	flags, err := s.number("value", v21Flags)
	if err != nil {
		return err
	}
	p.x.Up(m)
	p.open = m
	if m == t30.V21 {
		p.x.Wait(time.Duration(flags) * 8 * time.Second / 300)
	} else {
		p.x.Wait(fastFlags)
	}
	return nil
}

func (p *player) modem(s Step, standard t30.Modulation) (t30.Modulation, error) {
	name, ok := s.Attr["modem"]
	if !ok {
		return standard, nil
	}
	return modulation(name)
}

func (p *player) postamble() {
	if p.open != t30.NoModulation {
		p.x.Down(p.open)
		p.open = t30.NoModulation
	}
}

func (p *player) hdlc(s Step) error {
	frame, err := octets(s.Attr["value"])
	if err != nil {
		return err
	}
	if len(frame) < 3 {
		return errors.New("the frame is too short")
	}
	alone := p.open == t30.NoModulation
	if alone {
		m, err := p.modem(s, t30.V21)
		if err != nil {
			return err
		}
		if err := p.preamble(Step{Attr: map[string]string{"modem": strings.ReplaceAll(m.String(), " ", "/")}}); err != nil {
			return err
		}
	}
	_, damaged := s.Attr["crc_error"]
	if !damaged {
		p.note(frame)
	}
	p.x.Frame(p.open, frame, !damaged)
	if f, err := t30.ParseFrame(frame); err == nil && !damaged {
		switch f.FCF {
		case t30.MCF, t30.RTP:
			p.confirmed++
			p.blocks = nil
		case t30.RTN:
			p.rejected = true
		}
	}
	if alone {
		p.postamble()
	}
	return nil
}

func (p *player) tcf(s Step) error {
	m, err := p.modem(s, t30.V27ter2400)
	if err != nil {
		return err
	}
	n, err := s.number("value", m.Rate()*3/16)
	if err != nil {
		return err
	}
	wrong, err := s.number("pattern", 0)
	if err != nil {
		return err
	}
	data := make([]byte, n)
	for i := max(0, n-wrong); i < n; i++ {
		data[i] = 0xAA
	}
	p.x.Play(t30.TransmitImage{Modulation: m, Octets: data})
	return nil
}

// message sends a page outside ECM.
func (p *player) message(s Step) error {
	m, err := p.modem(s, t30.V27ter4800)
	if err != nil {
		return err
	}
	page, err := p.page(s)
	if err != nil {
		return err
	}
	least, err := s.number("min_bits", 0)
	if err != nil {
		return err
	}
	// The tester obeys the minimum scan line time that it has announced.
	least = max(least, int(p.selection.ScanLineTime*time.Duration(m.Rate())/time.Second))
	data := page.Line(least)
	if list := s.Attr["bad_rows"]; list != "" {
		if data, err = damaged(page, list, least); err != nil {
			return err
		}
	}
	p.x.Play(t30.TransmitImage{Modulation: m, ShortTraining: short(m), Octets: data})
	return nil
}

// page gives the first page of the image in the coding that the step names.
func (p *player) page(s Step) (*t4.Page, error) {
	pages, err := readPages(p.dir, s.Attr["value"])
	if err != nil {
		return nil, err
	}
	if len(pages) == 0 {
		return nil, errors.New("the image has no page")
	}
	coding := t4.MH
	switch c := s.Attr["compression"]; c {
	case "", "T.4 1D":
	case "T.4 2D":
		coding = t4.MR
	case "T.6":
		coding = t4.MMR
	default:
		return nil, fmt.Errorf("no coding is called %q", c)
	}
	return t4.Transcode(pages[0], coding, t4.EncodeOptions{})
}

// damaged codes a page, one-dimensional throughout, with some rows cut short: an
// EOL comes before the width is reached. Zeros that fill up an octet are fill
// (T.4 4.1.3).
func damaged(page *t4.Page, list string, least int) ([]byte, error) {
	bad := map[int]bool{}
	for _, f := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(", \n\t", r) }) {
		n, err := strconv.Atoi(f)
		if err != nil {
			return nil, err
		}
		bad[n] = true
	}
	var data []byte
	y := 0
	for row, err := range page.Decode().All() {
		if err != nil {
			return nil, err
		}
		width := page.Width
		if bad[y] {
			row, width = nil, page.Width-100
		}
		e := t4.NewEncoder(page.Coding, width, t4.EncodeOptions{NoEnd: true})
		if err := e.WriteRow(row); err != nil {
			return nil, err
		}
		octets := e.Finish()
		data = append(data, octets...)
		for n := len(octets) * 8; n < least; n += 8 {
			data = append(data, 0)
		}
		y++
	}
	rtc := t4.NewEncoder(page.Coding, page.Width, t4.EncodeOptions{})
	return append(data, rtc.Finish()...), nil
}

// partialPage sends the FCD frames of one block of a page, and RCP. The carrier
// is up already where the case says PREAMBLE.
func (p *player) partialPage(s Step) error {
	page, err := p.page(s)
	if err != nil {
		return err
	}
	size, err1 := s.number("frame_size", 256)
	block, err2 := s.number("block", 0)
	wrong, err3 := s.number("crc_error", -1)
	least, err4 := s.number("min_bits", 0)
	m, err5 := p.modem(s, p.open)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return err
	}
	alone := p.open == t30.NoModulation
	if alone {
		if err := p.preamble(Step{Attr: map[string]string{"modem": s.Attr["modem"]}}); err != nil {
			return err
		}
	}
	data := page.Line(least)
	for n := range 256 {
		from := (block*256 + n) * size
		if from >= len(data) {
			break
		}
		frame := []byte{0xFF, 0xC0, byte(t30.FCD), bits.Reverse8(uint8(n))}
		frame = append(frame, data[from:min(len(data), from+size)]...)
		frame = append(frame, make([]byte, 4+size-len(frame))...)
		p.x.Frame(m, frame, block*256+n != wrong)
	}
	for range 3 {
		p.x.Frame(m, []byte{0xFF, 0xC0, byte(t30.RCP)}, true)
	}
	if alone {
		p.postamble()
	}
	return nil
}
