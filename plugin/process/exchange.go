package process

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/plugin/calls"
	"github.com/pagebridge/pagebridge/plugin/config"
	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/sip/pairing"
	"github.com/pagebridge/pagebridge/sip/sdp"
)

func exchangeOptions(cfg *config.Config, media netip.Addr, s *spool.Spool, log *slog.Logger) calls.Options {
	return calls.Options{
		Media: told(cfg, media), Bind: media, PortMin: cfg.Media.PortMin, PortMax: cfg.Media.PortMax,
		Trunk:  func(name string) (calls.Trunk, bool) { return trunk(cfg.Trunk(name)) },
		Number: func(called string) (calls.Number, bool) { return number(cfg.FaxNumbers, called) },
		Route:  func(called string) (calls.Route, bool) { return route(cfg.Routes, called) },
		Inbox: func(ctx context.Context, r mailbridge.Received) (calls.Receipt, error) {
			if s == nil {
				return nil, errors.New("there is no spool to receive into")
			}
			receipt, err := s.Receive(ctx, r)
			if err != nil {
				return nil, err // a nil *spool.Receipt would be a Receipt that is there
			}
			return receipt, nil
		},
		StationID: cfg.Fax.StationID, DisableECM: cfg.Fax.ECM != nil && !*cfg.Fax.ECM, MaxRate: cfg.Fax.MaxRate,
		Logger: log,
	}
}

// told is the address in the SDP.
func told(cfg *config.Config, media netip.Addr) netip.Addr {
	if cfg.Media.Told.IsValid() {
		return cfg.Media.Told
	}
	return media
}

func trunk(t *config.Trunk) (calls.Trunk, bool) {
	if t == nil {
		return calls.Trunk{}, false
	}
	offer := sdp.DefaultT38()
	offer.Version, offer.MaxDatagram, offer.UDPEC = t.T38Version, t.MaxDatagram, errorCorrections[t.ErrorCorrection]
	return calls.Trunk{
		Name: t.Name, T38: offer, Fallback: fallbacks[t.Fax], Redundancy: *t.Redundancy, NoReinvite: t.Reinvite == "never",
		CallingWait: t.ReinviteDelay, From: t.From, MaxCalls: t.MaxCalls,
		MediaFrom: t.Media,
	}, true
}

var fallbacks = map[string]negotiation.Fallback{
	"t38": negotiation.T38Only, "t38-then-g711": negotiation.T38ThenG711, "g711": negotiation.G711Only,
}

var errorCorrections = map[string]sdp.UDPEC{"none": sdp.NoEC, "redundancy": sdp.Redundancy, "fec": sdp.FEC}

// number finds a fax number of ours: first as it stands, then without regard to
// the + that some networks leave out.
func number(ours []*config.FaxNumber, called string) (calls.Number, bool) {
	var found *config.FaxNumber
	for _, n := range ours {
		if n.Number == called {
			found = n
			break
		}
		if found == nil && called != "" && strings.TrimPrefix(n.Number, "+") == strings.TrimPrefix(called, "+") {
			found = n
		}
	}
	if found == nil {
		return calls.Number{}, false
	}
	return calls.Number{
		Number: found.Number, StationID: found.StationID, Mailboxes: found.Mailboxes,
		Deliver: func(r mailbridge.Received) []string {
			return found.Recipients(asConfigured(r))
		},
		HoldPartial: func(r mailbridge.Received) bool { return found.HoldsPartial(asConfigured(r)) },
	}, true
}

func asConfigured(r mailbridge.Received) config.Received {
	return config.Received{Subaddress: r.Subaddress, Caller: r.Caller, At: r.Started}
}

// route finds where a call goes on to: the longest pattern that fits counts. The
// + that some networks leave out is left out of account.
func route(routes []*config.Route, called string) (calls.Route, bool) {
	called = strings.TrimPrefix(called, "+")
	var found *config.Route
	for _, r := range routes {
		begin, prefix := strings.CutSuffix(strings.TrimPrefix(r.Pattern, "+"), "*")
		fits := begin == called || prefix && strings.HasPrefix(called, begin)
		if fits && (found == nil || len(r.Pattern) > len(found.Pattern)) {
			found = r
		}
	}
	if found == nil || found.Mode == "pass-through" {
		return calls.Route{}, false
	}
	return calls.Route{
		Trunk: found.Trunk, RingFor: found.RingFor, Mailboxes: found.Mailboxes, Forward: found.Forward,
		Fax: faxModes[found.Mode], Detect: found.Listens(), ListenFirst: found.ListenFor,
	}, true
}

var faxModes = map[string]pairing.FaxMode{
	"auto": pairing.RelayOrGateway, "detect": pairing.RelayOrGateway, "relay": pairing.Relay,
	"gateway": pairing.Gateway, "audio": pairing.AudioOnly, "mailbox": pairing.Mailbox,
}

func lower(s string) string { return strings.ToLower(s) }
