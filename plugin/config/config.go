package config

import (
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/pagebridge/pagebridge/mailbridge/relay"
	"github.com/pagebridge/pagebridge/mailbridge/render"
)

// Config is a whole configuration file. The tags of the structs below are the
// single source: they decode the file, and Example writes the annotated example
// from them (doc, example).
type Config struct {
	SIP        SIP
	Media      Media
	Fax        Fax
	Trunks     []*Trunk
	FaxNumbers []*FaxNumber
	Routes     []*Route
	Aliases    []*Alias
	Senders    []*Sender
	Mail       *Mail // nil: no mail bridge
	Spool      Spool
	Metrics    Metrics

	filename string
	source   []byte
}

// place remembers where a block stood, so that whoever checks a value can point
// at its line.
type place struct {
	block *hclsyntax.Block
	body  *hclsyntax.Body
}

// at is the range of an attribute of the block, or of the block's own head when
// the attribute was not given.
func (p place) at(attribute string) hcl.Range {
	if p.body == nil {
		return hcl.Range{}
	}
	if a, ok := p.body.Attributes[attribute]; ok {
		return a.Range()
	}
	if p.block != nil {
		return p.block.DefRange()
	}
	return p.body.SrcRange
}

// SIP is where the ready-made host listens. A SIP server that loads the plugin
// itself has its own settings and leaves the block out.
type SIP struct {
	place
	Listen         []string `hcl:"listen,optional" doc:"Where SIP is listened for: transport:address:port." example:"[\"udp:127.0.0.1:5060\", \"tcp:127.0.0.1:5060\"]"`
	Advertise      string   `hcl:"advertise,optional" doc:"The address that peers are told (Via, Contact); needed when listening on 0.0.0.0." example:"\"127.0.0.1\""`
	DNS            string   `hcl:"dns,optional" doc:"The name server that is asked where trunks are, address:port. Default: those of this machine." example:"\"\""`
	Digest         []string `hcl:"digest,optional" doc:"What callers are asked for that prove to be a trunk (inbound_username), the first first: some devices see no other." example:"[\"SHA-256\", \"MD5\"]"`
	TLSCertificate string   `hcl:"tls_certificate,optional" doc:"Our certificate, a PEM file: for listen = [\"tls:…\"], and for servers that ask for one." example:"\"\""`
	TLSKey         string   `hcl:"tls_key,optional" doc:"Its key, a PEM file." example:"\"\""`
	TLSCA          string   `hcl:"tls_ca,optional" doc:"The authorities, a PEM file, that sign servers and clients. Default for servers: those of this machine." example:"\"\""`
	TLSClients     string   `hcl:"tls_clients,optional" doc:"Who may connect by TLS: \"any\", or \"verify\" for those alone with a certificate of tls_ca." example:"\"any\""`
	Drain          string   `hcl:"drain,optional" doc:"How long faxes under way may take to finish when the program is stopped." example:"\"10m\""`
	DefaultRoute   string   `hcl:"default_route,optional" doc:"The trunk that calls go to which are not for a fax number. None: they are answered 404." example:"\"pbx\""`

	DrainTime time.Duration `doc:"-"`
}

// Metrics is the ready-made host's page for an administrator's monitoring.
type Metrics struct {
	place
	Listen string `hcl:"listen,optional" doc:"Where http://…/metrics has numbers of host and plugin in Prometheus' text format, for whoever can reach it. None: nowhere." example:"\"127.0.0.1:9560\""`
}

// Media is where the plugin receives RTP and UDPTL.
type Media struct {
	place
	Address   string `hcl:"address,optional" doc:"The local address of RTP and UDPTL, written into the SDP." example:"\"127.0.0.1\""`
	Advertise string `hcl:"advertise,optional" doc:"The address in the SDP where it is another one: the public address of an address translator that passes the ports on to us." example:"\"\""`
	Ports     string `hcl:"ports,optional" doc:"The UDP ports that may be used, two for each fax." example:"\"40000-40999\""`

	Addr             netip.Addr `doc:"-"`
	Told             netip.Addr `doc:"-"` // Advertise
	PortMin, PortMax uint16     `doc:"-"`
}

