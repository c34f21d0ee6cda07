package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// Resolver asks DNS; *net.Resolver is one.
type Resolver interface {
	LookupMX(ctx context.Context, domain string) ([]*net.MX, error)
}

// maxServers bounds how many servers of one domain are tried for one mail.
const maxServers = 10

// direct hands a mail to the servers of its recipients' domains (RFC 5321 5.1). What
// some domains took and others not is a *PartialError.
func (r *Relay) direct(ctx context.Context, e Envelope, message []byte) error {
	partial := &PartialError{Refused: map[string]error{}}
	for domain, to := range byDomain(e.To) {
		part := e
		part.To = to
		err := r.toDomain(ctx, domain, part, message)
		var some *PartialError
		for _, t := range to {
			switch {
			case errors.As(err, &some):
				if some.Refused[t] != nil {
					partial.Refused[t] = some.Refused[t]
				}
			case err != nil:
				partial.Refused[t] = err
			}
		}
	}
	switch len(partial.Refused) {
	case 0:
		return nil
	case len(e.To):
		return partial.all(e.To)
	}
	return partial
}

func byDomain(to []string) map[string][]string {
	domains := map[string][]string{}
	for _, t := range to {
		d := strings.ToLower(t[strings.LastIndexByte(t, '@')+1:])
		domains[d] = append(domains[d], t)
	}
	return domains
}

// toDomain tries the servers of one domain until one takes the mail or refuses it for
// good.
func (r *Relay) toDomain(ctx context.Context, domain string, e Envelope, message []byte) error {
	hosts, err := r.servers(ctx, domain)
	if err != nil {
		return err
	}
	r.silent.last(hosts)
	for _, host := range hosts[:min(len(hosts), maxServers)] {
		err = r.at(host).hand(ctx, e, message)
		var permanent *mailbridge.PermanentError
		var partial *PartialError
		var dns *net.DNSError
		switch {
		case err == nil, errors.As(err, &permanent), errors.As(err, &partial), ctx.Err() != nil:
			return err
		case len(hosts) == 1 && host == domain && errors.As(err, &dns) && dns.IsNotFound:
			return noDomain(domain)
		}
		r.silent.note(host)
		r.o.Logger.Info("a mail server did not take a mail; the next is tried", "domain", domain, "server", host, "err", err)
	}
	return err
}

// at is the relay that a host is.
func (r *Relay) at(host string) *Relay {
	o := r.o
	o.Server = net.JoinHostPort(host, "25")
	return &Relay{o: o, silent: r.silent}
}

// servers gives the hosts that take mail for a domain, best first. A domain without
// MX is its own server (RFC 5321 5.1); one with the null MX takes no mail (RFC 7505).
func (r *Relay) servers(ctx context.Context, domain string) ([]string, error) {
	if literal, ok := strings.CutPrefix(domain, "["); ok {
		a, err := netip.ParseAddr(strings.TrimPrefix(strings.TrimSuffix(literal, "]"), "ipv6:"))
		if err != nil {
			return nil, &mailbridge.PermanentError{Status: "5.1.2", Err: fmt.Errorf("%s is no address of a mail server", domain)}
		}
		return []string{a.String()}, nil
	}
	list, err := r.o.Resolver.LookupMX(ctx, domain)
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound, err == nil && len(list) == 0:
		return []string{domain}, nil
	case err != nil && len(list) == 0: // some records may be good though others are not
		return nil, fmt.Errorf("the mail servers of %s cannot be looked up: %w", domain, err)
	case len(list) == 1 && strings.TrimSuffix(list[0].Host, ".") == "":
		return nil, &mailbridge.PermanentError{Status: "5.1.10", Err: fmt.Errorf("the domain %s takes no mail: it says so in DNS (null MX)", domain)}
	}
	// Stable: the resolver has shuffled those of one preference, as RFC 5321 5.1 asks.
	slices.SortStableFunc(list, func(a, b *net.MX) int { return cmp.Compare(a.Pref, b.Pref) })
	var hosts []string
	for _, mx := range list {
		if host := strings.ToLower(strings.TrimSuffix(mx.Host, ".")); host != "" && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	if len(hosts) == 0 {
		return nil, fmt.Errorf("the mail servers of %s have no names in DNS", domain)
	}
	return hosts, nil
}

func noDomain(domain string) error {
	return &mailbridge.PermanentError{Status: "5.1.2", Err: fmt.Errorf("there is no domain %s: look for a typing error in the address", domain)}
}

// silence remembers which hosts failed lately, so that the next mail does not wait
// for them first.
type silence struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// silenceFor is how long a host that failed is tried last; maxSilent bounds the memory.
const (
	silenceFor = 5 * time.Minute
	maxSilent  = 10_000
)

func (s *silence) note(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.until) >= maxSilent {
		clear(s.until)
	}
	s.until[host] = time.Now().Add(silenceFor)
}

// last puts the hosts that failed lately behind the others.
func (s *silence) last(hosts []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	rank := func(host string) int {
		if s.until[host].After(now) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(hosts, func(a, b string) int { return rank(a) - rank(b) })
}
