# pagebridge: every setting, with what it means. Check a file of your own with
#
#     pagebridge check -c FILE
#
# The values below are examples for one machine; where a setting may be left
# out, its line says what happens then. This file is generated from the
# program's own description of its configuration.

# Where the ready-made host speaks SIP. A SIP server that loads the plugin
# has this in its own configuration.
sip {
  # Where SIP is listened for: transport:address:port.
  listen = ["udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"]
  # The address that peers are told (Via, Contact); needed when listening on 0.0.0.0.
  advertise = "127.0.0.1"
  # The name server that is asked where trunks are, address:port. Default: those of this machine.
  dns = ""
  # What callers are asked for that prove to be a trunk (inbound_username), the first first: some devices see no other.
  digest = ["SHA-256", "MD5"]
  # Our certificate, a PEM file: for listen = ["tls:…"], and for servers that ask for one.
  tls_certificate = ""
  # Its key, a PEM file.
  tls_key = ""
  # The authorities, a PEM file, that sign servers and clients. Default for servers: those of this machine.
  tls_ca = ""
  # Who may connect by TLS: "any", or "verify" for those alone with a certificate of tls_ca.
  tls_clients = "any"
  # How long faxes under way may take to finish when the program is stopped.
  drain = "10m"
  # The trunk that calls go to which are not for a fax number. None: they are answered 404.
  default_route = "pbx"
}

# Where fax media arrives.
media {
  # The local address of RTP and UDPTL, written into the SDP.
  address = "127.0.0.1"
  # The address in the SDP where it is another one: the public address of an address translator that passes the ports on to us.
  advertise = ""
  # The UDP ports that may be used, two for each fax.
  ports = "40000-40999"
}

# A provider or PBX. There may be several.
trunk "pbx" {
  # Where calls are sent: host, host:port, either with ;transport=tcp or ;transport=tls behind it. A name without a port is asked of DNS (SRV), and without a transport for that too (NAPTR).
  server = "127.0.0.1:5070"
  # More servers, tried in this order where the one before does not answer or is full.
  backup = ["127.0.0.1:5071"]
  # Addresses or networks that its media may come from besides the address in its SDP and those of server and inbound_from: peers behind an address translator announce what they think to be.
  media_from = ["198.51.100.0/24"]
  # Addresses or networks whose calls belong to this trunk. Default: the server's address.
  inbound_from = ["127.0.0.1"]
  # Only calls with one of these domains, as the host of Request-URI, To or From, belong to this trunk: for several that share an address.
  inbound_domains = ["acme.example.com"]
  # Calls from any address belong to this trunk if they prove to know this name and inbound_password (digest, MD5 or SHA-256): for peers whose address changes.
  inbound_username = ""
  # Its secret.
  inbound_password = ""
  # The calling number of outgoing faxes that have none of their own.
  from = "+15551230000"
  # The user in From, where the provider wants its account there; the calling number then stands in the identity.
  from_user = ""
  # How our calls name the caller beside From (RFC 3325): "none", "preferred" (P-Preferred-Identity), or "asserted" (P-Asserted-Identity) towards a trunk that believes us, and that we believe.
  identity = "none"
  # Keep the calling number from the called side (Privacy: id).
  withhold = false
  # What becomes of REFER, which transfers a call, inside calls that the host carries on over this trunk: "refuse", or "pass" to the other side.
  refer = "refuse"
  # The domain in From and To, when it is not the server's address.
  domain = ""
  # Digest authentication.
  username = ""
  # Its secret. Keep it out of this file: env("TRUNK_PASSWORD") or file("/run/secrets/trunk").
  password = ""
  # Register at the server, so that it knows where to send calls.
  register = false
  # How often OPTIONS asks whether the server is there; "0s" never.
  options_ping = "30s"
  # How often an empty line (CRLF, RFC 5626) goes to the server, so that firewalls and address translators on the way keep the registration's connection or port open; "0s" never. OPTIONS does the same where it is as frequent.
  keep_alive = "0s"
  # Calls to this trunk at once; 0 is no limit.
  max_calls = 10
  # How fast calls may follow each other; those that we make wait. 0 is no limit.
  calls_per_second = 5
  # What is taken off the beginning of a number that is called, where it begins so.
  strip = "+"
  # What is then put before it.
  prefix = "00"
  # Numbers that may be called, before strip: * stands for any digits, ? for one. None: all.
  allow = ["+1*", "+44*"]
  # Numbers that are not called, whatever allow says.
  deny = ["+1900*"]
  # Numbers that are never called. Default: the emergency numbers of most countries.
  emergency = ["112", "911"]
  # How faxes travel: "t38", "g711" (over the audio), or "t38-then-g711" where the trunk refuses T.38 or sends nothing of it.
  fax = "t38-then-g711"
  # What T.38 offers against packet loss: "redundancy", "fec" or "none".
  error_correction = "redundancy"
  # How many earlier packets each packet repeats, 0 to 7.
  redundancy = 3
  # The T.38 version that is offered, 0 to 3.
  t38_version = 0
  # The largest UDPTL datagram that is accepted, in octets.
  max_datagram = 1400
  # Who asks for T.38: "auto" (the called side after its tone, the calling side if that never comes) or "never" (only the peer).
  reinvite = "auto"
  # How long a call that we made waits for the peer's T.38 re-INVITE before we send ours.
  reinvite_after = "8s"
}

