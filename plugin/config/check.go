package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
)

// check looks at what the decoder cannot: whether values make sense and agree
// with each other. It fills in defaults and the parsed forms.
func (c *Config) check() hcl.Diagnostics {
	k := &checker{c: c}
	k.sip()
	k.media()
	k.fax()
	for _, t := range c.Trunks {
		k.trunk(t)
	}
	for _, n := range c.FaxNumbers {
		k.faxNumber(n)
	}
	for _, r := range c.Routes {
		k.route(r)
	}
	for _, a := range c.Aliases {
		k.alias(a)
	}
	for _, s := range c.Senders {
		k.sender(s)
	}
	if c.Mail != nil {
		k.mail(c.Mail)
	}
	k.spool()
	k.metrics()
	return k.diags
}

type checker struct {
	c     *Config
	diags hcl.Diagnostics
}

func (k *checker) wrong(p place, attribute, detail, format string, args ...any) {
	k.diags = append(k.diags, mistake(p.at(attribute), fmt.Sprintf(format, args...), detail))
}

func (k *checker) sip() {
	s := &k.c.SIP
	if len(s.Listen) == 0 {
		s.Listen = []string{"udp:0.0.0.0:5060", "tcp:0.0.0.0:5060"}
	}
	for _, l := range s.Listen {
		transport, address, _ := strings.Cut(l, ":")
		if !isTransport(transport) {
			k.wrong(s.place, "listen", `Write "udp:address:port", "tcp:address:port" or "tls:address:port".`, "%q has no known transport", l)
		} else if why := badHostPort(address); why != "" {
			k.wrong(s.place, "listen", `Write "udp:127.0.0.1:5060".`, "%q: %s", l, why)
		}
		if transport == "tls" && (s.TLSCertificate == "" || s.TLSKey == "") {
			k.wrong(s.place, "listen", "Set tls_certificate and tls_key.", "%q needs a certificate", l)
		}
	}
	if s.DNS != "" {
		if addr, err := netip.ParseAddrPort(s.DNS); err != nil || addr.Port() == 0 {
			k.wrong(s.place, "dns", `Write "192.0.2.53:53".`, "%q is no address with a port", s.DNS)
		}
	}
	for _, d := range s.Digest {
		if d != "SHA-256" && d != "MD5" {
			k.wrong(s.place, "digest", "Known are SHA-256 and MD5.", "unknown algorithm %q", d)
		}
	}
	k.oneOf(s.place, "tls_clients", &s.TLSClients, "any", "verify")
	if s.TLSClients == "verify" && s.TLSCA == "" {
		k.wrong(s.place, "tls_clients", "Set tls_ca.", "no authority is named that clients are verified with")
	}
	s.DrainTime = k.duration(s.place, "drain", s.Drain, 10*time.Minute)
	if s.Advertise != "" && !isHost(s.Advertise) {
		k.wrong(s.place, "advertise", "It is an address or host name without a port.", "%q is not an address", s.Advertise)
	}
	k.trunkName(s.place, "default_route", s.DefaultRoute)
}

func (k *checker) metrics() {
	m := &k.c.Metrics
	if m.Listen == "" {
		return
	}
	if why := badHostPort(m.Listen); why != "" {
		k.wrong(m.place, "listen", `Write "127.0.0.1:9560".`, "%q: %s", m.Listen, why)
	}
}

func (k *checker) trunkName(p place, attribute, name string) {
	if name != "" && k.c.Trunk(name) == nil {
		k.wrong(p, attribute, "Trunks in this file: "+k.trunkNames()+".", "there is no trunk %q", name)
	}
}

func (k *checker) trunkNames() string {
	var names []string
	for _, t := range k.c.Trunks {
		names = append(names, t.Name)
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ", ")
}

// Ports that are used when the file names none.
const (
	defaultPortMin = 40000
	defaultPortMax = 40999
)

