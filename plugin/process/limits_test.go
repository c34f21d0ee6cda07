package process

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/plugin/config"
)

// What a sender has sent is counted from the history: a restart forgives nothing.
func TestLimitsOutliveARestart(t *testing.T) {
	cfg, err := config.Parse([]byte(doorConfig), "door.hcl")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	send := func(from string) string {
		s, err := spool.Open(t.Context(), spool.Options{Path: dir, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		o, err := offrampOptions(cfg)
		if err != nil {
			t.Fatal(err)
		}
		o.Accept, o.Usage = s.Accept, s.Usage
		server, err := offramp.New(o)
		if err == nil {
			err = server.Listen()
		}
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- server.Serve() }()
		defer func() {
			server.Close(context.Background())
			<-done
		}()
		c, err := smtp.Dial(server.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.SendMail(from, []string{"acme@fax.example.com"}, strings.NewReader("Subject: x\r\n\r\nhello\r\n")); err != nil {
			return err.Error()
		}
		return "taken"
	}
	for _, c := range []struct{ from, want string }{
		{"bob@example.com", "taken"}, {"bob@example.com", "You have sent 1 fax in the last hour, of 1 that you may"}, {"cid@example.com", "taken"}, {"ann@example.com", "taken"}, {"ann@example.com", "taken"},
	} {
		if got := send(c.from); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", c.from, got, c.want)
		}
	}
}
