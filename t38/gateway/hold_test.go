package gateway

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
)

type said struct{ log []string }

func (s *said) Tone(t30.Tone)                    {}
func (s *said) Carrier(m t30.Modulation, _ bool) { s.log = append(s.log, "carrier") }
func (s *said) Frame([]byte, bool)               { s.log = append(s.log, "frame") }
func (s *said) Data([]byte)                      {}
func (s *said) Done()                            { s.log = append(s.log, "done") }
func (s *said) Listen(Expected)                  {}

func TestFlagsEndWhenTheLineSpeaks(t *testing.T) {
	for _, last := range []t30.FCF{t30.EOP, t30.DCN} {
		line, net := &said{}, &said{}
		now := time.Unix(1e9, 0)
		g := New(Options{}, line, net, now)
		say := func(c t30.FCF) {
			g.Carrier(now, OnLine, t30.V21, false)
			now = now.Add(1200 * time.Millisecond)
			g.Frame(now, OnLine, t30.Frame{Final: true, FCF: c}.Octets(), true)
			g.Done(now, OnLine)
		}
		say(t30.EOP)
		now = now.Add(holdAfter)
		g.Advance(now) // flags begin
		now = now.Add(300 * time.Millisecond)
		begun := now
		say(last) // the machine has not waited
		ended := time.Time{}
		for i := 0; i < 3000 && ended.IsZero(); i++ {
			now = now.Add(20 * time.Millisecond)
			g.Advance(now)
			if n := len(line.log); n > 0 && line.log[n-1] == "done" {
				ended = now
			}
		}
		if ended.IsZero() {
			t.Errorf("then %v: flags on the line still after %v: %v", last, now.Sub(begun), line.log)
		} else {
			t.Logf("then %v: flags ended %v after the line spoke: %v", last, ended.Sub(begun), line.log)
		}
	}
}
