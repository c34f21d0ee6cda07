package trunk

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

// Trunk is one SIP provider or PBX.
type Trunk struct {
	Name string
	// Server is where calls are sent: "host", "host:port" or "[::1]:port", with
	// ";transport=tcp" or ";transport=tls" behind it.
	Server string
	// Backup are more servers of the same form, tried in this order where the one
	// before does not answer or has no room. Without any, and without a port in
	// Server, DNS is asked for its servers (SRV) and, without a transport as well,
	// for that (NAPTR).
	Backup []string
	// InboundFrom are addresses ("192.0.2.1", "192.0.2.1:5060") or networks
	// ("192.0.2.0/24") whose calls are this trunk's. Default: the server's
	// address, whatever the port.
	InboundFrom []string
	// InboundUsername and InboundPassword make calls from anywhere this trunk's that
	// prove to know them (digest).
	InboundUsername, InboundPassword string
	// InboundDomains narrow both: only calls are this trunk's that name one of them
	// as the host of Request-URI, To or From. A domain alone proves nothing.
	InboundDomains []string
	// From is the calling number of calls that name none.
	From string
	// Domain stands in From, To and Request-URI. Default: the server's host.
	Domain string
	// Username and Password answer digest challenges.
	Username, Password string
	// Register sends REGISTER, so that the server knows where we are.
	Register bool
	// Ping is how often OPTIONS asks whether the server is there; 0 never.
	Ping time.Duration
	// KeepAlive is how often a CRLF keeps the flow to the server open (RFC 5626); 0
	// never.
	KeepAlive time.Duration
	// MaxCalls bounds the calls at once, both directions together; 0 does not.
	MaxCalls int
	// CallsPerSecond bounds how fast calls follow each other, each direction by
	// itself; 0 does not.
	CallsPerSecond float64
	// FromUser stands in From instead of the calling number, for a provider that
	// wants its account there; the number is then in the identity.
	FromUser string
	Identity Identity
	// Withhold keeps the calling number from the called side (RFC 3323).
	Withhold bool
	// Transfers passes REFER inside the calls that are carried on over the trunk.
	Transfers bool
	// Fax is how faxes travel here, "t38" and "passthrough", as our Contact says it
	// (RFC 6913). Empty: it says nothing.
	Fax []string
	DialPlan
}

// place is Trunk.Server taken apart.
type place struct {
	host      string // without brackets
	port      int    // 0 if none is given
	transport string // "udp", "tcp", "tls"; "" if none is given: UDP
}

func parseServer(s string) (place, error) {
	addr, params, _ := strings.Cut(s, ";")
	var p place
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(param)), "=")
		switch {
		case name == "":
		case name == "transport" && (value == "udp" || value == "tcp" || value == "tls"):
			p.transport = value
		default:
			return place{}, fmt.Errorf("server %q: %q is not understood; transport=udp, tcp and tls are", s, param)
		}
	}
	p.host = strings.TrimSpace(addr)
	if host, port, err := net.SplitHostPort(p.host); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return place{}, fmt.Errorf("server %q: %q is no port", s, port)
		}
		p.host, p.port = host, int(n)
	}
	p.host = strings.Trim(p.host, "[]")
	if _, err := netip.ParseAddr(p.host); err != nil && (p.host == "" || strings.ContainsAny(p.host, " @/:<>")) {
		return place{}, fmt.Errorf("server %q: want host, host:port, or either with ;transport=tcp", s)
	}
	return p, nil
}

// via is the transport.
func (p place) via() string { return cmp.Or(p.transport, "udp") }

// hostPort is where to send to.
func (p place) hostPort() string {
	port := p.port
	if port == 0 {
		port = sip.DefaultPort(p.via())
	}
	return net.JoinHostPort(p.host, strconv.Itoa(port))
}

// uri is sip:user@domain, or at the server itself when domain is empty.
func (p place) uri(user, domain string) sip.Uri {
	u := sip.Uri{Scheme: "sip", User: user, Host: domain}
	if domain == "" {
		u.Host, u.Port = p.host, p.port
	}
	if p.via() != "udp" {
		u.UriParams.Add("transport", p.transport)
	}
	return u
}

// call is a call to number over t, which is reached at p.
func (t Trunk) call(p place, number string, from Caller) (dialog.Call, error) {
	c := dialog.Call{
		Server:      p.hostPort(),
		Transfers:   t.Transfers,
		Credentials: dialog.Credentials{Username: t.Username, Password: t.Password},
	}
	if bad := strings.IndexFunc(from.Number, notInUser); bad >= 0 {
		return c, fmt.Errorf("%q is no calling number", from.Number)
	}
	if scheme := strings.ToLower(number); strings.HasPrefix(scheme, "sip:") || strings.HasPrefix(scheme, "sips:") {
		if err := sip.ParseUri(number, &c.To); err != nil || c.To.Host == "" {
			return c, fmt.Errorf("%q is no SIP address", number)
		}
		if t.emergency(c.To.User) {
			return c, &RefusedError{number, "it is an emergency number"}
		}
		c.Server = ""
		t.identify(&c, from)
		return c, nil
	}
	if number == "" || strings.IndexFunc(number, notInUser) >= 0 {
		return c, fmt.Errorf("%q is no number to call", number)
	}
	number, err := t.Number(number)
	if err != nil {
		return c, err
	}
	c.To = p.uri(number, t.Domain)
	t.identify(&c, from)
	return c, nil
}

// notInUser tells the characters that a number may not have (RFC 3261 25.1,
// user).
func notInUser(r rune) bool {
	return !strings.ContainsRune("-_.!~*'()&=+$,;?/%#", r) &&
		(r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}