// Fax is how the fax machine in here presents itself.
type Fax struct {
	place
	StationID string `hcl:"station_id,optional" doc:"What the other machine shows: up to 20 digits, spaces and +. A fax_number or alias can have its own." example:"\"+1 555 123 0000\""`
	ECM       *bool  `hcl:"ecm,optional" doc:"Error correction between the machines. Switch it off only for a peer that cannot." example:"true"`
	MaxRate   int    `hcl:"max_rate,optional" doc:"The highest rate in bit/s: 14400, 12000, 9600, 7200, 4800 or 2400." example:"14400"`
}

// Trunk is one way to and from the telephone network: a provider or a PBX.
type Trunk struct {
	place
	Name string `hcl:",label"`

	Server         string   `hcl:"server" doc:"Where calls are sent: host, host:port, either with ;transport=tcp or ;transport=tls behind it. A name without a port is asked of DNS (SRV), and without a transport for that too (NAPTR)." example:"\"127.0.0.1:5070\""`
	Backup         []string `hcl:"backup,optional" doc:"More servers, tried in this order where the one before does not answer or is full." example:"[\"127.0.0.1:5071\"]"`
	MediaFrom      []string `hcl:"media_from,optional" doc:"Addresses or networks that its media may come from besides the address in its SDP and those of server and inbound_from: peers behind an address translator announce what they think to be." example:"[\"198.51.100.0/24\"]"`
	InboundFrom    []string `hcl:"inbound_from,optional" doc:"Addresses or networks whose calls belong to this trunk. Default: the server's address." example:"[\"127.0.0.1\"]"`
	InboundDomains []string `hcl:"inbound_domains,optional" doc:"Only calls with one of these domains, as the host of Request-URI, To or From, belong to this trunk: for several that share an address." example:"[\"acme.example.com\"]"`
	InboundUser    string   `hcl:"inbound_username,optional" doc:"Calls from any address belong to this trunk if they prove to know this name and inbound_password (digest, MD5 or SHA-256): for peers whose address changes." example:"\"\""`
	InboundPass    string   `hcl:"inbound_password,optional" doc:"Its secret." example:"\"\""`
	From           string   `hcl:"from,optional" doc:"The calling number of outgoing faxes that have none of their own." example:"\"+15551230000\""`
	FromUser       string   `hcl:"from_user,optional" doc:"The user in From, where the provider wants its account there; the calling number then stands in the identity." example:"\"\""`
	Identity       string   `hcl:"identity,optional" doc:"How our calls name the caller beside From (RFC 3325): \"none\", \"preferred\" (P-Preferred-Identity), or \"asserted\" (P-Asserted-Identity) towards a trunk that believes us, and that we believe." example:"\"none\""`
	Withhold       bool     `hcl:"withhold,optional" doc:"Keep the calling number from the called side (Privacy: id)." example:"false"`
	Refer          string   `hcl:"refer,optional" doc:"What becomes of REFER, which transfers a call, inside calls that the host carries on over this trunk: \"refuse\", or \"pass\" to the other side." example:"\"refuse\""`
	Domain         string   `hcl:"domain,optional" doc:"The domain in From and To, when it is not the server's address." example:"\"\""`
	Username       string   `hcl:"username,optional" doc:"Digest authentication." example:"\"\""`
	Password       string   `hcl:"password,optional" doc:"Its secret. Keep it out of this file: env(\"TRUNK_PASSWORD\") or file(\"/run/secrets/trunk\")." example:"\"\""`
	Register       bool     `hcl:"register,optional" doc:"Register at the server, so that it knows where to send calls." example:"false"`
	OptionsPing    string   `hcl:"options_ping,optional" doc:"How often OPTIONS asks whether the server is there; \"0s\" never." example:"\"30s\""`
	KeepAlive      string   `hcl:"keep_alive,optional" doc:"How often an empty line (CRLF, RFC 5626) goes to the server, so that firewalls and address translators on the way keep the registration's connection or port open; \"0s\" never. OPTIONS does the same where it is as frequent." example:"\"0s\""`
	MaxCalls       int      `hcl:"max_calls,optional" doc:"Calls to this trunk at once; 0 is no limit." example:"10"`
	CallsPerSecond float64  `hcl:"calls_per_second,optional" doc:"How fast calls may follow each other; those that we make wait. 0 is no limit." example:"5"`

	Strip     string   `hcl:"strip,optional" doc:"What is taken off the beginning of a number that is called, where it begins so." example:"\"+\""`
	Prefix    string   `hcl:"prefix,optional" doc:"What is then put before it." example:"\"00\""`
	Allow     []string `hcl:"allow,optional" doc:"Numbers that may be called, before strip: * stands for any digits, ? for one. None: all." example:"[\"+1*\", \"+44*\"]"`
	Deny      []string `hcl:"deny,optional" doc:"Numbers that are not called, whatever allow says." example:"[\"+1900*\"]"`
	Emergency []string `hcl:"emergency,optional" doc:"Numbers that are never called. Default: the emergency numbers of most countries." example:"[\"112\", \"911\"]"`

	Fax             string `hcl:"fax,optional" doc:"How faxes travel: \"t38\", \"g711\" (over the audio), or \"t38-then-g711\" where the trunk refuses T.38 or sends nothing of it." example:"\"t38-then-g711\""`
	ErrorCorrection string `hcl:"error_correction,optional" doc:"What T.38 offers against packet loss: \"redundancy\", \"fec\" or \"none\"." example:"\"redundancy\""`
	Redundancy      *int   `hcl:"redundancy,optional" doc:"How many earlier packets each packet repeats, 0 to 7." example:"3"`
	T38Version      int    `hcl:"t38_version,optional" doc:"The T.38 version that is offered, 0 to 3." example:"0"`
	MaxDatagram     int    `hcl:"max_datagram,optional" doc:"The largest UDPTL datagram that is accepted, in octets." example:"1400"`
	Reinvite        string `hcl:"reinvite,optional" doc:"Who asks for T.38: \"auto\" (the called side after its tone, the calling side if that never comes) or \"never\" (only the peer)." example:"\"auto\""`
	ReinviteAfter   string `hcl:"reinvite_after,optional" doc:"How long a call that we made waits for the peer's T.38 re-INVITE before we send ours." example:"\"8s\""`

	PingEvery      time.Duration  `doc:"-"`
	KeepAliveEvery time.Duration  `doc:"-"` // 0: never
	ReinviteDelay  time.Duration  `doc:"-"`
	Inbound        []netip.Prefix `doc:"-"`
	Media          []netip.Prefix `doc:"-"` // of MediaFrom, InboundFrom and the servers that are addresses
}

