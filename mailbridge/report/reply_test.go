package report

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// Replies as programs of the field write them, each cut to what counts.
var replyMails = map[string]struct {
	message string
	want    []mailbridge.Reply
}{
	"Postfix's bounce": {`From: MAILER-DAEMON@mail.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b/b"

--b/b
Content-Description: Notification

This is the mail system at host mail.example.com.
--b/b
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com

Final-Recipient: rfc822; ann@full.example.com
Original-Recipient: rfc822;office@example.com
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 mailbox
    full
--b/b--
`, []mailbridge.Reply{{Recipient: "office@example.com", Kind: mailbridge.ReplyFailed, Status: "5.2.2", Said: "smtp; 552 5.2.2 mailbox full"}}},
	"a list server puts its footer around": {`Content-Type: multipart/mixed; boundary=o

--o
Content-Type: multipart/report; report-type=delivery-status; boundary=i

--i
Content-Type: message/delivery-status
Content-Transfer-Encoding: base64

UmVwb3J0aW5nLU1UQTogZG5zOyBtCgpGaW5hbC1SZWNpcGllbnQ6IHJmYzgyMjsgYUBiCkFjdGlv
bjogZGVsYXllZCAoZm9yIG5vdykKU3RhdHVzOiA0LjQuMQo=
--i--
--o
Content-Type: text/plain

footer
--o--
`, []mailbridge.Reply{{Recipient: "a@b", Kind: mailbridge.ReplyDelayed, Status: "4.4.1"}}},
	"Exchange says relayed of one and delivered of another": {`Content-Type: multipart/report; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns;ex

Final-recipient: RFC822;one@example.com
Action: relayed
Status: 2.6.0

Final-recipient: RFC822;two@example.com
Action: delivered
Status: 2.1.5
--b--
`, []mailbridge.Reply{{Recipient: "one@example.com", Kind: mailbridge.ReplyRelayed, Status: "2.6.0"}, {Recipient: "two@example.com", Kind: mailbridge.ReplyDelivered, Status: "2.1.5"}}},
	"Thunderbird's receipt": {`Subject: Return Receipt (displayed) - Fax
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain

This is a Return Receipt for the mail that you sent.
--b
Content-Type: message/disposition-notification; name="MDNPart2.txt"

Reporting-UA: Thunderbird
Original-Recipient: rfc822;office@example.com
Final-Recipient: rfc822;ann@example.com
Original-Message-ID: <fax.1@example.com>
Disposition: manual-action/MDN-sent-manually; displayed
Media-Accept-Features: (& (color=Binary)
    (image-coding=[MH,MMR]))
--b--
`, []mailbridge.Reply{{Recipient: "office@example.com", Kind: mailbridge.ReplyDisplayed, Said: "manual-action/MDN-sent-manually", Features: "(& (color=Binary) (image-coding=[MH,MMR]))"}}},
	"Outlook's, deleted unread": {`Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: message/disposition-notification

Final-Recipient: RFC822; ann@example.com
Disposition: automatic-action/MDN-sent-automatically; deleted/error
Error: it was in the way
--b--
`, []mailbridge.Reply{{Recipient: "ann@example.com", Kind: mailbridge.ReplyDeleted, Said: "automatic-action/MDN-sent-automatically; error; it was in the way"}}},
	"qmail": {`From: MAILER-DAEMON@q.example.com
Subject: failure notice

Hi. This is the qmail-send program at q.example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<gone@example.com>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <fax@example.com>

<not@me.example>:
no
`, []mailbridge.Reply{{Recipient: "gone@example.com", Kind: mailbridge.ReplyFailed, Said: "Sorry, no mailbox here by that name. (#5.1.1)"}}},
	"an old Exim": {`X-Failed-Recipients: one@example.com, two@example.com
Subject: Mail delivery failed: returning message to sender

This message was created automatically.
`, []mailbridge.Reply{{Recipient: "one@example.com", Kind: mailbridge.ReplyFailed, Said: "This message was created automatically."},
		{Recipient: "two@example.com", Kind: mailbridge.ReplyFailed, Said: "This message was created automatically."}}},
	"a holiday": {`Auto-Submitted: auto-replied (vacation)
Subject: =?utf-8?q?Im_Urlaub_bis_M=C3=A4rz?=

Ich bin nicht da.
`, []mailbridge.Reply{{Kind: mailbridge.ReplyAutomatic, Said: "Im Urlaub bis März"}}},
	"a bounce that nobody understands": {`Subject: Your mail

could not be delivered, alas
`, []mailbridge.Reply{{Kind: mailbridge.ReplyUnclear, Said: "Your mail: could not be delivered, alas"}}},
	"no action, and a status": {`Content-Type: multipart/report; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; x

Final-Recipient: rfc822; <a@example.com>
Action: bounced!
Status: 5.4.4 (no host)
--b--
`, []mailbridge.Reply{{Recipient: "a@example.com", Kind: mailbridge.ReplyFailed, Status: "5.4.4"}}},
}

func TestReplies(t *testing.T) {
	for name, c := range replyMails {
		for _, message := range []string{c.message, strings.ReplaceAll(c.message, "\n", "\r\n")} {
			if got, err := Replies([]byte(message), ""); err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
			}
		}
	}
	// Our own report is understood as well.
	b, err := Compose(failed(), options)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Replies(b, ""); err != nil || len(got) != 1 || got[0].Kind != mailbridge.ReplyFailed || got[0].Status != "4.4.1" {
		t.Errorf("our own: %+v, %v", got, err)
	}
	if got, err := Replies([]byte("From: ann@example.com\r\nSubject: Re: Fax\r\n\r\nThanks!\r\n"), "ann@example.com"); !errors.Is(err, ErrNoReply) {
		t.Errorf("a person: %+v, %v", got, err)
	}
}

func FuzzReplies(f *testing.F) {
	for _, c := range replyMails {
		f.Add([]byte(c.message))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		list, err := Replies(message, "")
		if err != nil || len(list) == 0 || len(list) > maxReplies {
			t.Errorf("%d replies, %v", len(list), err)
		}
		for _, r := range list {
			if len([]rune(r.Said)) > maxSaid || strings.ContainsAny(r.Said+r.Recipient, "\r\n\x00") || r.Kind == "" || len(r.Recipient) > 320 {
				t.Errorf("%+v", r)
			}
		}
	})
}
