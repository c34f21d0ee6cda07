package t30_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// What has come of a page when the call breaks is given, and not as a page that
// was confirmed.
func TestPageThatIsCutOff(t *testing.T) {
	plain := func(t *testing.T) *t30test.Tester {
		x := trained(t, t30.Config{}, dcsPlain, t30.V27ter4800)
		sendMH(x, t30.V27ter4800, 1)
		x.Reply(t30.MPS)
		x.Want("the first page is safe", t30.MCF)
		return x
	}
	page := picture(2, 1728, 200, t4.R8x3_85, t4.MH)
	t.Run("without error correction", func(t *testing.T) {
		x := plain(t)
		line := page.Line(96)
		x.Play(t30.TransmitImage{Pause: 75 * time.Millisecond, Modulation: t30.V27ter4800, ShortTraining: true, Octets: line[:len(line)/2]})
		x.HangUp()
		wantTop(t, x.WantGone("the call breaks", time.Second, t30.CauseCallEnded), 1, page)
	})
	t.Run("nothing of it", func(t *testing.T) {
		x := plain(t)
		x.HangUp()
		if o := x.WantGone("the call breaks", time.Second, t30.CauseCallEnded); o.Cut != nil || len(o.Pages) != 1 {
			t.Errorf("%d rows of nothing", o.Cut.Rows)
		}
	})
	t.Run("only its white margin", func(t *testing.T) {
		x := plain(t)
		white := t4.FromBitmap(make([]byte, 216*100), 1728, 216, 100, t4.MH, t4.R8x3_85)
		x.Play(t30.TransmitImage{Pause: 75 * time.Millisecond, Modulation: t30.V27ter4800, ShortTraining: true, Octets: white.Line(96)})
		x.HangUp()
		if o := x.WantGone("the call breaks", time.Second, t30.CauseCallEnded); o.Cut != nil {
			t.Errorf("%d rows of white", o.Cut.Rows)
		}
	})
	t.Run("with error correction, a frame missing", func(t *testing.T) {
		x := trained(t, t30.Config{}, []byte{0x00, 0x44, 0x1F, 0x22}, t30.V17_14400)
		page := picture(3, 1728, 300, t4.R8x3_85, t4.MMR)
		frames := fcd(page)
		if len(frames) < 5 {
			t.Fatalf("only %d frames", len(frames))
		}
		x.Play(t30.TransmitPartialPage{Pause: 75 * time.Millisecond, Modulation: t30.V17_14400, ShortTraining: true,
			Frames: append(append([][]byte{}, frames[:3]...), frames[4])})
		x.HangUp()
		wantTop(t, x.WantGone("the call breaks", time.Second, t30.CauseCallEnded), 0, page)
	})
	t.Run("the page is rejected and does not come again", func(t *testing.T) {
		x := plain(t)
		line := page.Line(96)
		for i := len(line) / 2; i < len(line)-100; i += 25 {
			line[i] ^= 0xFF
		}
		x.Play(t30.TransmitImage{Pause: 75 * time.Millisecond, Modulation: t30.V27ter4800, ShortTraining: true, Octets: line})
		x.Reply(t30.EOP)
		x.Want("half of it is noise", t30.RTN)
		x.Reply(t30.DCN)
		o := x.WantGone("the sender leaves it at that", time.Second, t30.CauseDCN)
		if len(o.Pages) != 1 || o.Cut == nil || o.Cut.Rows-o.Cut.BadRows < page.Rows/4 || o.Cut.BadRows == 0 {
			t.Errorf("%d pages, cut %+v", len(o.Pages), o.Cut)
		}
	})
	t.Run("the sender says DCN in its midst", func(t *testing.T) {
		x := plain(t)
		line := page.Line(96)
		x.Play(t30.TransmitImage{Pause: 75 * time.Millisecond, Modulation: t30.V27ter4800, ShortTraining: true, Octets: line[:len(line)/2]})
		x.Reply(t30.DCN)
		wantTop(t, x.WantGone("the sender stops", time.Second, t30.CauseDCN), 1, page)
	})
}

// wantTop checks that the call gave so many pages, and some rows of another one
// that are as it was sent.
func wantTop(t *testing.T, o t30.Outcome, pages int, sent *t4.Page) {
	t.Helper()
	if o.Success || len(o.Pages) != pages || o.Cut == nil {
		t.Fatalf("%d pages, cut %v: %s", len(o.Pages), o.Cut != nil, o.Sentence())
	}
	got, stride, err := o.Cut.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	whole, _, err := sent.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	good := o.Cut.Rows - o.Cut.BadRows
	if good < 10 || o.Cut.Rows >= sent.Rows || !bytes.Equal(got[:good*stride], whole[:good*stride]) {
		t.Errorf("%d rows, %d of them bad, of %d", o.Cut.Rows, o.Cut.BadRows, sent.Rows)
	}
}
