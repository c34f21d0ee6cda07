package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"github.com/pagebridge/pagebridge/mailbridge/address"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/plugin/config"
	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/sdp"
)

// newServer is a server whose process does not end.
func newServer(t *testing.T) *server {
	s := &server{version: "test", log: slog.New(slog.DiscardHandler), end: func() {}}
	t.Cleanup(func() {
		if s.house != nil {
			s.house.close(t.Context())
		}
	})
	return s
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func configuration(t *testing.T, smtp string) []byte {
	return fmt.Appendf(nil, `
media { address = "127.0.0.1" }
trunk "pbx" { server = "127.0.0.1:9" }
fax_number "+15551230000" { mailboxes = ["office@example.com"] }
mail {
  listen        = %q
  domains       = ["fax.example.com"]
  allow_clients = ["127.0.0.1"]
  relay { server = "127.0.0.1:9" }
}
spool {
  path = %q
}
`, smtp, filepath.Join(t.TempDir(), "spool"))
}

func TestEveryMistakeOfTheConfigurationIsAnswered(t *testing.T) {
	s := newServer(t)
	answer, err := s.Configure(t.Context(), &faxv1.ConfigureRequest{
		Filename: "x.hcl", Config: []byte("media {\n  address = \"here\"\n  ports = \"many\"\n}\nfax {\n  max_rate = 3\n}\n"),
	})
	if err != nil || len(answer.Diagnostics) != 3 {
		t.Fatalf("%v, %v", answer, err)
	}
	for i, line := range []int32{2, 3, 6} {
		if d := answer.Diagnostics[i]; d.File != "x.hcl" || d.Line != line || d.Summary == "" || d.Detail == "" {
			t.Errorf("diagnostic %d: %v", i, d)
		}
	}
	// A wrong configuration leaves the plugin as it was.
	answer, err = s.Configure(t.Context(), &faxv1.ConfigureRequest{Filename: "y.hcl", Config: configuration(t, freeAddr(t))})
	if err != nil || len(answer.Diagnostics) != 0 || answer.PluginVersion != "test" {
		t.Fatalf("a right one after it: %v, %v", answer, err)
	}
	answer, err = s.Configure(t.Context(), &faxv1.ConfigureRequest{Filename: "z.hcl", Config: []byte("fax { max_rate = 3 }")})
	if err != nil || len(answer.Diagnostics) != 1 {
		t.Errorf("a wrong one after that: %v, %v", answer, err)
	}
}

func TestNothingWorksBeforeConfigure(t *testing.T) {
	s := newServer(t)
	if _, err := s.Drain(t.Context(), &faxv1.DrainRequest{}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("Drain: %v", err)
	}
	if err := s.Calls(nil); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("Calls: %v", err)
	}
}

func TestWhatTheHouseCannotOpenIsSaidAndClosedAgain(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	text := configuration(t, taken.Addr().String())
	s := newServer(t)
	answer, err := s.Configure(t.Context(), &faxv1.ConfigureRequest{Filename: "x.hcl", Config: text})
	if err != nil || len(answer.Diagnostics) != 1 || !strings.Contains(answer.Diagnostics[0].Summary, taken.Addr().String()) {
		t.Fatalf("%v, %v", answer, err)
	}
	taken.Close()
	// The spool was opened before the port was found in use: it must be free again.
	answer, err = s.Configure(t.Context(), &faxv1.ConfigureRequest{Filename: "x.hcl", Config: text})
	if err != nil || len(answer.Diagnostics) != 0 {
		t.Fatalf("%v, %v", answer, err)
	}
	if _, err := s.Drain(t.Context(), &faxv1.DrainRequest{}); err != nil {
		t.Errorf("Drain: %v", err)
	}
	if c, err := net.Dial("tcp", taken.Addr().String()); err == nil {
		c.Close()
		t.Error("mail is still taken after Drain")
	}
}

func TestNumbersAreFoundWithAndWithoutPlus(t *testing.T) {
	ours := []*config.FaxNumber{{Number: "15550100"}, {Number: "+15550100", StationID: "exact"}, {Number: "7000"}}
	for _, c := range []struct {
		called, number string
		ours           bool
	}{
		{"+15550100", "+15550100", true}, {"15550100", "15550100", true}, {"+7000", "7000", true},
		{"5550100", "", false}, {"", "", false}, {"+", "", false},
	} {
		n, ok := number(ours, c.called)
		if ok != c.ours || n.Number != c.number {
			t.Errorf("%q: %+v, %v", c.called, n, ok)
		}
	}
}

func TestTrunksOfferWhatTheFileSays(t *testing.T) {
	cfg, err := config.Parse([]byte(`trunk "a" {
  server           = "192.0.2.1"
  error_correction = "fec"
  t38_version      = 2
  reinvite         = "never"
  max_calls        = 3
}`), "t.hcl")
	if err != nil {
		t.Fatal(err)
	}
	got, ok := trunk(cfg.Trunk("a"))
	if !ok || got.T38.UDPEC != sdp.FEC || got.T38.Version != 2 || !got.NoReinvite || got.MaxCalls != 3 || got.Redundancy != 3 {
		t.Errorf("%+v", got)
	}
	if _, ok := trunk(cfg.Trunk("b")); ok {
		t.Error("there is no trunk b")
	}
}

func TestAddressesThatCannotBeDialledAreRefusedForGood(t *testing.T) {
	to, err := resolve(address.Plan{}, &config.Config{Mail: &config.Mail{}})("FAX=+1-555-0100/T33S=12", "fax.example.com")
	if err != nil || len(to) != 1 || to[0].Number != "+15550100" || to[0].Subaddress != "12" {
		t.Errorf("%+v, %v", to, err)
	}
	_, err = resolve(address.Plan{}, &config.Config{Mail: &config.Mail{}})("FAX=5x5", "fax.example.com")
	var permanent *mailbridge.PermanentError
	if !errors.As(err, &permanent) || permanent.Status != "5.1.3" {
		t.Errorf("%v", err)
	}
}

func TestLogLinesAreAsHostsReadThem(t *testing.T) {
	var b bytes.Buffer
	NewLogger(&b, slog.LevelInfo).Warn("a call broke", "call", "c1", "err", os.ErrNotExist)
	var line map[string]any
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line["@level"] != "warn" || line["@message"] != "a call broke" || line["@timestamp"] == nil ||
		line["call"] != "c1" || line["err"] != os.ErrNotExist.Error() {
		t.Errorf("%v", line)
	}
}
