package t38

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// A call that ends right after the last MCF was a success, at both ends: DCN is
// only a farewell.
func TestCallThatEndsAfterTheLastMCF(t *testing.T) {
	for _, noECM := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			from, to := &paper{pages: testDocument(1, 100)}, &paper{}
			calls := 0
			from.work = func(context.Context) error {
				if calls++; calls > 2 { // the page, the end of the document, now its confirmation
					cancel()
				}
				return nil
			}
			sent, received := both(ctx, simnet.Conditions{Delay: 20 * time.Millisecond}, from, to,
				Options{T30: t30.Config{DisableECM: noECM}})
			if ctx.Err() == nil || sent.err != nil || received.err != nil || !sent.out.Success || !received.out.Success {
				t.Errorf("ECM %v: %+v, %+v", !noECM, sent, received)
			}
		})
	}
}

// The receiver's call ends so long after it has the last page: whenever the
// sender knows of the success, so does the receiver.
func TestReceiverCutOffAfterTheLastPage(t *testing.T) {
	for after := time.Duration(0); after <= 3*time.Second; after += 50 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			a, b := simnet.Pipe(simnet.Conditions{Delay: 20 * time.Millisecond})
			o := Options{ErrorCorrection: udptl.Redundancy}
			done := make(chan ended)
			to := &paper{work: func(context.Context) error { time.AfterFunc(after, cancel); return nil }}
			go func() {
				out, err := Receive(ctx, b, netip.AddrPort{}, to, o)
				done <- ended{out, err}
			}()
			calling := o
			calling.T30.Calling = true
			sent, err := Send(t.Context(), a, address4000(2), &paper{pages: testDocument(1, 100)}, calling)
			received := <-done
			if err != nil || received.err != nil || sent.Success && !received.out.Success || after >= 2*time.Second && !sent.Success {
				t.Errorf("after %v: sent %v (%v), received %v (%v); %v, %v", after, sent.Success, sent.Cause,
					received.out.Success, received.out.Cause, err, received.err)
			}
		})
	}
}

// Wherever the network breaks, one way or both, each end is done within the
// timers of T.30, and says no success that was none.
func TestNetworkCutAtEachDatagram(t *testing.T) {
	for _, noECM := range []bool{false, true} {
		for cut := 1; cut <= 3; cut++ { // 1: from the calling end, 2: from the called one, 3: both
			t.Run(fmt.Sprintf("ECM %v, ways %d", !noECM, cut), func(t *testing.T) {
				for k, more := 0, true; more; k++ {
					more = cutAt(t, noECM, cut, k)
				}
			})
		}
	}
}

// cutAt lets k datagrams pass, and reports whether there were more.
func cutAt(t *testing.T, noECM bool, cut, k int) (more bool) {
	calling, called := options(Options{ErrorCorrection: udptl.Redundancy})
	calling.T30.Ladder, called.T30.Ladder = nil, nil
	called.T30.DisableECM = noECM
	w := newWorld(calling, called, simnet.Conditions{})
	passed, at := 0, w.now
	for i, e := range w.ends {
		e.quirk = func(d []byte) [][]byte {
			if cut&(1<<i) == 0 {
				return [][]byte{d}
			}
			if passed++; passed > k {
				if !more {
					more, at = true, w.now
				}
				return nil
			}
			return [][]byte{d}
		}
	}
	doc := testDocument(2, 60)
	a, b := w.fax(t, doc)
	if took := w.now.Sub(at); more && took > 2*time.Minute {
		t.Errorf("cut at datagram %d: it went on for %v", k, took)
	}
	whole := differ(doc, w.ends[1].tray) == ""
	if a.Success && !whole || b.Success && !whole || a.Success && !b.Success {
		t.Errorf("cut at datagram %d: success %v and %v, %d pages arrived", k, a.Success, b.Success, len(w.ends[1].tray))
	}
	for _, out := range []t30.Outcome{a, b} {
		if !out.Success && (out.Cause == t30.CauseNone || out.Cause == t30.CauseCallEnded) {
			t.Errorf("cut at datagram %d: the cause is %v", k, out.Cause)
		}
	}
	return more
}