func (k *checker) media() {
	m := &k.c.Media
	m.PortMin, m.PortMax = defaultPortMin, defaultPortMax
	if m.Address != "" {
		addr, err := netip.ParseAddr(m.Address)
		if err != nil {
			k.wrong(m.place, "address", "It is written into the SDP, so it must be an IP address.", "%q is not an IP address", m.Address)
		} else if addr.IsUnspecified() {
			k.wrong(m.place, "address", "Peers send their media to it: write this machine's own address.", "%s is no address that a peer can send to", addr)
		}
		m.Addr = addr
	}
	if m.Advertise != "" {
		addr, err := netip.ParseAddr(m.Advertise)
		if err != nil || addr.IsUnspecified() {
			k.wrong(m.place, "advertise", "It is written into the SDP: an IP address that peers can send to.", "%q is no such address", m.Advertise)
		}
		if m.Addr.IsValid() && err == nil && m.Addr.Is4() != addr.Is4() {
			k.wrong(m.place, "advertise", "Both are IPv4, or both IPv6.", "%s is not of the same kind as %s", addr, m.Addr)
		}
		m.Told = addr
	}
	if m.Ports != "" {
		low, high, ok := strings.Cut(m.Ports, "-")
		a, errA := strconv.ParseUint(strings.TrimSpace(low), 10, 16)
		b, errB := strconv.ParseUint(strings.TrimSpace(high), 10, 16)
		if !ok || errA != nil || errB != nil || a == 0 || b < a+1 {
			k.wrong(m.place, "ports", `Write the first and the last port: "40000-40999".`, "%q is not a range of at least two ports", m.Ports)
			return
		}
		m.PortMin, m.PortMax = uint16(a), uint16(b)
	}
}

var rates = []int{2400, 4800, 7200, 9600, 12000, 14400}

func (k *checker) fax() {
	f := &k.c.Fax
	k.stationID(f.place, f.StationID)
	if f.MaxRate == 0 {
		f.MaxRate = 14400
	}
	if !slices.Contains(rates, f.MaxRate) {
		k.wrong(f.place, "max_rate", "Fax modems know 14400, 12000, 9600, 7200, 4800 and 2400.", "%d is not a rate", f.MaxRate)
	}
}

// stationID holds an identity to what T.30 5.3.6.2.4 allows and, because
// machines show them and people write them, to what they can show: printable
// ASCII.
func (k *checker) stationID(p place, id string) {
	if len(id) > 20 {
		k.wrong(p, "station_id", "T.30 has room for 20 characters.", "station id %q is too long", id)
	}
	for _, r := range id {
		if r < ' ' || r > '~' {
			k.wrong(p, "station_id", "Use digits, +, spaces and plain letters.", "station id %q has a character that fax machines cannot show", id)
			return
		}
	}
}

func (k *checker) trunk(t *Trunk) {
	if t.Server != "" {
		k.server(t.place, "server", t.Server)
	}
	for _, b := range t.Backup {
		k.server(t.place, "backup", b)
	}
	if t.CallsPerSecond < 0 || t.CallsPerSecond > 1000 {
		k.wrong(t.place, "calls_per_second", "0 is no limit.", "calls_per_second cannot be %g", t.CallsPerSecond)
	}
	k.dialPlan(t)
	k.oneOf(t.place, "refer", &t.Refer, "refuse", "pass")
	k.oneOf(t.place, "identity", &t.Identity, "none", "preferred", "asserted")
	if strings.ContainsAny(t.FromUser, " @<>\"\r\n") {
		k.wrong(t.place, "from_user", "The part before the @ of the account.", "%q is no user", t.FromUser)
	}
	t.Inbound = k.prefixes(t.place, "inbound_from", t.InboundFrom)
	if (t.InboundUser == "") != (t.InboundPass == "") {
		k.wrong(t.place, "inbound_username", "Set inbound_username and inbound_password, or neither.", "trunk %q has one without the other", t.Name)
	}
	for _, d := range t.InboundDomains {
		if !isHost(d) {
			k.wrong(t.place, "inbound_domains", `Write "acme.example.com".`, "%q is no domain", d)
		}
	}
	t.Media = slices.Concat(k.prefixes(t.place, "media_from", t.MediaFrom), t.Inbound, literals(append([]string{t.Server}, t.Backup...)))
	if t.From != "" && !isNumber(t.From) {
		k.wrong(t.place, "from", "Digits, with + before an international number.", "%q is not a number", t.From)
	}
	if t.Register && t.Username == "" {
		k.wrong(t.place, "register", "Registration needs username and password.", "trunk %q cannot register without a username", t.Name)
	}
	t.KeepAliveEvery = k.duration(t.place, "keep_alive", t.KeepAlive, 0)
	if t.KeepAliveEvery > 0 && t.KeepAliveEvery < time.Second {
		k.wrong(t.place, "keep_alive", "Usual are 25s over UDP and 2m over TCP and TLS.", "keep_alive cannot be %q", t.KeepAlive)
	}
	t.PingEvery = k.duration(t.place, "options_ping", t.OptionsPing, 30*time.Second)
	t.ReinviteDelay = k.duration(t.place, "reinvite_after", t.ReinviteAfter, 8*time.Second)
	if t.MaxCalls < 0 {
		k.wrong(t.place, "max_calls", "0 is no limit.", "max_calls cannot be %d", t.MaxCalls)
	}
	k.trunkFax(t)
}

