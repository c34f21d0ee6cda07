package sender

import (
	"context"
	"net"
	"net/netip"
	"time"

	"blitiri.com.ar/go/spf"
)

// Resolver asks the DNS; *net.Resolver is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// Checker checks senders. The zero value asks the resolver of this machine.
type Checker struct {
	Resolver Resolver      // default net.DefaultResolver
	Timeout  time.Duration // of all questions about one mail; default 20 s
}

const defaultTimeout = 20 * time.Second

func (c *Checker) resolver() Resolver {
	if c.Resolver == nil {
		return net.DefaultResolver
	}
	return c.Resolver
}

func (c *Checker) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.Timeout > 0 {
		return context.WithTimeout(ctx, c.Timeout)
	}
	return context.WithTimeout(ctx, defaultTimeout)
}

// Result is what SPF says of a client, in as many words as matter here.
type Result int

const (
	Unknown   Result = iota // none, neutral, softfail, permerror: SPF proves nothing
	Pass                    // the client may send for that domain
	Fail                    // it may not
	TempError               // the DNS did not answer
)

// SPF asks whether a client may send mail with that MAIL FROM (RFC 7208). The
// null path proves nobody's identity, and neither does an address that is not of
// the Internet.
func (c *Checker) SPF(ctx context.Context, client netip.Addr, helo, from string) Result {
	if from == "" || !client.IsValid() || client.IsLoopback() || client.IsPrivate() || client.IsLinkLocalUnicast() {
		return Unknown
	}
	ctx, cancel := c.bound(ctx)
	defer cancel()
	result, _ := spf.CheckHostWithSender(client.AsSlice(), helo, from, spf.WithContext(ctx), spf.WithResolver(c.resolver()))
	switch result {
	case spf.Pass:
		return Pass
	case spf.Fail:
		return Fail
	case spf.TempError:
		return TempError
	}
	return Unknown
}
