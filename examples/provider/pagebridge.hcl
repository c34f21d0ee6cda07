# pagebridge at a SIP provider; see README.md.
sip {
  listen    = ["udp:0.0.0.0:5060", "tcp:0.0.0.0:5060"]
  advertise = "198.51.100.7" # your public address
}
# Behind an address translator: address is this machine's own, and advertise = the
# public one. The translator must pass sip's port and media's ports on.
media { address = "198.51.100.7" }

trunk "provider" {
  server           = "sip.provider.example" # a name without a port: DNS names the servers
  inbound_from     = ["203.0.113.0/24"]     # where its calls come from
  domain           = "sip.provider.example"
  username         = "15551230000"
  password         = env("TRUNK_PASSWORD")
  register         = true
  from             = "+15551230000"
  max_calls        = 4
  calls_per_second = 1
  deny             = ["+1900*"]
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
