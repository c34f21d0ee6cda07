package offramp

import (
	"errors"
	"fmt"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

func TestWishes(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	for _, c := range []struct {
		header string
		want   mailbridge.Wishes
		wrong  string // a part of the refusal
	}{
		{"Subject: offer", mailbridge.Wishes{}, ""},
		{"Subject: [EXT] [TICKET-12] Re: [fax] offer [1:2]", mailbridge.Wishes{}, ""},
		{"Subject: offer [fine] [retries:0]", mailbridge.Wishes{Resolution: "fine", Calls: 1}, ""},
		{"Subject: =?utf-8?q?=5BSTANDARD=5D_gr=C3=BC=C3=9Fe_=5Bretries:3=5D?=", mailbridge.Wishes{Resolution: "standard", Calls: 4}, ""},
		{"Subject: [fine]\r\nX-Fax-Resolution: Superfine", mailbridge.Wishes{Resolution: "superfine"}, ""},
		{"X-Fax-ECM: off\r\nX-Fax-Rate: 9600", mailbridge.Wishes{NoECM: true, MaxRate: 9600}, ""},
		{"Subject: [ecm:on] [cover:formal] [nocover]", mailbridge.Wishes{}, ""},
		{"Subject: [at:+90m]", mailbridge.Wishes{NotBefore: testTime.Add(90 * time.Minute)}, ""},
		// 14:00 UTC is 15:00 there.
		{"Date: Mon, 23 Nov 2026 14:59:00 +0100\r\nSubject: [at:18:00]", mailbridge.Wishes{NotBefore: time.Date(2026, 11, 23, 18, 0, 0, 0, berlin)}, ""},
		{"Date: Mon, 23 Nov 2026 14:59:00 +0100\r\nSubject: [at:08:30]", mailbridge.Wishes{NotBefore: time.Date(2026, 11, 24, 8, 30, 0, 0, berlin)}, ""},
		{"Date: Mon, 23 Nov 2026 14:59:00 +0100\r\nX-Fax-Send-At: 2026-12-01 08:30", mailbridge.Wishes{NotBefore: time.Date(2026, 12, 1, 8, 30, 0, 0, berlin)}, ""},
		{"X-Fax-Send-At: Tue, 1 Dec 2026 08:30:00 +0900", mailbridge.Wishes{NotBefore: time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC)}, ""},

		{"X-Fax-Resolution: best", mailbridge.Wishes{}, `X-Fax-Resolution has the value "best": write standard, fine or superfine`},
		{"X-Fax-Retries: -1", mailbridge.Wishes{}, "0 to 20"},
		{"Subject: [retries:many]", mailbridge.Wishes{}, `[retries:many] in the subject has the value "many"`},
		{"Subject: [at:25:00]", mailbridge.Wishes{}, "write a time as 18:00"},
		{"Subject: [at:2027-12-24 18:00]", mailbridge.Wishes{}, "the next 31 days"},
		{"Subject: [cover:wild]", mailbridge.Wishes{}, "one of brief, formal"},
		{"X-Fax-Cover: ../../etc/passwd", mailbridge.Wishes{}, "one of brief, formal"},
		{"X-Fax-ECM: maybe", mailbridge.Wishes{}, "on or off"},
		{"X-Fax-Rate: 33600", mailbridge.Wishes{}, "14400"},
	} {
		s := &Server{o: Options{Covers: []string{"brief", "formal"}}}
		got, err := s.wishes([]byte(c.header+"\r\n\r\nhello\r\n"), testTime)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%q: %v, want %q", c.header, err, c.wrong)
			}
			continue
		}
		if err != nil || !got.NotBefore.Equal(c.want.NotBefore) {
			t.Errorf("%q: %+v, %v", c.header, got, err)
		}
		got.NotBefore, c.want.NotBefore = time.Time{}, time.Time{}
		if got != c.want {
			t.Errorf("%q: %+v, want %+v", c.header, got, c.want)
		}
	}
}

func TestNoMoreRetriesThanConfigured(t *testing.T) {
	s := &Server{o: Options{MaxAttempts: 4}}
	if w, err := s.wishes([]byte("X-Fax-Retries: 3\r\n\r\n"), testTime); err != nil || w.Calls != 4 {
		t.Errorf("%+v, %v", w, err)
	}
	if _, err := s.wishes([]byte("X-Fax-Retries: 4\r\n\r\n"), testTime); err == nil || !strings.Contains(err.Error(), "0 to 3") {
		t.Error(err)
	}
}

func TestWithoutWords(t *testing.T) {
	for subject, want := range map[string]string{
		"offer": "offer", "[fine] Your  offer [at:18:00] [12]": "Your offer [12]", "[nocover]": "", "a[retries:2]b": "a b",
	} {
		if got := WithoutWords(subject); got != want {
			t.Errorf("%q: %q, want %q", subject, got, want)
		}
	}
}

// A word that makes no sense is refused before anything is stored, with what to write.
func TestWordsOverSMTP(t *testing.T) {
	addr, st := start(t, nil)
	mail := func(subject string) error {
		return smtp.SendMail(addr, nil, "a@example.com", []string{"acme@fax.example.com"}, []byte("Subject: "+subject+"\r\n\r\nhello\r\n"))
	}
	var refusal *textproto.Error
	if err := mail("[retries:99]"); !errors.As(err, &refusal) || refusal.Code != 554 || !strings.Contains(refusal.Msg, "0 to 20") || len(st.all()) != 0 {
		t.Errorf("%v", err)
	}
	if err := mail("[retries:2] [ecm:off]"); err != nil {
		t.Fatal(err)
	}
	if got := st.all()[0].Recipients[0].Wishes; got.Calls != 3 || !got.NoECM {
		t.Errorf("%+v", got)
	}
}

func FuzzWishes(f *testing.F) {
	for _, s := range []string{"[at:18:00]", "[at:+9999999h]", "[cover:]", "=?utf-8?q?[retries:?=", "[at:0000-00-00 00:00]", "[fine][standard"} {
		f.Add(s)
	}
	s := &Server{o: Options{Covers: []string{"brief"}}}
	f.Fuzz(func(t *testing.T, subject string) {
		w, err := s.wishes(fmt.Appendf(nil, "Subject: %s\r\n\r\n", subject), testTime)
		if err == nil && (w.Calls > maxRetries+1 || w.NotBefore.After(testTime.Add(maxWait))) {
			t.Errorf("%+v", w)
		}
		WithoutWords(subject)
	})
}