# How our fax machine presents itself.
fax {
  # What the other machine shows: up to 20 digits, spaces and +. A fax_number or alias can have its own.
  station_id = "+1 555 123 0000"
  # Error correction between the machines. Switch it off only for a peer that cannot.
  ecm = true
  # The highest rate in bit/s: 14400, 12000, 9600, 7200, 4800 or 2400.
  max_rate = 14400
}

# A number on which faxes come in. There may be several.
fax_number "+15551230000" {
  # Who gets the faxes.
  mailboxes = ["office@example.com"]
  # What callers' machines show.
  station_id = "+1 555 123 0000"
  # Several mailboxes get "each" a message, or "one" together.
  fan_out = "each"
  # A fax whose call broke off is "deliver"ed with what came, marked as incomplete, or kept on "hold": pagebridge queue lists it and pagebridge release sends it on.
  partial = "deliver"
  # The time zone of days and hours below. Default: that of this machine.
  time_zone = "Europe/Berlin"
  # Faxes that go elsewhere than to mailboxes above. There may be several blocks; the first that fits counts.
  deliver {
    # Faxes to these T.30 sub-addresses (SUB): * stands for any digits, ? for one.
    subaddress = ["12", "2*"]
    # Faxes from these numbers, in the same way; "" is a number that is withheld.
    caller = ["+49*"]
    # Faxes that begin on these days: "mon" to "sun", or "mon-fri".
    days = ["mon-fri"]
    # Faxes that begin in these hours; from "18:00-08:00" the part after midnight belongs to the day before.
    hours = "08:00-17:30"
    # Who gets the faxes for which all of this is so.
    mailboxes = ["sales@example.com", "archive@example.com"]
    # As in fax_number; default: the same.
    fan_out = "one"
    # As in fax_number; default: the same.
    partial = "hold"
  }
}

# Calls to other numbers that go through the plugin: a number, or how numbers
# begin with * behind it. There may be several; the longest that fits counts.
route "7*" {
  # The trunk to call through.
  trunk = "pbx"
  # What becomes of a fax. "auto": T.38 as the two sides ask for it, and a gateway to audio where one of them refuses. "detect": the same, and calls that begin as voice are listened to: when a fax machine is heard both sides are asked for T.38. "relay": T.38 on both sides or not at all. "gateway": T.38 on the side that asks or takes it first, audio on the other. "audio": T.38 is refused, faxes stay in the audio. "mailbox": one number for voice and fax: voice goes through, faxes go to the mailboxes. "pass-through": the SIP server routes the call as if there were no plugin.
  mode = "auto"
  # With mode detect or mailbox: "0s" calls the called side at once and listens while the two talk; a time answers the caller here, lets it hear ringing, and listens so long for a fax machine before the called side is called.
  listen = "0s"
  # How long the called side may ring; "0s" is as long as the network lets it.
  no_answer = "30s"
  # Never busy: when the called side does not take a call, or a machine fails before the first page, the fax is taken here and mailed to these; with mode mailbox, every fax is. None: the caller hears what the called side said.
  mailboxes = ["office@example.com"]
  # Such a fax also goes on to the machine, as soon as it takes it.
  forward = true
}

