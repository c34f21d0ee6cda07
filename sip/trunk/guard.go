package trunk

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

// Guard decides whose a call is that comes in: by where it comes from, or by digest
// authentication (RFC 3261 22, RFC 8760). It is for as long as the server runs,
// whatever Set is in use.
//
//	INVITE from a trunk's address ────────────────────────▶ that trunk
//	INVITE from elsewhere ──▶ 401, a nonce ──▶ INVITE with a response to it
//	                                             ├─ the trunk whose name and password
//	                                             └─ 401 again, and 403 after too many
//
// A nonce carries its time and a seal, so that nothing is kept of those who are only
// asked. What is kept is bounded.
type Guard struct {
	algorithms []string
	key        [32]byte

	mu     sync.Mutex
	counts map[string]count       // by nonce: what it was used for
	wrong  map[netip.Addr]failure // who does not know a password
	proved map[netip.AddrPort]time.Time
}

// count is the highest nc that came with a nonce.
type count struct {
	nc    int
	until time.Time
}

type failure struct {
	times int
	until time.Time
}

// Bounds of a Guard.
const (
	realm       = "pagebridge"
	nonceFor    = 2 * time.Minute // an INVITE follows its 401 at once
	guessFor    = time.Minute
	maxGuesses  = 10 // of an address, in guessFor
	provedFor   = time.Hour
	maxRemember = 10000 // of each kind
)

// Algorithms are those of digest that a Guard knows, the better one first.
var Algorithms = []string{"SHA-256", "MD5"}

// NewGuard makes one with a key of its own. algorithms are those that callers are
// asked for, in this order; none: all.
func NewGuard(algorithms ...string) *Guard {
	if len(algorithms) == 0 {
		algorithms = Algorithms
	}
	g := &Guard{algorithms: algorithms, counts: map[string]count{}, wrong: map[netip.Addr]failure{}, proved: map[netip.AddrPort]time.Time{}}
	_, _ = rand.Read(g.key[:]) // never fails
	return g
}

// Verdict is what a Guard says of a call: the trunk that it belongs to, or how it is
// answered and why.
type Verdict struct {
	Trunk   string
	Refusal dialog.Response // Status 0: there is a trunk
	Why     string          // for the log; "" where it is only asked who it is
}

// Admit decides whose a call is.
func (g *Guard) Admit(s *Set, invite *dialog.Request, now time.Time) Verdict {
	if name, ok := s.MatchCall(invite); ok {
		return Verdict{Trunk: name}
	}
	if !s.authenticates() {
		return Verdict{Refusal: dialog.Response{Status: 403}, Why: "its address is no trunk's"}
	}
	from := invite.Source.Addr().Unmap()
	g.mu.Lock()
	defer g.mu.Unlock()
	if f := g.wrong[from]; f.times >= maxGuesses && now.Before(f.until) {
		return Verdict{Refusal: dialog.Response{Status: 403}, Why: "its address has tried too many passwords"}
	}
	c := credentials(invite)
	if c == nil {
		return Verdict{Refusal: g.challenge(now, false)}
	}
	issued, ours := g.open(c.Nonce)
	switch used := g.counts[c.Nonce]; {
	case !ours:
		return Verdict{Refusal: g.challenge(now, false)}
	case now.Sub(issued) > nonceFor, c.Nc <= used.nc:
		return Verdict{Refusal: g.challenge(now, true)}
	}
	name, why := s.prove(invite, c, g.algorithms)
	if why != "" {
		g.fail(from, now)
		return Verdict{Refusal: g.challenge(now, false), Why: why}
	}
	g.remember(c, issued, invite.Source, now)
	return Verdict{Trunk: name}
}

// Knows says that a call from there was proved lately.
func (g *Guard) Knows(source netip.AddrPort, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return now.Before(g.proved[unmapped(source)])
}

// credentials are the answer to a challenge of ours.
func credentials(invite *dialog.Request) *digest.Credentials {
	for _, h := range invite.Headers {
		if !strings.EqualFold(h.Name, "Authorization") {
			continue
		}
		if c, err := digest.ParseCredentials(h.Value); err == nil && c.Realm == realm {
			return c
		}
	}
	return nil
}