// FaxNumber is a number on which faxes are received.
type FaxNumber struct {
	place
	Number    string   `hcl:",label"`
	Mailboxes []string `hcl:"mailboxes" doc:"Who gets the faxes." example:"[\"office@example.com\"]"`
	StationID string   `hcl:"station_id,optional" doc:"What callers' machines show." example:"\"+1 555 123 0000\""`
	FanOut    string   `hcl:"fan_out,optional" doc:"Several mailboxes get \"each\" a message, or \"one\" together." example:"\"each\""`
	Partial   string   `hcl:"partial,optional" doc:"A fax whose call broke off is \"deliver\"ed with what came, marked as incomplete, or kept on \"hold\": pagebridge queue lists it and pagebridge release sends it on." example:"\"deliver\""`
	TimeZone  string   `hcl:"time_zone,optional" doc:"The time zone of days and hours below. Default: that of this machine." example:"\"Europe/Berlin\""`

	Deliver []*Deliver `hcl:"deliver,block" doc:"Faxes that go elsewhere than to mailboxes above. There may be several blocks; the first that fits counts."`

	Zone *time.Location `doc:"-"`
}

// Route is where calls to other numbers go on to, through the plugin. Calls to
// numbers that have none are the host's.
type Route struct {
	place
	Pattern string `hcl:",label"`
	Trunk   string `hcl:"trunk" doc:"The trunk to call through." example:"\"pbx\""`
	Mode    string `hcl:"mode,optional" doc:"What becomes of a fax. \"auto\": T.38 as the two sides ask for it, and a gateway to audio where one of them refuses. \"detect\": the same, and calls that begin as voice are listened to: when a fax machine is heard both sides are asked for T.38. \"relay\": T.38 on both sides or not at all. \"gateway\": T.38 on the side that asks or takes it first, audio on the other. \"audio\": T.38 is refused, faxes stay in the audio. \"mailbox\": one number for voice and fax: voice goes through, faxes go to the mailboxes. \"pass-through\": the SIP server routes the call as if there were no plugin." example:"\"auto\""`
	Listen  string `hcl:"listen,optional" doc:"With mode detect or mailbox: \"0s\" calls the called side at once and listens while the two talk; a time answers the caller here, lets it hear ringing, and listens so long for a fax machine before the called side is called." example:"\"0s\""`

	NoAnswer  string   `hcl:"no_answer,optional" doc:"How long the called side may ring; \"0s\" is as long as the network lets it." example:"\"30s\""`
	Mailboxes []string `hcl:"mailboxes,optional" doc:"Never busy: when the called side does not take a call, or a machine fails before the first page, the fax is taken here and mailed to these; with mode mailbox, every fax is. None: the caller hears what the called side said." example:"[\"office@example.com\"]"`
	Forward   bool     `hcl:"forward,optional" doc:"Such a fax also goes on to the machine, as soon as it takes it." example:"true"`

	RingFor   time.Duration `doc:"-"`
	ListenFor time.Duration `doc:"-"`
}

