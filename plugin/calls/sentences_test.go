package calls

import (
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/report"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// Each way in which a fax fails has a sentence of its own in each language, and a
// status whose class says whether it was worth trying again (RFC 3463 2).
func TestEveryCauseHasItsSentence(t *testing.T) {
	for _, language := range report.Languages() {
		english, seen := map[string]bool{}, map[string]t30.Cause{}
		for _, c := range t30.Causes() {
			o := faxOutcome(t30.Outcome{Cause: c, Retry: c.Retry()}, nil)
			s := report.Sentence(language, o)
			if other, twice := seen[s]; twice || s == "" {
				t.Errorf("%s: %v and %v both say %q", language, c, other, s)
			}
			seen[s] = c
			english[o.Sentence] = true
			if language != "en" && english[s] {
				t.Errorf("%s: %v has no sentence: %q", language, c, s)
			}
			if class := o.Status[0]; (class == '4') != c.Retry() {
				t.Errorf("%v has status %s, retry %v", c, o.Status, c.Retry())
			}
		}
	}
}

func TestFaxStatus(t *testing.T) {
	for c, want := range map[t30.Cause]mailbridge.Status{
		t30.CauseNoDIS: "4.4.1", t30.CauseTraining: "4.4.2", t30.CauseReceiverBusy: "4.3.2", t30.CauseStore: "4.3.0",
		t30.CauseCannotReceive: "5.3.3", t30.CauseIncompatible: "5.3.3", t30.CauseFieldNotValid: "5.1.1",
		t30.CauseTooLong: "5.2.3", t30.CauseUnusablePage: "5.6.3", t30.CausePassword: "5.7.0",
	} {
		if o := faxOutcome(t30.Outcome{Cause: c, Retry: c.Retry()}, nil); o.Status != want {
			t.Errorf("%v has status %s, want %s", c, o.Status, want)
		}
	}
}