# A name to mail to: acme@fax.example.com. There may be several.
alias "acme" {
  # The fax number behind the name.
  number = "+15551234567"
  # The trunk to call through; default: the first one.
  trunk = "pbx"
  # The calling number to show.
  from = "+15551230000"
  # A T.33 sub-address behind that number.
  subaddress = ""
  # More numbers: one mail to the name becomes a fax to each.
  numbers = []
  # The cover page of faxes to it; default: that of the mail block.
  cover = "formal"
}

# Whose mail is taken besides that of mail.allow_clients and mail.users, and
# what it may fax. There may be several.
sender "partner" {
  # Who it is: whose mail comes from these addresses or networks,…
  networks = ["192.0.2.0/24"]
  # … who says the password of one of these users of the mail block,…
  users = []
  # … who shows a certificate over TLS with this address or name in it, signed by mail.client_ca, or with this fingerprint: "SHA256:…",…
  certificates = []
  # … or whose address, or whose domain as *@domain, is proved by SPF or DKIM. Mail is then taken from anywhere.
  verified = ["ann@example.org"]
  # Which sender addresses it may use: an address, *@domain, or "<>". None: any.
  from = []
  # The aliases that it may fax to, "*" for all. With neither aliases nor numbers it may fax to all of both.
  aliases = ["acme"]
  # The numbers that it may fax to, as number_plan completes them: * stands for any digits, ? for one.
  numbers = ["+1555*"]
  # Numbers that it may not fax to, whatever numbers says, also behind an alias.
  deny = ["+1900*"]
  # How many faxes it may send in any hour; 0 is no limit.
  jobs_per_hour = 20
  # How many in any 24 hours.
  jobs_per_day = 100
  # After how many pages in an hour no more mail is taken.
  pages_per_hour = 0
  # And in 24 hours.
  pages_per_day = 1000
  # Whom the limits are for: "each" user, certificate or sender address, or all "together".
  count = "each"
}

