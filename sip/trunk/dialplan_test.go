package trunk

import (
	"errors"
	"testing"
	"time"
)

func TestDialPlan(t *testing.T) {
	plain := DialPlan{}
	german := DialPlan{Strip: "+49", Prefix: "0"}
	strict := DialPlan{Strip: "+", Prefix: "00", Allow: []string{"+49*", "+1???"}, Deny: []string{"+49900*"}}
	for _, c := range []struct {
		plan         DialPlan
		number, want string // "": refused
	}{
		{plain, "+15551234567", "+15551234567"},
		{plain, "112", ""},
		{plain, "911", ""},
		{plain, "+911", ""},
		{plain, "9-1-1", ""},
		{plain, "911;phone-context=x", ""},
		{plain, "1122", "1122"},
		{german, "+4930123", "030123"},
		{german, "+15551", "0+15551"},
		{german, "+49112", ""},
		{DialPlan{Prefix: "9"}, "11", ""}, // 911 in the end
		{DialPlan{Prefix: "0"}, "112", ""},
		{DialPlan{Emergency: []string{}}, "112", "112"},
		{DialPlan{Emergency: []string{"115"}}, "115", ""},
		{strict, "+4930", "004930"},
		{strict, "+49900123", ""},
		{strict, "+1234", "001234"},
		{strict, "+12345", ""},
		{strict, "+44", ""},
	} {
		got, err := c.plan.Number(c.number)
		var refused *RefusedError
		if got != c.want || (c.want == "") != errors.As(err, &refused) {
			t.Errorf("%+v: %s gives %q, %v", c.plan, c.number, got, err)
		}
	}
}

func FuzzMatchNumber(f *testing.F) {
	f.Add("+49*", "+4930")
	f.Add("*?*", "1")
	f.Fuzz(func(t *testing.T, pattern, number string) {
		if len(pattern) > 12 || len(number) > 32 {
			return
		}
		_ = matchNumber(pattern, number)
		DialPlan{Deny: []string{pattern}}.Number(number)
	})
}

func TestPace(t *testing.T) {
	s, err := NewSet([]Trunk{{Name: "a", Server: "h", CallsPerSecond: 2}, {Name: "b", Server: "h"}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for i, want := range []time.Duration{0, 500 * time.Millisecond, time.Second} {
		if got := s.Pace("a", now); got != want {
			t.Errorf("call %d waits %v, want %v", i, got, want)
		}
	}
	if got := s.Pace("a", now.Add(10*time.Second)); got != 0 {
		t.Errorf("after a rest it waits %v", got)
	}
	if s.Pace("b", now) != 0 || s.Pace("none", now) != 0 {
		t.Error("others have no bound")
	}
}
