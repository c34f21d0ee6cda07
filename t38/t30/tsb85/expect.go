package tsb85

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// What the tester expects from the device.

var errNothing = errors.New("heard nothing of the kind in time")

func (p *player) expect(s Step) error {
	limit, err := s.duration("timeout", t30test.DefaultTimeout)
	if err != nil {
		return err
	}
	switch s.Type {
	case "CNG":
		return p.tone(t30.CNG, limit)
	case "CED":
		return p.tone(t30.CED, limit)
	case "HDLC":
		return p.wantFrame(s, limit)
	case "TCF":
		return p.wantTCF(s, limit)
	case "MSG":
		return p.wantMessage(s, limit)
	case "PP":
		return p.wantPartialPage(s, limit)
	case "SILENCE":
		p.x.Settle(limit)
		return nil
	}
	return p.wantClear(s)
}

func (p *player) tone(want t30.Tone, limit time.Duration) error {
	_, ok := p.x.Next(limit, func(ev t30.Event) bool {
		tone, is := ev.(t30.ToneHeard)
		return is && tone.Tone == want
	})
	if !ok {
		return errNothing
	}
	return nil
}

// wantFrame looks at frames with the control octet of the one awaited.
func (p *player) wantFrame(s Step, limit time.Duration) error {
	want := strings.Fields(s.Attr["value"])
	if len(want) < 3 {
		return errors.New("the frame is too short")
	}
	frame, ok := p.frame(want[1], limit, true)
	if !ok {
		return errNothing
	}
	if matches(frame, s.Attr["value"]) || matches(frame, s.Attr["xxx"]) {
		return nil
	}
	return fmt.Errorf("heard %s: % X", t30.DescribeFrame(frame), frame)
}

// ahead tells whether the next frame is the one of a step, and leaves it.
func (p *player) ahead(s Step) bool {
	if s.Type != "HDLC" || s.Dir != "R" {
		return false
	}
	want := strings.Fields(s.Attr["value"])
	if len(want) < 3 {
		return false
	}
	frame, ok := p.frame(want[1], t30test.DefaultTimeout, false)
	return ok && matches(frame, s.Attr["value"])
}

func (p *player) frame(control string, limit time.Duration, take bool) (frame []byte, ok bool) {
	next := p.x.Next
	if !take {
		next = p.x.Peek
	}
	_, ok = next(limit, func(ev t30.Event) bool {
		f, is := ev.(t30.FrameReceived)
		if !is || len(f.Octets) < 3 {
			return false
		}
		p.note(f.Octets)
		frame = f.Octets
		return strings.EqualFold(fmt.Sprintf("%02X", f.Octets[1]), control) && !coded(f.Octets)
	})
	return frame, ok
}

func coded(frame []byte) bool {
	c := t30.FCF(frame[2] &^ 0x80)
	return c == t30.FCD || c == t30.RCP
}

// matches compares a frame with a pattern: XX is any octet, ... anything more.
func matches(frame []byte, pattern string) bool {
	want := strings.Fields(pattern)
	if len(want) == 0 {
		return false
	}
	for i, w := range want {
		if w == "..." {
			return true
		}
		if i >= len(frame) {
			return false
		}
		if !strings.EqualFold(w, "XX") && !strings.EqualFold(w, fmt.Sprintf("%02X", frame[i])) {
			return false
		}
	}
	return len(frame) == len(want)
}

// carrier waits for a fast carrier, which must be of the modem of the step.
func (p *player) carrier(s Step, limit time.Duration) (t30.Modulation, error) {
	want, err := modulation(s.Attr["modem"])
	if err != nil {
		return want, err
	}
	h, ok := p.x.Next(limit, func(ev t30.Event) bool {
		if f, is := ev.(t30.FrameReceived); is {
			p.note(f.Octets)
		}
		up, is := ev.(t30.CarrierUp)
		return is && up.Modulation != t30.V21
	})
	if !ok {
		return want, errNothing
	}
	if got := h.Event.(t30.CarrierUp).Modulation; got != want {
		return want, fmt.Errorf("heard %v", got)
	}
	return want, nil
}

// carried gives the octets that the carrier brings until it drops.
func (p *player) carried(limit time.Duration) []byte {
	var data []byte
	p.x.Next(limit, func(ev t30.Event) bool {
		if d, is := ev.(t30.DataReceived); is {
			data = append(data, d.Octets...)
		}
		_, down := ev.(t30.CarrierDown)
		return down
	})
	return data
}

