package spool_test

import (
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
)

// TestLook reads a spool that another has open, and changes nothing.
func TestLook(t *testing.T) {
	dir := t.TempDir()
	if _, err := spool.Look(t.Context(), spool.Options{Path: dir}); err == nil || !strings.Contains(err.Error(), "there is no") {
		t.Errorf("a spool that is not there: %v", err)
	}
	s, err := spool.Open(t.Context(), spool.Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	submission := mailbridge.Submission{
		ReturnPath: "worker@example.com", Message: []byte("Subject: x\r\n\r\nHello\r\n"),
		Recipients: []mailbridge.Recipient{{Address: "acme", Destination: mailbridge.Destination{Number: "+15551234567"}}},
	}
	if _, err := s.Accept(t.Context(), submission); err != nil {
		t.Fatal(err)
	}
	look, err := spool.Look(t.Context(), spool.Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	list, err := look.History(t.Context(), spool.Filter{Open: true})
	if err != nil || len(list) != 1 || list[0].Number != "+15551234567" {
		t.Fatalf("%+v, %v", list, err)
	}
	if j, err := look.Job(t.Context(), list[0].ID); err != nil || j.ReturnPath != "worker@example.com" {
		t.Errorf("%+v, %v", j, err)
	}
	if _, err := look.Accept(t.Context(), submission); err == nil {
		t.Error("a spool that is only looked at takes mail")
	}
}