func (k *checker) trunkFax(t *Trunk) {
	k.oneOf(t.place, "fax", &t.Fax, "t38-then-g711", "t38", "g711")
	k.oneOf(t.place, "error_correction", &t.ErrorCorrection, "redundancy", "fec", "none")
	k.oneOf(t.place, "reinvite", &t.Reinvite, "auto", "never")
	if t.Redundancy == nil {
		three := 3
		t.Redundancy = &three
	}
	if *t.Redundancy < 0 || *t.Redundancy > 7 {
		k.wrong(t.place, "redundancy", "0 to 7 earlier packets.", "redundancy cannot be %d", *t.Redundancy)
	}
	if t.T38Version < 0 || t.T38Version > 3 {
		k.wrong(t.place, "t38_version", "Versions 0 to 3 are known.", "there is no T.38 version %d here", t.T38Version)
	}
	if t.MaxDatagram == 0 {
		t.MaxDatagram = 1400
	}
	if t.MaxDatagram < 72 || t.MaxDatagram > 65000 {
		k.wrong(t.place, "max_datagram", "Usual are 400 to 1400.", "a datagram of %d octets makes no sense", t.MaxDatagram)
	}
}

func isTransport(s string) bool { return s == "udp" || s == "tcp" || s == "tls" }

// server checks where a trunk's calls are sent.
func (k *checker) server(p place, attribute, s string) {
	server, transport, found := strings.Cut(s, ";transport=")
	if !isHost(server) && badHostPort(server) != "" {
		k.wrong(p, attribute, `Write "host", "host:port" or "host:port;transport=tcp".`, "%q is not a server", s)
	}
	if found && !isTransport(transport) {
		k.wrong(p, attribute, "Known are udp, tcp and tls.", "unknown transport %q", transport)
	}
}

var numberPattern = regexp.MustCompile(`^\+?[0-9*#?]{1,32}$`)

func (k *checker) dialPlan(t *Trunk) {
	for attribute, list := range map[string][]string{"allow": t.Allow, "deny": t.Deny, "emergency": t.Emergency} {
		for _, pattern := range list {
			if !numberPattern.MatchString(pattern) {
				k.wrong(t.place, attribute, `Write "+49*" or "+1900???????": * stands for any digits, ? for one.`, "%q is no number or pattern", pattern)
			}
		}
	}
	for attribute, s := range map[string]string{"strip": t.Strip, "prefix": t.Prefix} {
		if s != "" && s != "+" && !isNumber(s) {
			k.wrong(t.place, attribute, "Digits, and + before them.", "%s cannot be %q", attribute, s)
		}
	}
}

// oneOf checks a word; the first of the known ones is the default.
func (k *checker) oneOf(p place, attribute string, word *string, known ...string) {
	if *word == "" {
		*word = known[0]
	}
	if !slices.Contains(known, *word) {
		k.wrong(p, attribute, "Known: "+strings.Join(known, ", ")+".", "%s cannot be %q", attribute, *word)
	}
}

