# Two hosts on one PostgreSQL, the same file on both; see README.md.
sip { listen = ["udp:0.0.0.0:5060", "tcp:0.0.0.0:5060"] }

trunk "provider" {
  server       = "sip.provider.example"
  inbound_from = ["203.0.113.0/24"]
  domain       = "sip.provider.example"
  username     = "15551230000"
  password     = env("TRUNK_PASSWORD")
  from         = "+15551230000"
  max_calls    = 4 # of each host
}

fax { station_id = "+1 555 123 0000" }

fax_number "+15551230000" {
  mailboxes = ["office@example.com"]
  partial   = "hold" # what broke off is looked at first: pagebridge queue, release
}

mail {
  listen        = "0.0.0.0:2525"
  domains       = ["fax.example.com"]
  allow_clients = ["198.51.100.0/24"]
  relay { server = "mail.example.com:25" }
}

spool {
  path         = "/var/lib/pagebridge"
  database     = env("DATABASE_URL") # postgres://fax:password@db.example.com/fax
  keep         = "720h"
  keep_size    = 20000
  keep_history = "8760h"
}
