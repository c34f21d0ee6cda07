package audio

import (
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// TestTonesAsEvents: CED is one event of three seconds, its end said three times;
// CNG is heard by a machine that is never sent the tone itself.
func TestTonesAsEvents(t *testing.T) {
	doc := []*t4.Page{testPage(1, 40)}
	var ladder t30.Ladder
	o := Options{Events: 101, SendEvents: true}
	called := o
	called.T30.Ladder = &ladder
	w := newWorld(o, called, simnet.Conditions{Delay: 20 * time.Millisecond}, doc)
	var told, endings []int // durations told
	var began uint32
	w.ends[1].sent = func(b []byte) {
		if b[1]&0x7F != 101 || b[12] != eventANS {
			return
		}
		stamp := uint32(b[4])<<24 | uint32(b[5])<<16 | uint32(b[6])<<8 | uint32(b[7])
		if len(told) == 0 {
			began = stamp
			if b[1]&0x80 == 0 {
				t.Error("the event begins without marker")
			}
		}
		if stamp != began {
			return // the next one
		}
		duration := int(b[14])<<8 | int(b[15])
		told = append(told, duration)
		if b[13]&eventEnd != 0 {
			endings = append(endings, duration)
		}
	}
	w.run(t)
	if o := w.ends[0].s.driver.Engine.Outcome(); !o.Success {
		t.Fatalf("%s\n%v", o.Sentence(), &ladder)
	}
	if len(endings) != 3 || endings[0] != 3*sampleRate && endings[0] != 3*sampleRate+160 || told[0] != 160 {
		t.Errorf("durations %v, at the end %v", told, endings)
	}
	if !strings.Contains(ladder.String(), "<- CNG") {
		t.Errorf("the called machine heard no CNG\n%v", &ladder)
	}
}
