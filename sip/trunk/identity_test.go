package trunk

import (
	"fmt"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

func TestIdentify(t *testing.T) {
	for _, c := range []struct {
		trunk Trunk
		from  Caller
		want  string
	}{
		{Trunk{From: "+1555"}, Caller{}, "<sip:+1555@>"},
		{Trunk{From: "+1555"}, Caller{Number: "7"}, "<sip:7@>"},
		{Trunk{Identity: PreferredIdentity, FromUser: "account"}, Caller{Number: "7"}, "<sip:account@> P-Preferred-Identity: <sip:7@192.0.2.1>"},
		{Trunk{Identity: AssertedIdentity, Domain: "d"}, Caller{Number: "7"}, "<sip:7@d> P-Asserted-Identity: <sip:7@d>"},
		{Trunk{Identity: AssertedIdentity}, Caller{}, "<sip:@>"},
		{Trunk{Withhold: true, From: "7"}, Caller{}, "Anonymous <sip:anonymous@anonymous.invalid> Privacy: id"},
		{Trunk{Identity: AssertedIdentity}, Caller{Number: "7", Withheld: true}, "Anonymous <sip:anonymous@anonymous.invalid> P-Asserted-Identity: <sip:7@192.0.2.1> Privacy: id"},
		{Trunk{FromUser: "account", Withhold: true}, Caller{Number: "7"}, "<sip:account@> Privacy: id"},
	} {
		c.trunk.Name, c.trunk.Server = "t", "192.0.2.1"
		set, err := NewSet([]Trunk{c.trunk})
		if err != nil {
			t.Fatal(err)
		}
		call, err := set.Call("t", "100", c.from)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.TrimSpace(fmt.Sprintf("%s <sip:%s@%s>", call.FromName, call.From.User, call.From.Host))
		for _, h := range call.Headers {
			got += " " + h.Name + ": " + h.Value
		}
		if got != c.want {
			t.Errorf("%+v says %s, want %s", c.trunk, got, c.want)
		}
	}
}

func TestCaller(t *testing.T) {
	set, _ := NewSet([]Trunk{{Name: "stranger", Server: "192.0.2.1"}, {Name: "friend", Server: "192.0.2.2", Identity: AssertedIdentity}})
	for _, c := range []struct {
		trunk, from, asserted, privacy string
		want                           Caller
	}{
		{"stranger", "7", "<sip:8@x>", "", Caller{"7", false}},
		{"friend", "7", "<sip:8@x>", "", Caller{"8", false}},
		{"friend", "anonymous", `"A, B" <sip:+1555;cpc=x@x;user=phone>;x, <tel:9>`, "id", Caller{"+1555", true}},
		{"friend", "7", "<tel:+1555;phone-context=x>", "critical;id", Caller{"+1555", true}},
		{"friend", "7", "tel:+1555", "none", Caller{"+1555", false}},
		{"friend", "7", "<sip:x>", "header,user", Caller{"7", true}},
		{"friend", "7", "<sip:a b@x>", "", Caller{"7", false}},
		{"friend", "7", "<mailto:8@x>", "", Caller{"7", false}},
		{"stranger", "anonymous", "", "", Caller{"", true}},
	} {
		r := &dialog.Request{From: sip.Uri{Scheme: "sip", User: c.from}, Headers: []dialog.Header{
			{Name: "P-Asserted-Identity", Value: c.asserted}, {Name: "Privacy", Value: c.privacy}}}
		if got := set.Caller(c.trunk, r); got != c.want {
			t.Errorf("%+v: got %+v", c, got)
		}
	}
}

func FuzzIdentityNumber(f *testing.F) {
	f.Add(`"A" <sip:+1555;x@y>`)
	f.Add("tel:1%0d%0a")
	f.Fuzz(func(t *testing.T, value string) {
		if n := identityNumber(value); strings.ContainsAny(n, "\r\n<>@ ") {
			t.Errorf("%q gives %q", value, n)
		}
	})
}
