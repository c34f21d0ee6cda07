package sipptest

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// TestReloadDuringAFax changes a mailbox while a fax for it is under way: that fax
// goes where it was bound for, the next one goes to the new mailbox, and the plugin
// that carries both is the same. What only a new process can change waits until the
// faxes have ended.
func TestReloadDuringAFax(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes 20 s of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	t.Parallel()
	c := newCrowd(t)
	first := c.plainFax()
	_, n := c.host.Wait("T.38 is open", 0, 30*time.Second)
	plugin := c.host.PluginPID()

	c.host.Edit("office@example.com", "new@example.com", "preview = false", "preview = 7 of 9")
	c.host.Signal(syscall.SIGHUP)
	_, n = c.host.Wait("is not reloaded", n, 10*time.Second)
	c.host.Edit("preview = 7 of 9", "preview = false")
	c.host.Signal(syscall.SIGHUP)
	_, n = c.host.Wait("the fax plugin has the new configuration", n, 10*time.Second)
	second := c.plainFax()
	if err := <-first; err != nil {
		t.Error(err)
	}
	c.wantMail("office@example.com")

	c.host.Edit("calls = 64", "calls = 65")
	c.host.Signal(syscall.SIGHUP)
	_, n = c.host.Wait("when its calls have ended", n, 10*time.Second)
	if c.host.PluginPID() != plugin {
		t.Error("the plugin was started anew under a fax")
	}
	if err := <-second; err != nil {
		t.Error(err)
	}
	c.wantMail("new@example.com")
	c.host.Wait("the fax plugin has the new configuration", n, 30*time.Second)
	if c.host.PluginPID() == plugin {
		t.Error("the plugin was not started anew")
	}
}

// plainFax sends a fax of some seconds; the channel gives what became of it.
func (c *crowd) plainFax() <-chan error {
	done := make(chan error, 1)
	go func() {
		o := c.far.Send(c.t.Context(), fmt.Sprintf("sip:%s@127.0.0.1:%d", fax, c.host.sip), []*t4.Page{blank(2000)})
		if !o.Delivered {
			done <- fmt.Errorf("the fax failed: %s", o.Sentence)
		}
		close(done)
	}()
	return done
}

func (c *crowd) wantMail(to string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 30*time.Second)
	defer cancel()
	if _, err := c.mailbox.Next(ctx, to); err != nil {
		c.t.Errorf("no mail came for %s: %v", to, err)
	}
}
