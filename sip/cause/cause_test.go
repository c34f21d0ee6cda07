package cause

import (
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		status, q850 int
		want         Meaning
	}{
		{486, 0, busy}, {486, 17, busy}, {603, 21, declined}, {403, 21, forbidden},
		{503, 1, noSuchNumber},  // the gateway hides it, the cause tells
		{480, 31, noAnswer},     // a cause that says nothing
		{480, 28, incomplete},   //
		{500, 127, Of(500, 0)},  //
		{404, 999, Of(404, 0)},  // no such cause
		{0, 17, busy},           // a BYE or CANCEL before the answer
		{0, 0, noAnswer},        //
		{488, 88, Of(488, 0)},   //
		{503, 34, Of(503, 0)},   //
		{504, 102, Of(408, 0)},  //
		{410, 22, outOfService}, //
	} {
		if got := Of(c.status, c.q850); got != c.want {
			t.Errorf("%d with cause %d: %+v, want %+v", c.status, c.q850, got, c.want)
		}
	}
}

// TestTableIsWhole: whatever a peer says has a meaning, and what is final in it is
// final in the report.
func TestTableIsWhole(t *testing.T) {
	for status := range 800 {
		for q850 := range 140 {
			m := Of(status, q850)
			if m.Word == "" || m.Sentence == "" || m.Retry != strings.HasPrefix(m.Enhanced, "4.") {
				t.Fatalf("%d with cause %d: %+v", status, q850, m)
			}
		}
	}
	for status := range fromSIP {
		if _, ok := causes[Q850(status)]; !ok && Q850(status) != 25 {
			t.Errorf("%d becomes cause %d, which has no meaning", status, Q850(status))
		}
	}
	for q850, status := range toSIP {
		if status < 400 || status > 699 {
			t.Errorf("cause %d becomes %d", q850, status)
		}
	}
	if Q850(299) != 31 || Status(16) != 0 || Status(17) != 486 || Q850(486) != 17 {
		t.Error("what is not in a table")
	}
}

func TestReason(t *testing.T) {
	for value, want := range map[string]int{
		"Q.850;cause=17":                                                  17,
		`q.850 ; text="user busy" ; cause = 17`:                           17,
		`SIP;cause=486;text="Busy Here", Q.850;cause=34`:                  34,
		`SIP;cause=486;text="not; Q.850;cause=1, Q.850;cause=1"`:          0,
		`SIP;text="a \" b, Q.850;cause=1", Q.850;text=";cause=2";cause=3`: 3,
		`Q.850;cause="17"`:                                                0,
		`SIP;text="open, Q.850;cause=1`:                                   0,
		"SIP;cause=600":                                                   0,
		"Q.850;cause=0":                                                   0,
		"Q.850;cause=128":                                                 0,
		"Q.850;cause=-1":                                                  0,
		"Q.850;cause=99999999999999999999":                                0,
		"":                                                                0,
		"Q.850":                                                           0,
		`preemption;cause=1;text="UA Preemption",Q.850;x`:                 0,
	} {
		if got := Parse(value); got != want {
			t.Errorf("%s: cause %d, want %d", value, got, want)
		}
	}
	if got := Reason(0, 16, `a "b" \ c`); got != `Q.850;cause=16;text="a \"b\" \\ c"` {
		t.Error(got)
	}
	if got := Reason(488, Q850(488), ""); got != "SIP;cause=488, Q.850;cause=88" || Parse(got) != 88 {
		t.Error(got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`SIP;cause=486;text="Busy Here", Q.850;cause=34`)
	f.Add(";=,;Q.850;;cause=")
	f.Add(`SIP;text="a \" b, Q.850;cause=1", Q.850;text="\`)
	f.Fuzz(func(t *testing.T, value string) {
		if n := Parse(value); n < 0 || n > 127 {
			t.Errorf("%q: cause %d", value, n)
		}
	})
}
