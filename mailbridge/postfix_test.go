package mailbridge_test

import (
	"bytes"
	"context"
	"net/netip"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/postfixtest"
	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/mailcheck"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/onramp"
	"github.com/pagebridge/pagebridge/mailbridge/relay"
	"github.com/pagebridge/pagebridge/mailbridge/report"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// TestBothWaysThroughPostfix joins the rooms as the plugin does, with a call
// that always ends as the number says, and Postfix as everybody's mail server.
func TestBothWaysThroughPostfix(t *testing.T) {
	page := &t4.Page{Coding: t4.MH, Width: 1728, Rows: 1, Data: []byte{1, 2, 3}}
	sp, err := spool.Open(t.Context(), spool.Options{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer sp.Close()
	door, err := offramp.New(offramp.Options{
		Listen: "127.0.0.1:0", Domains: []string{"fax.example.com"}, Accept: sp.Accept,
		AllowedClients: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Resolve: func(local, _ string) ([]mailbridge.Destination, error) {
			return []mailbridge.Destination{{Number: strings.TrimPrefix(local, "FAX=")}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := door.Listen(); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- door.Serve() }()
	defer func() { door.Close(context.Background()); <-served }()

	mta := postfixtest.Start(t, postfixtest.Options{Transports: map[string]string{"fax.example.com": door.Addr().String()}})
	out, err := relay.New(relay.Options{Server: mta.Addr, Hostname: "fax.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	in, err := onramp.New(onramp.Options{
		From: "fax@fax.example.com", Relay: out, Zone: time.UTC,
		Encode: func(p []*t4.Page, _ string) ([]byte, string, error) { return p[0].Data, "", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	err = sp.Start(t.Context(), mailbridge.Work{
		Render: func(_ context.Context, s *mailbridge.Submission) ([]*t4.Page, error) {
			_, err := offramp.Parts(s.Message, offramp.PartLimits{})
			return []*t4.Page{page}, err
		},
		Call: func(_ context.Context, j *mailbridge.Job, _ []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
			if j.Recipient.Destination.Number != "7001" {
				return mailbridge.Outcome{Status: mailbridge.S5_1_1NoSuchNumber, Cause: "no-such-number", Sentence: "The number does not exist."}
			}
			err := confirmed(1)
			return mailbridge.Outcome{Delivered: err == nil, Status: mailbridge.S2_0_0Delivered, Pages: 1, RemoteID: "ACME", Rate: 14400}
		},
		Deliver: in.Deliver,
		Notify: func(ctx context.Context, r *mailbridge.Report) error {
			return report.Notify(ctx, r, out, report.Options{Hostname: "fax.example.com"})
		},
	})
	if err != nil {
		t.Fatal(err)
	}

	err = smtp.SendMail(mta.Addr, nil, "ann@example.com", []string{"FAX=7001@fax.example.com", "FAX=7009@fax.example.com"},
		[]byte("Message-ID: <m1@example.com>\r\nSubject: Contract\r\n\r\nPlease sign.\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]report.RecipientStatus{}
	for _, m := range mta.Wait(t, "ann@example.com", 2) {
		mailcheck.Python(t, m)
		d, err := report.Parse(m)
		if err != nil || len(d.Recipients) != 1 || d.MessageID != "<m1@example.com>" {
			t.Fatalf("%v: %+v\n%s", err, d, m)
		}
		got[d.Recipients[0].Final] = d.Recipients[0]
	}
	if r := got["FAX=7001@fax.example.com"]; r.Action != report.Delivered || r.Status != "2.0.0" || r.RemoteMTA != "ACME" {
		t.Errorf("the report on 7001 is %+v", r)
	}
	if r := got["FAX=7009@fax.example.com"]; r.Action != report.Failed || r.Status != "5.1.1" {
		t.Errorf("the report on 7009 is %+v", r)
	}

	now := time.Now()
	receipt, err := sp.Receive(t.Context(), mailbridge.Received{Number: "+1555", Caller: "+1777", Started: now, Mailboxes: []string{"office@example.com", "boss@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := receipt.Commit(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	if err := receipt.Finish(t.Context(), mailbridge.Received{Ended: now, Complete: true}); err != nil {
		t.Fatal(err)
	}
	for _, box := range []string{"office@example.com", "boss@example.com"} {
		m := mailcheck.Python(t, mta.Wait(t, box, 1)[0])
		if m.Get("Subject") != "Fax from +1777 (1 page)" || string(m.Parts[1].Octets(t)) != string(page.Data) {
			t.Errorf("%s has got %q with %q", box, m.Get("Subject"), m.Parts[1].Octets(t))
		}
		if got := imapAttachment(t, mta.Maildir(), box); !bytes.Equal(got, page.Data) {
			t.Errorf("%s reads %q by IMAP", box, got)
		}
	}
}
