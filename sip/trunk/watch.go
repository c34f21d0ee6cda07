package trunk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

// Asker sends requests outside dialogs, and pings; *dialog.Stack does.
type Asker interface {
	Ask(context.Context, dialog.Question) (dialog.Response, error)
	KeepAlive(ctx context.Context, transport, server string) error
}

// Times of Watch.
const (
	askTimeout    = 32 * time.Second // timer F, and some for the challenge
	lookupEvery   = 5 * time.Minute  // names of servers
	registerFor   = 10 * time.Minute // asked for; the registrar decides
	registerRetry = 30 * time.Second // after a refusal
	registerLeast = 20 * time.Second // between two registrations
	unregister    = 4 * time.Second  // for leaving
)

// Watch asks the trunks with Ping whether they are there, registers at those
// with Register, looks names up, and reports each change of a trunk's state. It
// returns when ctx is done and what was registered is unregistered. A trunk with
// neither is reported up once.
func (s *Set) Watch(ctx context.Context, ask Asker, log *slog.Logger, report func(trunk string, up bool, detail string)) {
	var wg sync.WaitGroup
	for _, name := range s.order {
		w := &watch{entry: s.trunks[name], set: s, ask: ask, log: log.With("trunk", name), wrong: map[string]string{}, good: map[string]string{}}
		w.report = func(up bool, detail string) { report(name, up, detail) }
		if w.Register {
			w.parts = append(w.parts, "register")
		}
		if w.Ping > 0 {
			w.parts = append(w.parts, "ping")
		}
		wg.Go(func() { w.begin(ctx, &wg) })
	}
	wg.Wait()
}

// begin finds the servers first, as there is nobody to ask before, and keeps them
// known while the trunk is watched.
func (w *watch) begin(ctx context.Context, wg *sync.WaitGroup) {
	named := w.set.resolveOnce(ctx, w.entry, w.log)
	if ctx.Err() != nil {
		return
	}
	if len(w.parts) == 0 {
		w.report(true, "not watched")
	}
	if w.Ping > 0 {
		wg.Go(func() { w.ping(ctx) })
	}
	if w.Register {
		wg.Go(func() { w.register(ctx) })
	}
	if w.KeepAlive > 0 {
		wg.Go(func() { w.keepAlive(ctx) })
	}
	for named && pause(ctx, lookupEvery) {
		named = w.set.resolveOnce(ctx, w.entry, w.log)
	}
}

// resolveOnce looks names up; false says that there are none.
func (s *Set) resolveOnce(ctx context.Context, e *entry, log *slog.Logger) bool {
	list := e.servers
	if e.byName() {
		if found, err := s.find(ctx, e); err == nil && len(found) > 0 {
			list = found
			if via := found[0].via(); via != s.placeOf(e).via() {
				log.Info("the trunk's domain names another transport", "transport", via)
			}
			s.mu.Lock()
			e.found = found
			s.mu.Unlock()
		}
	}
	var addrs []netip.Addr
	named := e.byName()
	for _, v := range list {
		if addr, err := netip.ParseAddr(v.host); err == nil {
			addrs = append(addrs, addr.Unmap())
			continue
		}
		named = true
		if len(e.InboundFrom) > 0 {
			continue
		}
		of, err := s.dns.Addrs(ctx, v.host)
		if err != nil && ctx.Err() == nil {
			log.Warn("the trunk's server is not found; calls from it are refused", "server", v.host, "err", err)
		}
		for _, a := range of {
			addrs = append(addrs, a.Unmap())
		}
	}
	if named && len(e.InboundFrom) == 0 && len(addrs) > 0 && ctx.Err() == nil {
		s.mu.Lock()
		e.addrs = addrs
		s.mu.Unlock()
	}
	return named
}

// watch is what Watch knows of one trunk.
type watch struct {
	*entry
	set    *Set
	ask    Asker
	log    *slog.Logger
	report func(up bool, detail string)
	parts  []string // that are watched: "register", "ping"

	mu          sync.Mutex
	wrong, good map[string]string // by part, one of the two once it is known
	told        string            // last: "up", or what was wrong
}

// note notes what is wrong with a part, "" if nothing, and reports a change: a
// trunk that comes up, one that goes down, and another reason why it is down.
func (w *watch) note(part, wrong, good string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong[part], w.good[part] = wrong, good
	var bad, well []string
	for _, part := range w.parts {
		if why := w.wrong[part]; why != "" {
			bad = append(bad, why)
		} else if how := w.good[part]; how != "" {
			well = append(well, how)
		}
	}
	up, detail := len(bad) == 0, strings.Join(well, "; ")
	told := "up"
	if !up {
		detail = strings.Join(bad, "; ")
		told = detail
	}
	if told == w.told || up && len(well) < len(w.parts) { // not all is known yet
		return
	}
	w.told = told
	w.log.Info("trunk", "up", up, "detail", detail)
	w.report(up, detail)
}

