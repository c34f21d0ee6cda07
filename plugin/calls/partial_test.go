package calls

import (
	"context"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// keeping is an inbox whose receipts keep their pages.
type keeping struct {
	*inbox
	pages, parts []*t4.Page
	first        chan struct{} // closed when a page has come
}

func (k *keeping) Commit(_ context.Context, p *t4.Page) error {
	k.pages = append(k.pages, p)
	if len(k.pages) == 1 {
		close(k.first)
	}
	return nil
}

func (k *keeping) CommitPart(_ context.Context, p *t4.Page) error {
	k.parts = append(k.parts, p)
	return nil
}

// stripes is a page with something on every row.
func stripes(rows int) *t4.Page {
	bits := make([]byte, 216*rows)
	for row := range rows {
		for i := row / 50 * 7 % 20; i < 216; i += 20 {
			bits[216*row+i] = byte(0xF0 >> (row * row / 100 % 5))
		}
	}
	return t4.FromBitmap(bits, 1728, 216, rows, t4.MMR, t4.R8x7_7)
}

// A machine is torn from the line in its second page: the first and part of the
// second are kept, and whether it waits is asked.
func TestCallThatBreaksInAPage(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes 20 s of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	t.Parallel()
	for _, ecm := range []bool{true, false} {
		t.Run(fmt.Sprintf("ECM %v", ecm), func(t *testing.T) {
			t.Parallel()
			breaksInAPage(t, ecm)
		})
	}
}

func breaksInAPage(t *testing.T, ecm bool) {
	k := &keeping{inbox: newInbox(), first: make(chan struct{})}
	x := exchange(k.inbox, Trunk{})
	under := *x.now.Load()
	under.Inbox = func(context.Context, mailbridge.Received) (Receipt, error) { return k, nil }
	number := under.Number
	under.Number = func(called string) (Number, bool) {
		n, ok := number(called)
		n.HoldPartial = func(r mailbridge.Received) bool { return r.Caller == "7000" }
		return n, ok
	}
	x.Change(under.Options)
	h := attach(t, x)
	h.incoming("a", "100")
	h.want("our number", "Take")
	h.want("the INVITE is answered", "Respond")
	offer := h.want("our T.38 offer", "Reinvite").GetReinvite().Sdp
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	at := conn.LocalAddr().(*net.UDPAddr)
	h.answer("a", 200, fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=image %d udptl t38\r\na=T38FaxVersion:0\r\na=T38FaxRateManagement:transferredTCF\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n", at.Port))
	ctx, tear := context.WithCancel(t.Context())
	defer tear()
	short, long := stripes(60), stripes(4000)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = t38.Run(ctx, conn, mediaOf(t, offer), t38.Documents{Source: document{[]*t4.Page{short, long}, func(int) error { return nil }}},
			t38.Options{T30: t30.Config{Calling: true, Toned: true, Transmits: true, DisableECM: !ecm, MaxRate: 14400}})
	}()
	select {
	case <-k.first:
	case <-time.After(time.Minute):
		t.Fatal("the first page does not come")
	}
	<-time.After(5 * time.Second) // into the second
	h.events <- &faxv1.HostEvent{Call: "a", Event: &faxv1.HostEvent_Ended{Ended: &faxv1.Ended{Reason: "BYE"}}}
	<-k.done
	tear()
	<-gone
	r := k.finished[0]
	if r.Complete || !r.Cut || !r.HoldPartial || r.Pages != 2 || len(k.pages) != 1 || len(k.parts) != 1 {
		t.Fatalf("%d pages and %d parts: %+v", len(k.pages), len(k.parts), r)
	}
	if p := k.parts[0]; p.Rows < 100 || p.Rows >= long.Rows {
		t.Errorf("the part has %d rows of %d", p.Rows, long.Rows)
	}
}
