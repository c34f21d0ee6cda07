# pagebridge beside FreeSWITCH; see README.md.
sip { listen = ["udp:127.0.0.1:5090"] }
media { address = "127.0.0.1" }

trunk "freeswitch" {
  server = "127.0.0.1:5080" # its profile "external"
  from   = "+15551230000"
}

fax { station_id = "+1 555 123 0000" }

fax_number "+15551230000" { mailboxes = ["office@example.com"] }

mail {
  listen        = "127.0.0.1:2525"
  domains       = ["fax.example.com"]
  allow_clients = ["127.0.0.1"]
  relay { server = "127.0.0.1:25" }
}

spool { path = "/var/lib/pagebridge" }