// Alias is a name that mail can be sent to instead of a number.
type Alias struct {
	place
	Name       string `hcl:",label"`
	Number     string `hcl:"number,optional" doc:"The fax number behind the name." example:"\"+15551234567\""`
	Trunk      string `hcl:"trunk,optional" doc:"The trunk to call through; default: the first one." example:"\"pbx\""`
	From       string `hcl:"from,optional" doc:"The calling number to show." example:"\"+15551230000\""`
	Subaddress string `hcl:"subaddress,optional" doc:"A T.33 sub-address behind that number." example:"\"\""`

	Numbers []string `hcl:"numbers,optional" doc:"More numbers: one mail to the name becomes a fax to each." example:"[]"`
	Cover   string   `hcl:"cover,optional" doc:"The cover page of faxes to it; default: that of the mail block." example:"\"formal\""`

	All           []string `doc:"-"` // Number and Numbers
	CoverTemplate string   `doc:"-"` // "": none of its own
}

// Mail is the mail side: in by SMTP, out through a relay.
type Mail struct {
	place
	Listen       string   `hcl:"listen,optional" doc:"Where SMTP is listened for. None: no mail is taken, faxes still become mail." example:"\"127.0.0.1:2525\""`
	LMTP         string   `hcl:"lmtp,optional" doc:"Where a mail server of this machine may also hand mail in by LMTP: \"unix:\" and the path of a socket, whose folder and group say who may, or an address. None: nowhere." example:"\"\""`
	Hostname     string   `hcl:"hostname,optional" doc:"Our name in SMTP and in reports." example:"\"fax.example.com\""`
	Domains      []string `hcl:"domains,optional" doc:"Domains that mail to be faxed is addressed to: FAX=+15551234567@fax.example.com." example:"[\"fax.example.com\"]"`
	AllowClients []string `hcl:"allow_clients,optional" doc:"Addresses or networks that may hand in mail. None: nobody may." example:"[\"127.0.0.0/8\"]"`
	AllowSenders []string `hcl:"allow_senders,optional" doc:"Senders that may fax, as address or *@domain. None: every sender at an allowed client." example:"[\"*@example.com\"]"`
	MaxSize      int      `hcl:"max_size,optional" doc:"The largest mail in MB." example:"25"`
	From         string   `hcl:"from,optional" doc:"The sender of faxes that become mail." example:"\"fax@fax.example.com\""`
	CallerDomain string   `hcl:"caller_domain,optional" doc:"The From of a fax whose caller's number is known becomes FAX=<number>@<caller_domain>, so that a reply to the mail is faxed back: one of domains. None: it is from." example:"\"\""`
	Paper        string   `hcl:"paper,optional" doc:"What text is laid out on: \"a4\" or \"letter\"." example:"\"a4\""`
	Office       string   `hcl:"office,optional" doc:"The program of LibreOffice, such as /usr/bin/soffice: it makes faxes of office documents. None: they are refused." example:"\"\""`
	Unreadable   string   `hcl:"unreadable,optional" doc:"What becomes of a mail with a part that cannot be faxed: \"refuse\", or \"leave_out\" it and say so in the report." example:"\"refuse\""`

	Cover      string   `hcl:"cover,optional" doc:"The cover page: \"off\", \"brief\", \"formal\", \"standard\", or the file of a Go text/template. A sender can choose by [cover], [cover:formal] or [nocover] in the subject, or by a header field X-Fax-Cover; and more of the fax's way: [standard], [fine] or [superfine] (X-Fax-Resolution), [retries:2] (X-Fax-Retries), [at:18:00], [at:2026-12-24 18:00] or [at:+2h] (X-Fax-Send-At), [ecm:off] (X-Fax-ECM), [rate:9600] (X-Fax-Rate)." example:"\"off\""`
	Company    string   `hcl:"company,optional" doc:"Who we are, for cover pages and the header of pages." example:"\"Example Ltd\""`
	Header     []string `hcl:"header,optional" doc:"What stands at the top of each page left, in the middle and right: $a$ date, $t$ time, $s$ sender, $d$ destination, $p$ page. None: pages go as they are; some countries want one by law (in the USA 47 CFR 68.318)." example:"[\"$a$ $t$  $s$\", \"$d$\", \"$p$\"]"`
	Attach     string   `hcl:"attach,optional" doc:"What received faxes come as: \"both\", \"pdf\" or \"tiff\"." example:"\"both\""`
	TIFFCoding string   `hcl:"tiff_coding,optional" doc:"How the pages of TIFF files are coded: \"mh\", which every reader of fax mail takes (RFC 2305), \"mmr\", which is smaller, or \"received\", as they came. A mailbox that has said in a report or receipt that it takes MMR (Media-Accept-Features, RFC 2530) gets that." example:"\"mh\""`
	Preview    *bool    `hcl:"preview,optional" doc:"A small picture of the first page in mails and reports." example:"true"`
	Subject    string   `hcl:"subject,optional" doc:"The subject of received faxes, a Go text/template over .Sender, .Caller, .StationID, .Number, .Time, .Pages, .Came (such as \"6 pages and part of page 7\"), .Incomplete and .ID. That of a fax which broke off says so in any case." example:"\"Fax from {{.Sender}}\""`
	Language   string   `hcl:"language,optional" doc:"The language of reports: \"en\", \"de\" or \"ja\"." example:"\"en\""`

	TLSCertificate string            `hcl:"tls_certificate,optional" doc:"A PEM file: mail may come by STARTTLS." example:"\"\""`
	TLSKey         string            `hcl:"tls_key,optional" doc:"Its key." example:"\"\""`
	Users          map[string]string `hcl:"users,optional" doc:"Who may hand mail in from elsewhere, by AUTH over TLS, with passwords: { office = env(\"OFFICE_PASSWORD\") }." example:"{}"`

	ClientCA string `hcl:"client_ca,optional" doc:"The authorities, a PEM file, that sign the certificates of senders." example:"\"\""`

	Plan *Plan `hcl:"number_plan,block" doc:"How numbers without + become international ones. Without the block they are dialled as written."`

	Relay *Relay `hcl:"relay,block" doc:"The mail server that faxes and reports are handed to."`

	Clients       []netip.Prefix `doc:"-"`
	CoverTemplate string         `doc:"-"` // "": no cover
	HeaderLine    render.Header  `doc:"-"`
}

