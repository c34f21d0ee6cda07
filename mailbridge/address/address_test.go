package address

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		local string
		want  PSTN
	}{
		{"FAX=+15551234567", PSTN{Number: "+15551234567", Global: true}},
		{"fax=+1-555-123-4567", PSTN{Number: "+15551234567", Global: true}},
		{"FAX=9-555-8354", PSTN{Number: "95558354"}},
		{"FAX=+1.555.123.4567/T33S=12", PSTN{Number: "+15551234567", Global: true, Subaddress: "12"}},
		{"/FAX=+441234567890/T33S=6-7/", PSTN{Number: "+441234567890", Global: true, Subaddress: "67"}},
		{"+15551234567", PSTN{Number: "+15551234567", Global: true}},
		{"7001", PSTN{Number: "7001"}},
		{"(555) 123 4567", PSTN{Number: "5551234567"}},
		{"*21#7001", PSTN{Number: "*21#7001"}},
	} {
		got, err := Parse(c.local)
		if err != nil || got != c.want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", c.local, got, err, c.want)
		}
	}
}

func TestWhatIsNoFaxAddressSaysWhy(t *testing.T) {
	for _, c := range []struct{ local, why string }{
		{"", "no number"},
		{"FAX=", "no number"},
		{"FAX=+", "no number"},
		{"+", "no number"},
		{"VOICE=+15551234567", "only FAX= is known"},
		{"john.doe", "cannot be dialled"},
		{"FAX=5551234w5", "cannot be dialled"},
		{"FAX=555+1", "cannot be dialled"},
		{"FAX=555\r\nBcc: x", "cannot be dialled"},
		{"FAX=٣٣٣", "cannot be dialled"},
		{"FAX=555/T33S=", "sub-address is empty"},
		{"FAX=555/T33S=+1", "in its sub-address"},
		{"FAX=555/ATTN=me", "is not known"},
		{"FAX=" + strings.Repeat("5", 33), "more than 32 digits"},
		{"FAX=555/T33S=" + strings.Repeat("5", 21), "more than 20 digits"},
		{strings.Repeat("5", 100_000), "longer than 256"},
	} {
		got, err := Parse(c.local)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("Parse(%.40q) = %+v, %v; want an error with %q", c.local, got, err, c.why)
		}
		if err != nil && len(err.Error()) > 400 {
			t.Errorf("the error repeats %d octets of what the client wrote", len(err.Error()))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"FAX=+15551234567", "9-555", "/FAX=+1/T33S=1/", "a@b", "FAX=1/T33S=2/T33S=3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, local string) {
		p, err := Parse(local)
		if err != nil {
			return
		}
		rest := strings.TrimPrefix(p.Number, "+")
		if rest == "" || strings.Trim(rest, "0123456789*#") != "" || strings.Trim(p.Subaddress, "0123456789*#") != "" {
			t.Fatalf("%q became %+v", local, p)
		}
		if p.Global != strings.HasPrefix(p.Number, "+") {
			t.Fatalf("%q became %+v", local, p)
		}
		again, err := Parse(p.String())
		if err != nil || again != p {
			t.Fatalf("%+v is written %q, which is read as %+v, %v", p, p.String(), again, err)
		}
	})
}
