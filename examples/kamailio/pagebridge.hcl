# pagebridge behind Kamailio; see README.md.
sip { listen = ["udp:127.0.0.1:5080"] }
media { address = "127.0.0.1" }

trunk "kamailio" {
  server       = "127.0.0.1:5060"
  options_ping = "30s"
}

fax { station_id = "+1 555 123 0000" }

fax_number "+15551230000" { mailboxes = ["office@example.com"] }

mail {
  hostname = "fax.example.com"
  relay { server = "127.0.0.1:25" }
}

spool { path = "/var/lib/pagebridge" }