# Mail in and mail out.
mail {
  # Where SMTP is listened for. None: no mail is taken, faxes still become mail.
  listen = "127.0.0.1:2525"
  # Where a mail server of this machine may also hand mail in by LMTP: "unix:" and the path of a socket, whose folder and group say who may, or an address. None: nowhere.
  lmtp = ""
  # Our name in SMTP and in reports.
  hostname = "fax.example.com"
  # Domains that mail to be faxed is addressed to: FAX=+15551234567@fax.example.com.
  domains = ["fax.example.com"]
  # Addresses or networks that may hand in mail. None: nobody may.
  allow_clients = ["127.0.0.0/8"]
  # Senders that may fax, as address or *@domain. None: every sender at an allowed client.
  allow_senders = ["*@example.com"]
  # The largest mail in MB.
  max_size = 25
  # The sender of faxes that become mail.
  from = "fax@fax.example.com"
  # The From of a fax whose caller's number is known becomes FAX=<number>@<caller_domain>, so that a reply to the mail is faxed back: one of domains. None: it is from.
  caller_domain = ""
  # What text is laid out on: "a4" or "letter".
  paper = "a4"
  # The program of LibreOffice, such as /usr/bin/soffice: it makes faxes of office documents. None: they are refused.
  office = ""
  # What becomes of a mail with a part that cannot be faxed: "refuse", or "leave_out" it and say so in the report.
  unreadable = "refuse"
  # The cover page: "off", "brief", "formal", "standard", or the file of a Go text/template. A sender can choose by [cover], [cover:formal] or [nocover] in the subject, or by a header field X-Fax-Cover; and more of the fax's way: [standard], [fine] or [superfine] (X-Fax-Resolution), [retries:2] (X-Fax-Retries), [at:18:00], [at:2026-12-24 18:00] or [at:+2h] (X-Fax-Send-At), [ecm:off] (X-Fax-ECM), [rate:9600] (X-Fax-Rate).
  cover = "off"
  # Who we are, for cover pages and the header of pages.
  company = "Example Ltd"
  # What stands at the top of each page left, in the middle and right: $a$ date, $t$ time, $s$ sender, $d$ destination, $p$ page. None: pages go as they are; some countries want one by law (in the USA 47 CFR 68.318).
  header = ["$a$ $t$  $s$", "$d$", "$p$"]
  # What received faxes come as: "both", "pdf" or "tiff".
  attach = "both"
  # How the pages of TIFF files are coded: "mh", which every reader of fax mail takes (RFC 2305), "mmr", which is smaller, or "received", as they came. A mailbox that has said in a report or receipt that it takes MMR (Media-Accept-Features, RFC 2530) gets that.
  tiff_coding = "mh"
  # A small picture of the first page in mails and reports.
  preview = true
  # The subject of received faxes, a Go text/template over .Sender, .Caller, .StationID, .Number, .Time, .Pages, .Came (such as "6 pages and part of page 7"), .Incomplete and .ID. That of a fax which broke off says so in any case.
  subject = "Fax from {{.Sender}}"
  # The language of reports: "en", "de" or "ja".
  language = "en"
  # A PEM file: mail may come by STARTTLS.
  tls_certificate = ""
  # Its key.
  tls_key = ""
  # Who may hand mail in from elsewhere, by AUTH over TLS, with passwords: { office = env("OFFICE_PASSWORD") }.
  users = {}
  # The authorities, a PEM file, that sign the certificates of senders.
  client_ca = ""
  # How numbers without + become international ones. Without the block they are dialled as written.
  number_plan {
    # The country code.
    country = "49"
    # What is dialled before a foreign number.
    international = "00"
    # What is dialled before an area code.
    national = "0"
    # How many digits a number has that is whole without that, as 10 in North America.
    length = 0
  }
  # The mail server that faxes and reports are handed to.
  relay {
    # Its host and port. None: each mail goes to the servers that DNS names for its domain (MX).
    server = "127.0.0.1:25"
    # STARTTLS: "none", "opportunistic" or "required".
    tls = "opportunistic"
    # Authentication, if it wants one.
    username = ""
    # Its secret: env("RELAY_PASSWORD") or file("/run/secrets/relay").
    password = ""
    # How long mail waits that it did not take for now, try by try; the last one repeats.
    retry_delays = ["1m", "5m", "15m", "30m", "1h"]
    # How long mail is tried at all.
    give_up_after = "120h"
    # Who gets a received fax whose mail is refused, given up or sent back, and mail to postmaster@ one of domains. None: such a fax stays in the spool.
    postmaster = "postmaster@example.com"
    # How long after its acceptance a sender is told that his fax is late and still tried; "0s": never.
    delay_report = "30m"
    # Ask mail servers to say that a received fax has arrived (DSN).
    ask_delivery = false
    # Ask the readers of received faxes to say that they saw them (MDN).
    ask_reading = false
    # Where bounces of received faxes and the answers to these questions come to: the return path of each fax is an address of its own in this one of domains, the answers stand in the history, and a fax that comes back goes to postmaster. Mail servers must be able to send mail for it here, be it by another of ours. None: the domain of from if it is one of domains; "none": to from, whom somebody must read.
    reply_domain = ""
    # Sign mail of this domain by DKIM.
    dkim_domain = ""
    # The key is published at <dkim_selector>._domainkey.<dkim_domain>.
    dkim_selector = ""
    # A PEM file with the private key: RSA or Ed25519.
    dkim_key = ""
  }
}

# What was accepted is kept here until it is done.
spool {
  # The folder of the queue, its documents and the history.
  path = "/var/lib/pagebridge"
  # A PostgreSQL database instead of files: env("DATABASE_URL") with postgres://user:password@host/name. Several hosts with the same configuration may work on one; what a host that dies had under way the others take up within seconds. max_calls and calls are of each host. The folder is needed still, each host its own.
  database = ""
  # How long to wait after a call that failed, call by call; the last one repeats.
  retry_delays = ["1m", "2m", "5m", "10m", "30m"]
  # Calls for one fax before it is given up.
  max_attempts = 6
  # Outgoing calls at once, over all trunks.
  calls = 8
  # How long documents (mails and pages) are kept after they are done.
  keep = "720h"
  # How many MB of documents are kept at most: when there are more, those that were done first go before their time. What is not done is never deleted. 0 is no limit.
  keep_size = 0
  # How long the history is kept of faxes that are done; "0s" is for ever.
  keep_history = "0s"
}

# Numbers for monitoring, from the ready-made host.
metrics {
  # Where http://…/metrics has numbers of host and plugin in Prometheus' text format, for whoever can reach it. None: nowhere.
  listen = "127.0.0.1:9560"
}