// challenge asks who it is; the algorithm that is liked best comes first (RFC 8760
// 2.3).
func (g *Guard) challenge(now time.Time, stale bool) dialog.Response {
	nonce := g.seal(now)
	r := dialog.Response{Status: 401}
	for _, algorithm := range g.algorithms {
		c := digest.Challenge{Realm: realm, Nonce: nonce, Algorithm: algorithm, QOP: []string{"auth"}, Stale: stale}
		r.Headers = append(r.Headers, dialog.Header{Name: "WWW-Authenticate", Value: c.String()})
	}
	return r
}

// seal makes a nonce: when, something by chance, and what proves that it is ours.
func (g *Guard) seal(now time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(now.UnixNano()))
	b = append(b, make([]byte, 8)...)
	_, _ = rand.Read(b[8:])
	return base64.RawURLEncoding.EncodeToString(append(b, g.mac(b)...))
}

func (g *Guard) open(nonce string) (issued time.Time, ours bool) {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 32 || !hmac.Equal(b[16:], g.mac(b[:16])) {
		return issued, false
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(b))), true
}

func (g *Guard) mac(b []byte) []byte {
	h := hmac.New(sha256.New, g.key[:])
	h.Write(b)
	return h.Sum(nil)[:16]
}

func (g *Guard) fail(from netip.Addr, now time.Time) {
	f := g.wrong[from]
	if !now.Before(f.until) {
		f = failure{until: now.Add(guessFor)}
		sweep(g.wrong, func(f failure) bool { return !now.Before(f.until) })
	}
	f.times++
	g.wrong[from] = f
}

func (g *Guard) remember(c *digest.Credentials, issued time.Time, source netip.AddrPort, now time.Time) {
	sweep(g.counts, func(c count) bool { return !now.Before(c.until) })
	sweep(g.proved, func(until time.Time) bool { return !now.Before(until) })
	g.counts[c.Nonce] = count{c.Nc, issued.Add(nonceFor)}
	g.proved[unmapped(source)] = now.Add(provedFor)
}

// sweep makes room in a map that is full, for some time: what is old goes, and if all
// is young any.
func sweep[K comparable, V any](m map[K]V, old func(V) bool) {
	if len(m) < maxRemember {
		return
	}
	for k, v := range m {
		if old(v) {
			delete(m, k)
		}
	}
	for k := range m {
		if len(m) < maxRemember*9/10 {
			return
		}
		delete(m, k)
	}
}

func unmapped(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// authenticates says that there is a trunk that can be proved.
func (s *Set) authenticates() bool {
	return slices.ContainsFunc(s.order, func(n string) bool { return s.trunks[n].InboundUsername != "" })
}

// prove finds the trunk whose password made a response; why says what is wrong.
func (s *Set) prove(invite *dialog.Request, c *digest.Credentials, algorithms []string) (name, why string) {
	if !slices.Contains(algorithms, strings.ToUpper(cmp.Or(c.Algorithm, "MD5"))) || c.QOP != "auth" {
		return "", "it answers what it was not asked"
	}
	why = "there is no trunk with its name"
	for _, n := range s.order {
		t := s.trunks[n]
		if t.InboundUsername == "" || t.InboundUsername != c.Username || !t.serves(invite) {
			continue
		}
		if why = t.response(invite, c); why == "" {
			return n, ""
		}
	}
	return "", why
}

// response checks it (RFC 7616 3.4). Where it was made for a number, and not for the
// server alone as some do, it must be the one that is called.
func (t Trunk) response(invite *dialog.Request, c *digest.Credentials) (why string) {
	var uri sip.Uri
	if sip.ParseUri(c.URI, &uri) != nil || uri.User != "" && uri.User != invite.URI.User {
		return "its password was for another number"
	}
	want, err := digest.Digest(&digest.Challenge{Realm: c.Realm, Nonce: c.Nonce, Algorithm: c.Algorithm, QOP: []string{"auth"}}, digest.Options{
		Method: invite.Method, URI: c.URI, Count: c.Nc, Cnonce: c.Cnonce, Username: t.InboundUsername, Password: t.InboundPassword,
	})
	if err != nil || subtle.ConstantTimeCompare([]byte(want.Response), []byte(strings.ToLower(c.Response))) != 1 {
		return "its password is wrong"
	}
	return ""
}

// serves says that a call is for, or from, a domain of the trunk.
func (t Trunk) serves(invite *dialog.Request) bool {
	return len(t.InboundDomains) == 0 || slices.ContainsFunc(t.InboundDomains, func(d string) bool {
		return strings.EqualFold(d, invite.URI.Host) || strings.EqualFold(d, invite.To.Host) || strings.EqualFold(d, invite.From.Host)
	})
}