// Plan completes national numbers.
type Plan struct {
	place
	Country       string `hcl:"country" doc:"The country code." example:"\"49\""`
	International string `hcl:"international,optional" doc:"What is dialled before a foreign number." example:"\"00\""`
	National      string `hcl:"national,optional" doc:"What is dialled before an area code." example:"\"0\""`
	Length        int    `hcl:"length,optional" doc:"How many digits a number has that is whole without that, as 10 in North America." example:"0"`
}

// Relay is the smart host.
type Relay struct {
	place
	Server   string `hcl:"server,optional" doc:"Its host and port. None: each mail goes to the servers that DNS names for its domain (MX)." example:"\"127.0.0.1:25\""`
	TLS      string `hcl:"tls,optional" doc:"STARTTLS: \"none\", \"opportunistic\" or \"required\"." example:"\"opportunistic\""`
	Username string `hcl:"username,optional" doc:"Authentication, if it wants one." example:"\"\""`
	Password string `hcl:"password,optional" doc:"Its secret: env(\"RELAY_PASSWORD\") or file(\"/run/secrets/relay\")." example:"\"\""`

	RetryDelays []string `hcl:"retry_delays,optional" doc:"How long mail waits that it did not take for now, try by try; the last one repeats." example:"[\"1m\", \"5m\", \"15m\", \"30m\", \"1h\"]"`
	GiveUpAfter string   `hcl:"give_up_after,optional" doc:"How long mail is tried at all." example:"\"120h\""`

	Postmaster  string `hcl:"postmaster,optional" doc:"Who gets a received fax whose mail is refused, given up or sent back, and mail to postmaster@ one of domains. None: such a fax stays in the spool." example:"\"postmaster@example.com\""`
	DelayReport string `hcl:"delay_report,optional" doc:"How long after its acceptance a sender is told that his fax is late and still tried; \"0s\": never." example:"\"30m\""`
	AskDelivery bool   `hcl:"ask_delivery,optional" doc:"Ask mail servers to say that a received fax has arrived (DSN)." example:"false"`
	AskReading  bool   `hcl:"ask_reading,optional" doc:"Ask the readers of received faxes to say that they saw them (MDN)." example:"false"`
	ReplyDomain string `hcl:"reply_domain,optional" doc:"Where bounces of received faxes and the answers to these questions come to: the return path of each fax is an address of its own in this one of domains, the answers stand in the history, and a fax that comes back goes to postmaster. Mail servers must be able to send mail for it here, be it by another of ours. None: the domain of from if it is one of domains; \"none\": to from, whom somebody must read." example:"\"\""`

	DKIMDomain   string `hcl:"dkim_domain,optional" doc:"Sign mail of this domain by DKIM." example:"\"\""`
	DKIMSelector string `hcl:"dkim_selector,optional" doc:"The key is published at <dkim_selector>._domainkey.<dkim_domain>." example:"\"\""`
	DKIMKey      string `hcl:"dkim_key,optional" doc:"A PEM file with the private key: RSA or Ed25519." example:"\"\""`

	Delays     []time.Duration `doc:"-"`
	Patience   time.Duration   `doc:"-"`
	DelayAfter time.Duration   `doc:"-"` // negative: never
	DKIM       *relay.DKIM     `doc:"-"` // nil: nothing is signed
	Replies    string          `doc:"-"` // the domain; "": replies come to from
}