// wantTCF: 1.5 s of zeros, +- 10 % (T.30 5.3.6.1.3).
func (p *player) wantTCF(s Step, limit time.Duration) error {
	m, err := p.carrier(s, limit)
	if err != nil {
		return err
	}
	data := p.carried(limit)
	if n := len(data) * 8 * 1000 / m.Rate(); n < 1350 || n > 1650 {
		return fmt.Errorf("TCF takes %d ms", n)
	}
	if len(bytes.Trim(data, "\x00")) != 0 {
		return errors.New("TCF is not all zeros")
	}
	return nil
}

// wantMessage: the page must be the one that the device was given.
func (p *player) wantMessage(s Step, limit time.Duration) error {
	if _, err := p.carrier(s, limit); err != nil {
		return err
	}
	return p.compare(s, p.carried(limit))
}

func (p *player) compare(s Step, data []byte) error {
	doc := p.doc.Pages
	if v := s.Attr["value"]; v != "" {
		var err error
		if doc, err = readPages(p.dir, v); err != nil {
			return err
		}
	}
	if len(doc) == 0 {
		return errors.New("there is no page to compare with")
	}
	sel := p.selection
	page, err := t4.Receive(data, sel.Coding, sel.Width, sel.Resolution, t4.ReceiveOptions{To: t4.MMR})
	if err != nil {
		return err
	}
	if page.BadRows > 0 {
		return fmt.Errorf("%d of %d rows are bad", page.BadRows, page.Rows)
	}
	want := doc[min(p.confirmed, len(doc)-1)]
	if want, err = want.Fit(sel.Width, sel.Resolution, t4.MMR, t4.EncodeOptions{}); err != nil {
		return err
	}
	return samePicture(page, want)
}

// wantPartialPage takes a partial page; with those before it that were asked
// for again it must be the page.
func (p *player) wantPartialPage(s Step, limit time.Duration) error {
	if _, err := p.carrier(s, limit); err != nil {
		return err
	}
	size := 256
	if p.selection.FrameSize64 {
		size = 64
	}
	var err error
	if p.blocks == nil {
		p.blocks = map[int][]byte{}
	}
	returns := 0
	_, ok := p.x.Next(limit, func(ev t30.Event) bool {
		switch ev := ev.(type) {
		case t30.CarrierDown:
			return true
		case t30.FrameReceived:
			if len(ev.Octets) > 4 && t30.FCF(ev.Octets[2]) == t30.FCD {
				p.blocks[frameNumber(ev.Octets[3])] = ev.Octets[4:]
				if len(ev.Octets)-4 != size {
					err = fmt.Errorf("a frame has %d octets, want %d", len(ev.Octets)-4, size)
				}
			} else {
				returns++
			}
		}
		return false
	})
	switch {
	case !ok:
		return errNothing
	case err != nil:
		return err
	case returns != 3:
		return fmt.Errorf("%d RCP frames, want 3", returns)
	}
	var data []byte
	for n := range p.blocks {
		if p.blocks[n] == nil {
			return fmt.Errorf("frame %d never came", n)
		}
	}
	for n := 0; p.blocks[n] != nil; n++ {
		data = append(data, p.blocks[n]...)
	}
	return p.compare(s, data)
}

// wantClear: the device hangs up so long after the step before.
func (p *player) wantClear(s Step) error {
	from, err1 := s.duration("timein", 0)
	limit, err2 := s.duration("timeout", t30test.DefaultTimeout)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	before := p.x.Now()
	at, gone := p.x.Gone(limit)
	if !gone {
		return fmt.Errorf("the device still holds the line after %v", limit)
	}
	if took := max(0, at.Sub(before)); took < from {
		return fmt.Errorf("the device hung up after %v, want %v", took, from)
	}
	return nil
}

// status compares the result of the call. The kinds of failure are names of one
// implementation; what is compared is whether it failed.
func (p *player) status(want string) error {
	o := p.x.Outcome()
	if want != "OK" || o.Cause == t30.CauseNone {
		return nil
	}
	if p.rejected && o.Cause == t30.CausePageRejected {
		// A page that was refused and not sent again: a failure to us.
		return nil
	}
	return fmt.Errorf("the call should have succeeded: %v (%s)", o.Cause, o.Sentence())
}
