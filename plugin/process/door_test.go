package process

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/plugin/config"
)

const doorConfig = `
trunk "pbx" { server = "127.0.0.1:5070" }
trunk "far" { server = "127.0.0.1:5071" }
alias "acme" {
	number = "0309"
	subaddress = "77"
}
alias "all" { numbers = ["+15551", "030123456"] }
spool { path = "/tmp/spool" }
sender "office" {
	networks = ["127.0.0.0/8"]
	from = ["ann@example.com"]
	deny = ["+1900*"]
}
sender "guest" {
	networks = ["127.0.0.0/8"]
	aliases = ["acme"]
	jobs_per_hour = 1
}
mail {
	listen = "127.0.0.1:0"
	domains = ["fax.example.com", "[192.0.2.1]"]
	number_plan {
		country = "49"
		international = "00"
		national = "0"
	}
	relay { server = "127.0.0.1:25" }
}
`

// openDoor opens the mail door of a configuration; what comes in is sent to the
// channel.
func openDoor(t *testing.T, source string) (addr string, taken chan mailbridge.Submission) {
	t.Helper()
	cfg, err := config.Parse([]byte(source), "door.hcl")
	if err != nil {
		t.Fatal(err)
	}
	o, err := offrampOptions(cfg)
	if err != nil {
		t.Fatal(err)
	}
	taken = make(chan mailbridge.Submission, 10)
	o.Accept = func(_ context.Context, s mailbridge.Submission) (string, error) { taken <- s; return "S1", nil }
	server, err := offramp.New(o)
	if err == nil {
		err = server.Listen()
	}
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve() }()
	t.Cleanup(func() {
		server.Close(context.Background())
		<-done
	})
	return server.Addr().String(), taken
}

func swaks(t *testing.T, addr, from string, to ...string) string {
	t.Helper()
	out, _ := exec.Command(testpeer.Command(t, "swaks", "Debian package swaks"), "--server", addr, "--helo", "c.example.com",
		"--from", from, "--to", strings.Join(to, ","), "--body", "hello", "--timeout", "20s").CombinedOutput()
	return string(out)
}

// Each form of a fax address, through a client that nobody here wrote: one mail,
// a job for each.
func TestAddressesThroughTheDoor(t *testing.T) {
	addr, taken := openDoor(t, doorConfig)
	forms := []struct{ address, want string }{
		{"FAX=+15551234567@fax.example.com", "+15551234567"},
		{"fax=+1-555.123-4567@fax.example.com", "+15551234567"},
		{"FAX=9-555-8354@[192.0.2.1]", "95558354"},
		{"FAX=+15550001/T33S=12@fax.example.com", "+15550001 sub 12"},
		{"/FAX=+15550002/T33S=3-4/@fax.example.com", "+15550002 sub 34"},
		{"7001@fax.example.com", "7001"},
		{"030-765@FAX.example.com", "+4930765"},
		{"004312@fax.example.com", "+4312"},
		{"7001@far.fax.example.com", "7001 on far"},
		{"+15550003@PBX.fax.example.com", "+15550003 on pbx"},
		{"Acme@fax.example.com", "+49309 sub 77 as acme"},
		{"all@fax.example.com", "+15551 as all; +4930123456 as all"},
	}
	var to []string
	for _, f := range forms {
		to = append(to, f.address)
	}
	out := swaks(t, addr, "ann@example.com", to...)
	if !strings.Contains(out, "250 2.0.0 queued as S1") || strings.Contains(out, "<** ") {
		t.Fatalf("swaks was refused something:\n%s", out)
	}
	got := map[string][]string{}
	for _, r := range (<-taken).Recipients {
		d := r.Destination
		s := d.Number
		for _, more := range [][2]string{{" sub ", d.Subaddress}, {" on ", d.Trunk}, {" as ", d.Alias}} {
			if more[1] != "" {
				s += more[0] + more[1]
			}
		}
		to := r.Address
		if d.Alias == "all" { // each of its faxes has an address of its own
			to = "all@fax.example.com"
			if r.Address != "FAX="+d.Number+"@fax.example.com" {
				t.Errorf("%s of a group has the address %s", d.Number, r.Address)
			}
		}
		got[to] = append(got[to], s)
	}
	for _, f := range forms {
		if s := strings.Join(got[f.address], "; "); s != f.want {
			t.Errorf("%s is %q, want %q", f.address, s, f.want)
		}
	}
}

func TestRefusedAtTheDoor(t *testing.T) {
	testpeer.Command(t, "swaks", "Debian package swaks")
	addr, taken := openDoor(t, doorConfig)
	for i, c := range []struct{ from, to, want string }{
		{"ann@example.com", "FAX=+19005551@fax.example.com", "550 5.7.1"},
		{"bob@example.com", "FAX=+15551@fax.example.com", "550 5.7.1 You may not send faxes to"},
		{"bob@example.com", "all@fax.example.com", "550 5.7.1"},
		{"ann@example.com", "7001@nowhere.fax.example.com", "550 5.7.1 Relaying denied"},
		{"ann@example.com", "7001@evil.example", "550 5.7.1 Relaying denied"},
		{"ann@example.com", "FAX=+1555/ATTN=x@fax.example.com", "553 5.1.3"},
		{"ann@example.com", "7001%evil.example@fax.example.com", "553 5.1.3"},
		{"ann@example.com", "nobody@fax.example.com", "550 5.1.1"},
		{"bob@example.com", "acme@fax.example.com", "250 2.0.0 queued"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			if out := swaks(t, addr, c.from, c.to); !strings.Contains(out, c.want) {
				t.Errorf("%+v:\n%s", c, out)
			}
		})
	}
	t.Cleanup(func() {
		if s := <-taken; len(taken) != 0 || s.Account != "guest/mail:bob@example.com" {
			t.Errorf("taken: %+v and %d more", s, len(taken))
		}
	})
}
