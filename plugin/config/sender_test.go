package config

import (
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
)

func TestWhatSendersMayFax(t *testing.T) {
	const aliases = "alias \"acme\" {\n number = \"+15551\"\n}\nalias \"gold\" {\n number = \"+19001\"\n}\n"
	for lines, want := range map[string]string{
		``:                   "+15552 +4930 acme gold",
		`deny = ["+1900*"]`:  "+15552 +4930 acme",
		`aliases = ["ACME"]`: "acme",
		`aliases = ["*"]`:    "acme gold",
		`numbers = ["+49*"]`: "+4930",
		"numbers = [\"+1555?\"]\naliases = [\"acme\"]": "+15552 acme",
	} {
		c, err := Parse([]byte(small+aliases+"sender \"s\" {\n networks = [\"192.0.2.0/24\"]\n"+lines+"\n}\n"), "sender.hcl")
		if err != nil {
			t.Fatal(err)
		}
		var may []string
		for _, d := range []mailbridge.Destination{{Number: "+15552"}, {Number: "+4930"}, {Number: "+15551", Alias: "acme"}, {Number: "+19001", Alias: "gold"}} {
			if c.Senders[0].Allows(d) {
				name := d.Alias
				if name == "" {
					name = d.Number
				}
				may = append(may, name)
			}
		}
		if got := strings.Join(may, " "); got != want {
			t.Errorf("%s: %s, want %s", lines, got, want)
		}
	}
}

func TestSenderMistakes(t *testing.T) {
	const is = "networks = [\"192.0.2.0/24\"]\n"
	for lines, want := range map[string]string{
		"":                                   "is nobody",
		`networks = ["office"]`:              "not an address or network",
		`users = ["ann"]`:                    "there is no user",
		`certificates = ["ann@example.com"]`: "nobody vouches",
		`certificates = ["SHA256:12"]`:       "no fingerprint",
		`verified = ["example.com"]`:         "is no address",
		`verified = ["<>"]`:                  "is no address",
		is + `aliases = ["nobody"]`:          "there is no alias",
		is + `numbers = ["abc"]`:             "no number or pattern",
		is + `jobs_per_day = -1`:             "cannot be -1",
		is + `count = "all"`:                 "count cannot be",
	} {
		_, err := Parse([]byte(small+"sender \"s\" {\n"+lines+"\n}\n"), "sender.hcl")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "sender.hcl:") {
			t.Errorf("%s: %v", lines, err)
		}
	}
}
