package killtest

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// mailOut hands one mail in. Every third is text too, which must be drawn; one in
// eight cannot be read, one in eight is for somebody who takes no calls, one in
// eight for two.
func (o *office) mailOut() *mailOut {
	id := o.newID()
	m := &mailOut{sender: fmt.Sprintf("worker%d@example.com", id), pages: 1, jobs: 1}
	to := []string{fmt.Sprintf("FAX=+1555%07d@fax.example.com", id)}
	picture, err := tiff.Encode([]*t4.Page{codedPage(id, 0)}, tiff.ProfileS)
	if err != nil {
		o.t.Error(err)
		return m
	}
	text := ""
	switch id % 8 {
	case 1:
		m.fails, picture = true, picture[:len(picture)/2]
	case 3:
		m.fails, to = true, []string{"nobody@fax.example.com"}
	case 5:
		m.jobs, to = 2, append(to, fmt.Sprintf("FAX=+1556%07d@fax.example.com", id))
	case 0, 4, 6:
		text, m.pages = "This is what the picture says in words.\r\n", 2
	}
	o.mu.Lock()
	o.mails[id] = m
	o.mu.Unlock()
	err = o.handIn(m.sender, to, mailOf(m.sender, id, "", picture, text))
	var reply *textproto.Error
	o.mu.Lock()
	defer o.mu.Unlock()
	m.accepted, m.refused = err == nil, errors.As(err, &reply)
	return m
}

// mailOf writes a mail; fields are more header fields, each with its line end.
func mailOf(sender string, id int, fields string, picture []byte, text string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: %s\r\nTo: fax\r\nSubject: %d\r\nMessage-ID: <%d@example.com>\r\n%sMIME-Version: 1.0\r\n", sender, id, id, fields)
	b.WriteString("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/tiff\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	encoded := base64.StdEncoding.EncodeToString(picture)
	for ; len(encoded) > 76; encoded = encoded[76:] {
		b.WriteString(encoded[:76] + "\r\n")
	}
	b.WriteString(encoded + "\r\n")
	if text != "" {
		b.WriteString("--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n" + text)
	}
	b.WriteString("--b--\r\n")
	return b.Bytes()
}

// handIn gives nil when 250 was said to the whole mail, a *textproto.Error when
// something else was said, and another error when nobody knows.
func (o *office) handIn(from string, to []string, message []byte) error {
	conn, err := net.DialTimeout("tcp", o.some().smtp, 5*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	c, err := smtp.NewClient(conn, "localhost")
	if err != nil {
		return err
	}
	if err := c.Mail(from); err != nil {
		return err
	}
	for _, rcpt := range to {
		if err := c.Rcpt(rcpt); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(message); err != nil {
		return err
	}
	return w.Close()
}

// faxIn sends a fax of two pages to the office.
func (o *office) faxIn() *faxIn {
	id := o.newID()
	f := &faxIn{pages: 2}
	o.mu.Lock()
	o.faxes[id] = f
	o.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	result := o.far.Send(ctx, fmt.Sprintf("sip:%s@127.0.0.1:%d", officeNumber, o.some().sip), []*t4.Page{codedPage(id, 0), codedPage(id, 1)})
	o.mu.Lock()
	defer o.mu.Unlock()
	f.confirmed, f.delivered = result.Pages, result.Delivered
	return f
}