// Spool is the durable queue.
type Spool struct {
	place
	Path        string   `hcl:"path,optional" doc:"The folder of the queue, its documents and the history." example:"\"/var/lib/pagebridge\""`
	Database    string   `hcl:"database,optional" doc:"A PostgreSQL database instead of files: env(\"DATABASE_URL\") with postgres://user:password@host/name. Several hosts with the same configuration may work on one; what a host that dies had under way the others take up within seconds. max_calls and calls are of each host. The folder is needed still, each host its own." example:"\"\""`
	RetryDelays []string `hcl:"retry_delays,optional" doc:"How long to wait after a call that failed, call by call; the last one repeats." example:"[\"1m\", \"2m\", \"5m\", \"10m\", \"30m\"]"`
	MaxAttempts int      `hcl:"max_attempts,optional" doc:"Calls for one fax before it is given up." example:"6"`
	Calls       int      `hcl:"calls,optional" doc:"Outgoing calls at once, over all trunks." example:"8"`
	Keep        string   `hcl:"keep,optional" doc:"How long documents (mails and pages) are kept after they are done." example:"\"720h\""`
	KeepSize    int      `hcl:"keep_size,optional" doc:"How many MB of documents are kept at most: when there are more, those that were done first go before their time. What is not done is never deleted. 0 is no limit." example:"0"`
	KeepHistory string   `hcl:"keep_history,optional" doc:"How long the history is kept of faxes that are done; \"0s\" is for ever." example:"\"0s\""`

	Delays     []time.Duration `doc:"-"`
	KeepFor    time.Duration   `doc:"-"`
	HistoryFor time.Duration   `doc:"-"` // 0: for ever
}

// Trunk finds a trunk by name; the empty name is the first one.
func (c *Config) Trunk(name string) *Trunk {
	for _, t := range c.Trunks {
		if name == "" || t.Name == name {
			return t
		}
	}
	return nil
}

// Host is the trunk's server without port and transport.
func (t *Trunk) Host() string {
	server, _, _ := strings.Cut(t.Server, ";")
	if host, _, err := net.SplitHostPort(server); err == nil {
		return host
	}
	return strings.Trim(server, "[]")
}