func (k *checker) durations(p place, attribute string, list []string) []time.Duration {
	var ds []time.Duration
	for _, s := range list {
		ds = append(ds, k.duration(p, attribute, s, 0))
	}
	return ds
}

func (k *checker) duration(p place, attribute, s string, otherwise time.Duration) time.Duration {
	if s == "" {
		return otherwise
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		k.wrong(p, attribute, `Write a number with a unit, such as "30s", "5m" or "48h".`, "%q is not a time", s)
	}
	return d
}

func (k *checker) prefixes(p place, attribute string, list []string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		if prefix, err := netip.ParsePrefix(s); err == nil {
			out = append(out, prefix.Masked())
		} else if addr, err := netip.ParseAddr(s); err == nil {
			out = append(out, netip.PrefixFrom(addr, addr.BitLen()))
		} else {
			k.wrong(p, attribute, `Write "192.0.2.7" or "192.0.2.0/24".`, "%q is not an address or network", s)
		}
	}
	return out
}

// literals are the servers that are named by their addresses.
func literals(servers []string) (out []netip.Prefix) {
	for _, s := range servers {
		s, _, _ = strings.Cut(s, ";")
		if host, _, err := net.SplitHostPort(s); err == nil {
			s = host
		}
		if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return out
}

func (k *checker) faxNumber(n *FaxNumber) {
	if n.Number != "" && !isNumber(n.Number) {
		k.wrong(n.place, "", "Digits, with + before an international number.", "%q is not a number", n.Number)
	}
	if n.body != nil && n.body.Attributes["mailboxes"] != nil && len(n.Mailboxes) == 0 {
		k.wrong(n.place, "mailboxes", "Name at least one.", "faxes to %s would go nowhere", n.Number)
	}
	k.mailboxes(n.place, n.Mailboxes)
	k.stationID(n.place, n.StationID)
	k.deliver(n)
	k.mailed(n.place, n.Number)
}

func (k *checker) mailboxes(p place, list []string) {
	for _, m := range list {
		if a, err := mail.ParseAddress(m); err != nil || a.Address != m {
			k.wrong(p, "mailboxes", `Write "name@example.com".`, "%q is not a mail address", m)
		}
	}
}

// mailed checks that there is a way for faxes to become mail.
func (k *checker) mailed(p place, number string) {
	if k.c.Mail == nil || k.c.Mail.Relay == nil {
		k.wrong(p, "", "Add mail { relay { server = … } }.", "faxes to %s cannot be mailed without a relay", number)
	}
}

var aliasName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (k *checker) route(r *Route) {
	if number := strings.TrimSuffix(r.Pattern, "*"); number != "" && !isNumber(number) {
		k.wrong(r.place, "", `Write a number, or how numbers begin: "+1555*".`, "%q is not a number", r.Pattern)
	}
	for _, n := range k.c.FaxNumbers {
		if n.Number == r.Pattern {
			k.wrong(r.place, "", "Faxes to a fax_number end here: leave one of the two out.", "%s is a fax_number too", r.Pattern)
		}
	}
	k.oneOf(r.place, "mode", &r.Mode, routeModes...)
	r.ListenFor = k.duration(r.place, "listen", r.Listen, 0)
	if r.ListenFor > 0 && !r.Listens() {
		k.wrong(r.place, "listen", "Write mode = \"detect\" or \"mailbox\".", "with mode %s nobody listens", r.Mode)
	}
	if r.ListenFor > maxListen {
		k.wrong(r.place, "listen", "A calling fax machine is heard within 5 s.", "no caller waits for %v", r.ListenFor)
	}
	k.trunkName(r.place, "trunk", r.Trunk)
	r.RingFor = k.duration(r.place, "no_answer", r.NoAnswer, 0)
	k.mailboxes(r.place, r.Mailboxes)
	switch {
	case len(r.Mailboxes) > 0:
		k.mailed(r.place, r.Pattern)
	case r.Mode == "mailbox":
		k.wrong(r.place, "mailboxes", `Name who gets the faxes: mailboxes = ["office@example.com"].`, "faxes to %s would go nowhere", r.Pattern)
	case r.Forward:
		k.wrong(r.place, "forward", "Add mailboxes: they hear of it when the machine never takes the fax.", "faxes that go on to %s need a mailbox", r.Pattern)
	}
}

func (k *checker) alias(a *Alias) {
	if a.Name != "" && !aliasName.MatchString(a.Name) {
		k.wrong(a.place, "", "Letters, digits, dot, hyphen and underscore.", "%q cannot be an alias", a.Name)
	}
	if a.Number != "" && !isNumber(a.Number) {
		k.wrong(a.place, "number", "Digits, with + before an international number.", "%q is not a number", a.Number)
	}
	if a.From != "" && !isNumber(a.From) {
		k.wrong(a.place, "from", "Digits, with + before an international number.", "%q is not a number", a.From)
	}
	if a.Subaddress != "" && !isNumber(a.Subaddress) {
		k.wrong(a.place, "subaddress", "Digits, * and #.", "%q is not a sub-address", a.Subaddress)
	}
	k.trunkName(a.place, "trunk", a.Trunk)
	k.group(a)
}

func (k *checker) mail(m *Mail) {
	if m.Hostname == "" && len(m.Domains) > 0 {
		m.Hostname = m.Domains[0]
	}
	if m.Listen != "" {
		if why := badHostPort(m.Listen); why != "" {
			k.wrong(m.place, "listen", `Write "127.0.0.1:2525".`, "%q: %s", m.Listen, why)
		}
		if len(m.Domains) == 0 {
			k.wrong(m.place, "domains", `Name the domains that mail to be faxed comes for: domains = ["fax.example.com"].`, "mail is listened for, but no domain is ours")
		}
	}
	if m.Hostname == "" {
		k.wrong(m.place, "hostname", "It names us in SMTP and in reports.", "the mail block needs a hostname")
	}
	m.Clients = k.prefixes(m.place, "allow_clients", m.AllowClients)
	if m.MaxSize == 0 {
		m.MaxSize = 25
	}
	if m.MaxSize < 1 || m.MaxSize > 1024 {
		k.wrong(m.place, "max_size", "1 to 1024 MB.", "max_size cannot be %d", m.MaxSize)
	}
	if m.From == "" {
		m.From = "fax@" + m.Hostname
	} else if a, err := mail.ParseAddress(m.From); err != nil || a.Address != m.From {
		k.wrong(m.place, "from", `Write "fax@example.com".`, "%q is not a mail address", m.From)
	}
	if m.CallerDomain != "" && !isHost(m.CallerDomain) {
		k.wrong(m.place, "caller_domain", `Write "fax.example.com".`, "%q is not a domain", m.CallerDomain)
	}
	k.oneOf(m.place, "paper", &m.Paper, "a4", "letter")
	k.oneOf(m.place, "tiff_coding", &m.TIFFCoding, "mh", "mmr", "received")
	k.documents(m)
	if m.Relay != nil {
		k.relay(m.Relay)
		k.replies(m)
	} else if m.Listen != "" {
		k.wrong(m.place, "", "Add relay { server = … } to the mail block.", "reports to senders need a relay")
	}
}

func (k *checker) relay(r *Relay) {
	if r.Server != "" {
		if why := badHostPort(r.Server); why != "" {
			k.wrong(r.place, "server", `Write "mail.example.com:25".`, "%q: %s", r.Server, why)
		}
	}
	k.oneOf(r.place, "tls", &r.TLS, "opportunistic", "required", "none")
	r.Delays = k.durations(r.place, "retry_delays", r.RetryDelays)
	r.Patience = k.duration(r.place, "give_up_after", r.GiveUpAfter, 5*24*time.Hour)
	k.outgoing(r)
}

var number = regexp.MustCompile(`^\+?[0-9*#]{1,32}$`)

func isNumber(s string) bool { return number.MatchString(s) }

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$`)

func isHost(s string) bool {
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return true
	}
	return len(s) <= 253 && hostName.MatchString(s)
}

// badHostPort says what is wrong with host:port, "" if nothing.
func badHostPort(s string) string {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "it is not host:port"
	}
	if host != "" && !isHost(host) {
		return fmt.Sprintf("%q is not a host", host)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Sprintf("%q is not a port", port)
	}
	return ""
}
