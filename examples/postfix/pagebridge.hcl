# pagebridge beside a Postfix on the same machine.
sip { listen = ["udp:127.0.0.1:5060"] }
trunk "pbx" { server = "127.0.0.1:5070" }
fax_number "+15551230000" { mailboxes = ["office@example.com"] }
mail {
  listen        = "127.0.0.1:2525"
  hostname      = "fax.example.com"
  domains       = ["fax.example.com"]
  allow_clients = ["127.0.0.1"]
  allow_senders = ["*@example.com"]
  relay {
    server = "127.0.0.1:25"
    tls    = "none" # it does not leave the machine
  }
}
spool { path = "/var/lib/pagebridge" }
