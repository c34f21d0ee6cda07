package process

import (
	"log/slog"
	"net/netip"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/plugin/config"
)

// A fax that the spool cannot begin has no receipt at all: one that is there and
// nil killed the plugin when the disk was full.
func TestNoReceiptWhereTheSpoolFails(t *testing.T) {
	s, err := spool.Open(t.Context(), spool.Options{Path: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	o := exchangeOptions(&config.Config{}, netip.MustParseAddr("127.0.0.1"), s, slog.New(slog.DiscardHandler))
	receipt, err := o.Inbox(t.Context(), mailbridge.Received{Number: "+15551230000"})
	if err == nil || receipt != nil {
		t.Errorf("%v, %v", receipt, err)
	}
}
