package config

import (
	"strings"
	"testing"
	"time"
)

func spoolBlock(lines string) string {
	return strings.Replace(small, `spool { path = "/tmp/spool" }`, "spool {\n path = \"/tmp/spool\"\n"+lines+"\n}", 1)
}

func TestRetention(t *testing.T) {
	c, err := Parse([]byte(spoolBlock("keep = \"48h\"\nkeep_size = 500\nkeep_history = \"8760h\"")), "keep.hcl")
	if err != nil {
		t.Fatal(err)
	}
	if c.Spool.KeepFor != 48*time.Hour || c.Spool.KeepSize != 500 || c.Spool.HistoryFor != 8760*time.Hour {
		t.Errorf("%+v, %v", c.Spool, err)
	}
	for lines, want := range map[string]string{
		`keep_history = "24h"`:                     "cannot be kept for 24h",
		"keep = \"720h\"\nkeep_history = \"100h\"": "no less than keep",
		`keep_size = -1`:                           "keep_size cannot be -1",
	} {
		if _, err := Parse([]byte(spoolBlock(lines)), "keep.hcl"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", lines, err)
		}
	}
}

func TestPartialPolicy(t *testing.T) {
	c, err := Parse([]byte(numberBlock("partial = \"hold\"\ndeliver {\n caller = [\"1\"]\n mailboxes = [\"a@example.com\"]\n partial = \"deliver\"\n}\ndeliver {\n caller = [\"2\"]\n mailboxes = [\"a@example.com\"]\n}")), "partial.hcl")
	if err != nil {
		t.Fatal(err)
	}
	for caller, want := range map[string]bool{"1": false, "2": true, "3": true} {
		if got := c.FaxNumbers[0].HoldsPartial(Received{Caller: caller}); got != want {
			t.Errorf("a fax from %s is held: %t", caller, got)
		}
	}
	if _, err := Parse([]byte(numberBlock(`partial = "drop"`)), "partial.hcl"); err == nil || !strings.Contains(err.Error(), "partial cannot be") {
		t.Errorf("%v", err)
	}
}
