package dialog

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// owner answers everything.
type owner struct{}

func (owner) Requested(_ *Leg, r *Request)   { r.Respond(Response{Status: 200}) }
func (owner) Cancelled(*Leg, *Request)       {}
func (owner) Acknowledged(l *Leg, _ Content) { l.HangUp(HangUp{}) }
func (owner) Ended(*Leg, End)                {}

// faults sees the lines that guard writes.
type faults struct {
	slog.Handler
	seen atomic.Pointer[string]
}

func (f *faults) Enabled(context.Context, slog.Level) bool { return true }

func (f *faults) WithAttrs([]slog.Attr) slog.Handler { return f }

func (f *faults) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		text := r.Message
		r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
		f.seen.Store(&text)
	}
	return nil
}

// FuzzReceive gives a stack whatever bytes may come, as if they had come from a
// peer, on top of a call that is up. Nothing that comes may end the process or
// leave the stack unable to answer.
func FuzzReceive(f *testing.F) {
	head := "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKa;rport\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>%\r\nCall-ID: fuzz\r\nCSeq: 1 %\r\nContact: <sip:a@127.0.0.1:9>\r\n"
	fill := func(method, tag string) string {
		return strings.Replace(strings.Replace(head, "%", tag, 1), "%", method, 1)
	}
	for _, m := range []string{"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "UPDATE", "INFO", "REFER", "REGISTER", "PRACK"} {
		f.Add([]byte(m + " sip:c@d SIP/2.0\r\n" + fill(m, "") + "\r\n"))
		f.Add([]byte(m + " sip:c@d SIP/2.0\r\n" + fill(m, ";tag=2") + "Content-Length: 4\r\n\r\nv=0\n"))
	}
	f.Add([]byte("INVITE sip:c@d SIP/2.0\r\n" + fill("INVITE", "") + "Require: 100rel\r\n\r\n"))
	f.Add([]byte("PRACK sip:c@d SIP/2.0\r\n" + fill("PRACK", ";tag=2") + "RAck: 1 1 INVITE\r\n\r\n"))
	f.Add([]byte("SIP/2.0 183 Progress\r\n" + fill("INVITE", ";tag=2") + "Require: 100rel\r\nRSeq: 4294967295\r\n\r\n"))
	f.Add([]byte("SIP/2.0 200 OK\r\n" + fill("INVITE", ";tag=2") + "Record-Route: <sip:x;lr>, <sip:y>\r\n\r\n"))
	f.Add([]byte("INVITE sip:c@d SIP/2.0\r\nv: SIP/2.0/UDP [::1]:9;branch=z9hG4bKb\r\nf: tel:1;tag=1\r\nt: \"q\" <sips:c@[::1]:5>\r\ni: x\r\nm: *\r\nCSeq: 1 INVITE\r\nReason: Q.850;cause=x, SIP\r\n\r\n"))

	faults := &faults{Handler: slog.DiscardHandler}
	s, err := Listen(Options{
		Listen: []string{"udp:127.0.0.1:0"}, Logger: slog.New(faults),
		Incoming: func(l *Leg, r *Request) Events { r.Respond(Response{Status: 200}); return owner{} },
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(s.Close)
	parser := sip.NewParser()
	f.Fuzz(func(t *testing.T, data []byte) {
		msg, err := parser.ParseSIP(data)
		if err != nil || msg == nil {
			return
		}
		msg.SetTransport("UDP")
		msg.SetSource("127.0.0.1:9")
		defer func() {
			if r := recover(); r != nil {
				t.Fatalf("sorting broke: %v", r)
			}
		}()
		switch m := msg.(type) { // not receive, which would hide a fault
		case *sip.Request:
			s.receiveRequest(m)
			if m.From() != nil && m.To() != nil && m.CSeq() != nil {
				newRequest(m)
			}
		case *sip.Response:
			s.receiveResponse(m)
			_ = newResponse(m)
		}
		if fault := faults.seen.Load(); fault != nil {
			t.Fatalf("about this message or one before: %s", *fault)
		}
	})
}

// FuzzRAck reads what may stand in a RAck header.
func FuzzRAck(f *testing.F) {
	f.Add("776656 1 INVITE")
	f.Add(" 4294967296 -1  INVITE x")
	f.Fuzz(func(t *testing.T, rack string) {
		if acknowledges(rack, 776656, 1) && !slices.Equal(strings.Fields(rack)[2:], []string{"INVITE"}) {
			t.Errorf("%q is taken", rack)
		}
	})
}

// FuzzStream gives sipgo's parser of TCP streams whatever may come, in two
// reads. It runs on a goroutine of sipgo's, where nothing could catch a fault.
func FuzzStream(f *testing.F) {
	f.Add([]byte("INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKa\r\nl: 4\r\n\r\nv=0\n\r\n\r\nBYE sip:a@b SIP/2.0\r\n\r\n"), 30)
	f.Add([]byte("SIP/2.0 200 OK\r\nContent-Length: 99999999999\r\nFrom: \"a\r\n b\" <sip:[::1]:5;x?y>;tag=\r\n\r\n"), 3)
	f.Add([]byte("OPTIONS sip:;?=& SIP/2.0\r\nContact: *, <sip:>;q=, sip:x;y\r\nRoute: <sip:a;lr>,<sip:b\r\nCSeq: -1 X\r\nMax-Forwards: 99999999999\r\n\r\n"), 50)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		p := sip.NewParser().NewSIPStream()
		defer p.Close()
		cut = min(max(cut, 0), len(data))
		for _, part := range [][]byte{data[:cut], data[cut:]} {
			if err := p.ParseSIPStream(part, func(sip.Message) {}); err != nil && !errors.Is(err, sip.ErrParseSipPartial) {
				return // the connection is closed
			}
		}
	})
}
