package config

import (
	"strings"
	"testing"
	"time"
)

// numberBlock is a small file whose fax number has these lines, too.
func numberBlock(lines string) string {
	return strings.Replace(small, `mailboxes = ["office@example.com"]`, "mailboxes = [\"office@example.com\"]\n"+lines, 1)
}

func TestWhereFaxesGo(t *testing.T) {
	c, err := Parse([]byte(numberBlock(`
		time_zone = "Europe/Berlin"
		deliver {
			subaddress = ["12", "2?"]
			mailboxes = ["a@example.com", "b@example.com"]
			fan_out = "one"
		}
		deliver {
			caller = ["+49*", ""]
			hours = "08:00-17:00"
			days = ["mon-fri"]
			mailboxes = ["day@example.com"]
		}
		deliver {
			hours = "22:00-06:00"
			days = ["fri"]
			mailboxes = ["night@example.com", "late@example.com"]
		}`)), "deliver.hcl")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ at, caller, sub, want string }{
		{"2026-11-23T12:00:00Z", "+49301", "12", "a@example.com, b@example.com"},
		{"2026-11-23T12:00:00Z", "+49301", "27", "a@example.com, b@example.com"},
		{"2026-11-23T12:00:00Z", "+49301", "270", "day@example.com"},
		{"2026-11-23T12:00:00Z", "49301", "", "day@example.com"}, // a network that leaves the + out
		{"2026-11-23T12:00:00Z", "", "", "day@example.com"},
		{"2026-11-23T12:00:00Z", "+1555", "", "office@example.com"},
		{"2026-11-23T06:59:00Z", "+49301", "", "office@example.com"}, // 07:59 there
		{"2026-11-23T07:00:00Z", "+49301", "", "day@example.com"},
		{"2026-11-23T16:00:00Z", "+49301", "", "office@example.com"},
		{"2026-07-20T06:00:00Z", "+49301", "", "day@example.com"},    // summer: 08:00
		{"2026-11-22T12:00:00Z", "+49301", "", "office@example.com"}, // a Sunday
		{"2026-11-27T21:00:00Z", "+1555", "", "night@example.com|late@example.com"},
		{"2026-11-28T04:59:00Z", "+1555", "", "night@example.com|late@example.com"}, // its night
		{"2026-11-28T05:00:00Z", "+1555", "", "office@example.com"},
		{"2026-11-28T21:30:00Z", "+1555", "", "office@example.com"}, // the night after
		{"2026-11-27T04:00:00Z", "+1555", "", "office@example.com"}, // the night before
	} {
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.FaxNumbers[0].Recipients(Received{tt.sub, tt.caller, at}), "|"); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

func TestDeliverMistakes(t *testing.T) {
	const to = "mailboxes = [\"a@example.com\"]\n"
	for lines, want := range map[string]string{
		`time_zone = "Mars/Olympus"`:                             "no time zone",
		`fan_out = "all"`:                                        "fan_out cannot be",
		"deliver {\n mailboxes = []\n}":                          "would go nowhere",
		"deliver {\n mailboxes = [\"a\"]\n}":                     "not a mail address",
		"deliver {\n" + to + "hours = \"8-17\"\n}":               "no span of hours",
		"deliver {\n" + to + "hours = \"08:00-25:00\"\n}":        "no span of hours",
		"deliver {\n" + to + "hours = \"-1:00-02:00\"\n}":        "no span of hours",
		"deliver {\n" + to + "days = [\"monday\"]\n}":            "no day",
		"deliver {\n" + to + "caller = [\"bob\"]\n}":             "no number or pattern",
		"deliver {\n" + to + "}\ndeliver {\n" + to + "}":         "never count",
		"deliver {\n" + to + "fan_out = \"some\"\n}":             "fan_out cannot be",
		"deliver {\n" + to + "subaddress = [\"x\"]\nfrob = 1\n}": "frob",
	} {
		_, err := Parse([]byte(numberBlock(lines)), "deliver.hcl")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "deliver.hcl:") {
			t.Errorf("%s: %v", lines, err)
		}
	}
	_, err := Parse([]byte(numberBlock("deliver {\n"+to+"}\ndeliver {\n"+to+"days = [\"x\"]\n}")), "deliver.hcl")
	if err == nil || !strings.Contains(err.Error(), "deliver.hcl:12: \"x\" is no day") {
		t.Errorf("the line of the second block: %v", err)
	}
}
