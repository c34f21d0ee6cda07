package postfixtest

import (
	"bytes"
	"net/smtp"
	"testing"
)

func TestPostfixDelivers(t *testing.T) {
	p := Start(t, Options{})
	err := smtp.SendMail(p.Addr, nil, "ann@example.com", []string{"bob@example.org"}, []byte("Subject: hello\r\n\r\ntext\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	mails := p.Wait(t, "bob@example.org", 1)
	if !bytes.Contains(mails[0], []byte("\nSubject: hello\n")) || !bytes.HasSuffix(mails[0], []byte("\n\ntext\n")) {
		t.Errorf("the mail is\n%s", mails[0])
	}
}
