package config

import (
	"strings"
	"testing"
)

func TestRoutes(t *testing.T) {
	const file = `
trunk "a" { server = "127.0.0.1:5070" }
fax_number "100" { mailboxes = ["office@example.com"] }
spool { path = "/tmp/x" }
mail {
  hostname = "fax.example.com"
  relay { server = "127.0.0.1:25" }
}
route "7*" { trunk = "a" }
route "*" {
  trunk = "b"
  mode = "fly"
}
route "8" {
  trunk = "a"
  forward = true
}
route "x1" { trunk = "a" }
route "100" { trunk = "a" }
route "20" {
  trunk = "a"
  mode = "mailbox"
}
route "21" {
  trunk = "a"
  listen = "5s"
}
route "22" {
  trunk = "a"
  mode = "detect"
  listen = "1m"
}
`
	_, err := Parse([]byte(file), "routes.hcl")
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{
		`routes.hcl:11: there is no trunk "b"`, `routes.hcl:12: mode cannot be "fly"`,
		`routes.hcl:16: faxes that go on to 8 need a mailbox`,
		`routes.hcl:18: "x1" is not a number`, `routes.hcl:19: 100 is a fax_number too`,
		`routes.hcl:20: faxes to 20 would go nowhere`, `routes.hcl:26: with mode auto nobody listens`,
		`routes.hcl:31: no caller waits for 1m0s`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing %s in\n%v", want, err)
		}
	}
	c, err := Parse([]byte(file[:strings.Index(file, `route "*"`)]), "routes.hcl")
	if err != nil || len(c.Routes) != 1 || c.Routes[0].Pattern != "7*" || c.Routes[0].Mode != "auto" {
		t.Errorf("%+v, %v", c, err)
	}
}