// ping asks with OPTIONS. Any answer but 503 shows that the server is there
// (RFC 3261 11.2); silence has to be seen twice, one message can be lost.
func (w *watch) ping(ctx context.Context) {
	silent := 1 // at the start once is enough
	for {
		r, err := w.question(ctx, dialog.Question{Method: "OPTIONS", URI: w.set.placeOf(w.entry).uri("", w.Domain)})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if silent++; silent >= 2 {
				w.note("ping", "no answer to OPTIONS: "+err.Error(), "")
			}
		case r.Status == 503:
			silent = 0
			w.note("ping", "OPTIONS is answered 503 "+r.Reason, "")
		default:
			silent = 0
			w.note("ping", "", fmt.Sprintf("OPTIONS is answered %d", r.Status))
		}
		if !pause(ctx, w.Ping) {
			return
		}
	}
}

// register keeps us registered (RFC 3261 10.2), and unregisters at the end.
func (w *watch) register(ctx context.Context) {
	reg := dialog.Question{Method: "REGISTER", CallID: newCallID(), CSeq: 1, Contact: true, Features: FaxFeature(w.Fax)}
	reg.To = sip.Uri{Scheme: "sip", User: w.Username, Host: w.domain()}
	reg.From = reg.To
	registered, wait := false, time.Duration(0)
	for {
		reg.URI = w.set.placeOf(w.entry).uri("", w.Domain)
		reg.Headers = []dialog.Header{{Name: "Expires", Value: strconv.Itoa(int(registerFor.Seconds()))}}
		r, err := w.question(ctx, reg)
		reg.CSeq += 3 * uint32(len(w.set.Servers(w.Name))) // each server may have taken as many
		switch {
		case ctx.Err() != nil:
		case err != nil:
			wait = registerRetry
			w.note("register", "no answer to REGISTER: "+err.Error(), "")
		case r.Status/100 != 2:
			wait = registerRetry
			w.note("register", refusal(r), "")
		default:
			registered = true
			granted := expires(r)
			wait = max(granted/2, granted-time.Minute, registerLeast)
			w.note("register", "", fmt.Sprintf("registered for %v", granted))
		}
		if ctx.Err() != nil || !pause(ctx, wait) {
			break
		}
	}
	if !registered {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unregister)
	defer cancel()
	reg.Headers = []dialog.Header{{Name: "Expires", Value: "0"}}
	if _, err := w.question(ctx, reg); err != nil {
		w.log.Warn("the trunk was not unregistered", "err", err)
	}
}

// refusal says what a registrar answered. A second challenge is its way to refuse a
// password.
func refusal(r dialog.Response) string {
	said := fmt.Sprintf("REGISTER is answered %d %s", r.Status, r.Reason)
	if r.Status == 401 || r.Status == 407 {
		said += ": it does not accept the trunk's username and password"
	}
	return said
}

// domain is whose address of record we are.
func (w *watch) domain() string {
	if w.Domain != "" {
		return w.Domain
	}
	return w.place.host
}

func (w *watch) question(ctx context.Context, q dialog.Question) (dialog.Response, error) {
	q.Credentials = dialog.Credentials{Username: w.Username, Password: w.Password}
	var r dialog.Response
	err := errors.New("it has no server")
	for _, server := range w.set.Servers(w.Name) {
		q.Server = server
		one, cancel := context.WithTimeout(ctx, askTimeout)
		r, err = w.ask.Ask(one, q)
		cancel()
		if err == nil && r.Status != 503 {
			w.set.Answered(w.Name, server)
			return r, nil
		}
		if ctx.Err() != nil {
			break
		}
		w.set.Failed(w.Name, server)
		q.CSeq += 3 // each challenge may have taken one
	}
	return r, err
}

// expires is how long the registrar keeps us: that of our Contact, else of the
// answer (RFC 3261 10.2.4). Other Contacts of the same address may be shorter;
// the shortest is safe.
func expires(r dialog.Response) time.Duration {
	least := -1
	for _, h := range r.Headers {
		value := ""
		switch {
		case strings.EqualFold(h.Name, "Contact"):
			for p := range strings.SplitSeq(h.Value, ";") {
				if name, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(name, "expires") {
					value = strings.Trim(v, `"`)
				}
			}
		case strings.EqualFold(h.Name, "Expires"):
			value = h.Value
		}
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n > 0 && (least < 0 || n < least) {
			least = n
		}
	}
	if least < 0 {
		return registerFor
	}
	return time.Duration(min(least, 7*24*3600)) * time.Second
}

// pause waits; false says that ctx is done.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// newCallID names the series of our registrations.
func newCallID() string { return strings.ToLower(rand.Text()) }
