package address

import "testing"

func TestPlans(t *testing.T) {
	germany := Plan{Country: "49", International: "00", National: "0"}
	america := Plan{Country: "1", International: "011", National: "1", Length: 10}
	for _, c := range []struct {
		plan     Plan
		in, want string
	}{
		{germany, "030123456", "+4930123456"},
		{germany, "0043123456", "+43123456"},
		{germany, "+15551234567", "+15551234567"},
		{germany, "110", "110"}, {germany, "23", "23"}, {germany, "0", "0"}, {germany, "*43#", "*43#"},
		{america, "5551234567", "+15551234567"}, {america, "15551234567", "+15551234567"},
		{america, "01149301234", "+49301234"}, {america, "1234", "1234"}, {america, "911", "911"},
		{Plan{}, "030123456", "030123456"},
	} {
		if got := c.plan.Complete(c.in); got != c.want {
			t.Errorf("%+v: %s becomes %s, not %s", c.plan, c.in, got, c.want)
		}
	}
}
