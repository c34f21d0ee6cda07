package calls

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// call is one call. Its goroutine (run) owns everything but mailbox and done.
type call struct {
	x       *Exchange
	id      string
	trunk   Trunk
	under   *settings // those in force when the call began
	log     *slog.Logger
	mailbox chan event
	done    chan struct{} // closed when run has returned

	calling               bool
	stationID, subaddress string
	wishes                mailbridge.Wishes // of the sender of a job
	documents             t38.Documents     // what is sent or where pages go
	dial                  *faxv1.Dial       // of a call of ours, without its SDP

	taken      *taken // from a bridge; nil: the call is its own
	machine    *negotiation.Machine
	rtp, udptl *net.UDPConn
	rtcp       *net.UDPConn  // of a leg of a bridge; nil: none
	stream     *audio.Stream // of RTP that is sent
	stopTone   func()        // nil while no tone is sent
	fax        *running      // nil while no fax runs
	next       func()        // begins the fax again over another medium, once fax has ended
	over       string        // the medium of the last fax
	ladder     *t30.Ladder
	answered   bool // by a 200, either way
	hungUp     bool // the host needs no HangUp any more
	started    time.Time
	result     *mailbridge.Outcome // set: the call is over
	cut        *t4.Page            // what came of the page in which the call broke
}

// mailboxSize is how many events may wait for a call. Its goroutine never
// blocks for long, so a full box means that the host floods the call.
const mailboxSize = 256

func (x *Exchange) newCall(id string, trunk Trunk) *call {
	return &call{
		x: x, id: id, trunk: trunk, under: x.now.Load(), log: x.log.With("call", id),
		mailbox: make(chan event, mailboxSize), done: make(chan struct{}),
		ladder: new(t30.Ladder), stream: audio.NewStream(), started: time.Now(),
	}
}

// post puts an event of the host into the mailbox.
func (c *call) post(ev event) {
	select {
	case c.mailbox <- ev:
	case <-c.done:
	default:
		c.log.Error("the call's events pile up; one was dropped", "event", fmt.Sprintf("%T", ev))
	}
}

// tell puts an event of one of the call's own goroutines into the mailbox; it is
// never dropped.
func (c *call) tell(ev event) {
	select {
	case c.mailbox <- ev:
	case <-c.done:
	}
}

// open binds the media ports and makes the negotiation.
func (c *call) open() error {
	if err := c.bind(false); err != nil {
		return err
	}
	c.machine = negotiation.New(negotiation.Config{
		Calling: c.calling, Local: c.under.Media,
		RTPPort: portOf(c.rtp), UDPTLPort: portOf(c.udptl), T38: c.trunk.T38,
		Policy: negotiation.Policy{
			Fallback: c.trunk.Fallback, NoReinvite: c.trunk.NoReinvite, CallingWait: c.trunk.CallingWait,
			FirstOffer: c.firstOffer(),
		},
	}, c.started)
	return nil
}

func (c *call) firstOffer() negotiation.FirstOffer {
	if c.trunk.OfferT38 {
		return negotiation.OfferT38
	}
	return negotiation.OfferAudio
}

// run carries the call to its end and returns how it went.
func (c *call) run(ctx context.Context) mailbridge.Outcome {
	defer close(c.done)
	defer c.close()
	c.perform()
	for c.result == nil {
		timer := deadlineTimer(c.machine.Deadline())
		select {
		case ev := <-c.mailbox:
			c.handle(ev)
		case <-timer.C:
			c.machine.Advance(time.Now())
		case <-ctx.Done():
			c.end(context.Cause(ctx))
			ctx = context.WithoutCancel(ctx) // once is enough; the fax's own end comes by mail
		}
		timer.Stop()
		c.perform()
	}
	c.result.Duration = time.Since(c.started)
	c.result.Ladder = c.ladder.String()
	c.result.Over = c.over
	return *c.result
}

// deadlineTimer runs out at t; for the zero time it never does.
func deadlineTimer(t time.Time) *time.Timer {
	if t.IsZero() {
		return time.NewTimer(1<<63 - 1)
	}
	return time.NewTimer(time.Until(t))
}

func (c *call) handle(ev event) {
	now := time.Now()
	switch ev := ev.(type) {
	case offered:
		c.machine.Handle(now, negotiation.Offered{SDP: ev.sdp})
	case answered:
		c.handleAnswer(now, ev)
	case progressed:
		c.log.Debug("the called side progresses", "status", ev.status)
		c.machine.Handle(now, negotiation.Answered{Status: ev.status, SDP: ev.sdp})
	case ended:
		c.hungUp = true
		c.machine.Handle(now, negotiation.Ended{})
		c.end(&peerEnded{reason: ev.reason, q850: ev.q850, answered: c.answered})
	case toneSent:
		c.handleToneSent(now, ev)
	case faxEnded:
		c.faxEnded(now, ev)
	case hangUp:
		c.end(errors.New(ev.reason))
	case drain:
		if !c.answered { // it is made again when the service is back
			c.end(errDraining)
		}
	}
}

// errMediaClosed ends a fax whose peer took the media away and kept the call.
var errMediaClosed = errors.New("the other side closed the media of the fax")

func (c *call) handleAnswer(now time.Time, ev answered) {
	ways := negotiation.AnyWay
	if ev.status >= 200 && ev.status < 300 {
		if ways = waysOf(ev.headers); !c.answered {
			c.heardWays(ways)
		}
		c.answered = true
	} else if !c.answered && ev.status >= 300 {
		// The INVITE of our call was refused: there is nothing left to hang up,
		// and what it means is ours to say, not the negotiation's.
		c.hungUp = true
		o := refusedOutcome(ev.status, ev.reason, ev.headers)
		c.result = &o
		return
	}
	c.machine.Handle(now, negotiation.Answered{
		Status: ev.status, SDP: ev.sdp, ReasonText: ev.reason, RetryAfter: retryAfter(ev.headers), Ways: ways,
	})
}

func (c *call) handleToneSent(now time.Time, ev toneSent) {
	if ev.err != nil {
		c.log.Warn("the tone could not be sent", "err", ev.err)
	}
	c.machine.Handle(now, negotiation.ToneSent{})
}

// end is the one way in which a call is broken off: a fax that runs is told and
// reports how far it came, otherwise the call is over at once.
func (c *call) end(why error) {
	if c.result != nil {
		return
	}
	c.next = nil
	if c.fax != nil {
		c.fax.stop(why)
		return
	}
	o := brokenOutcome(why)
	c.result = &o
}

// perform carries the negotiation's effects out.
func (c *call) perform() {
	for c.result == nil {
		effect, ok := c.machine.Next()
		if !ok {
			return
		}
		switch e := effect.(type) {
		case negotiation.Answer:
			if e.Status >= 200 && e.Status < 300 {
				c.answered = true
			}
			c.x.send(respond(c.id, e.Status, e.Reason, e.SDP))
		case negotiation.Offer:
			c.offer(e.SDP)
		case negotiation.OpenAudio:
			c.openAudio(e)
		case negotiation.OpenT38:
			c.openT38(e)
		case negotiation.CloseMedia:
			c.silence()
			if c.fax != nil {
				c.fax.stop(errMediaClosed)
			}
		case negotiation.Fail:
			c.log.Info("no fax on this call", "status", e.Status, "why", e.Sentence)
			c.end(&negotiationFailed{status: e.Status, sentence: e.Sentence})
		}
	}
}

// offer sends our offer: the first one of a call of ours dials.
func (c *call) offer(sdp []byte) {
	if c.dial == nil {
		c.x.send(reinvite(c.id, sdp))
		return
	}
	d := c.dial
	c.dial, d.Sdp = nil, sdp
	c.x.send(dial(c.id, d))
}

// close gives everything back. The host is told to hang up unless it knows.
func (c *call) close() {
	c.silence()
	if !c.hungUp {
		c.x.send(hangUpCommand(c.id, hangUpStatus(*c.result), c.result.Sentence))
	}
	c.closePorts()
	c.x.count(c)
	c.x.dismiss(c)
	c.log.Info("call ended", "delivered", c.result.Delivered, "cause", c.result.Cause, "pages", c.result.Pages,
		"over", c.over, "remote_id", c.result.RemoteID, "seconds", int(time.Since(c.started).Seconds()), "why", c.result.Sentence)
}

// bind opens the sockets of the media, unless they are open; RTCP's too for a leg
// of a bridge.
func (c *call) bind(leg bool) (err error) {
	if c.rtp != nil {
		return nil
	}
	ports := &c.under.ports
	if c.rtp, err = ports.bind(true); err != nil {
		return err
	}
	if leg {
		c.rtcp = ports.beside(c.rtp)
	}
	c.udptl, err = ports.bind(false)
	return err
}

func (c *call) closePorts() {
	for _, conn := range []*net.UDPConn{c.rtp, c.rtcp, c.udptl} {
		if conn != nil {
			conn.Close()
		}
	}
}

// retryAfter reads a Retry-After header (RFC 3261 20.33).
func retryAfter(headers []*faxv1.Header) time.Duration {
	for _, h := range headers {
		if strings.EqualFold(h.Name, "Retry-After") {
			digits, _, _ := strings.Cut(strings.TrimSpace(h.Value), " ")
			digits, _, _ = strings.Cut(digits, ";")
			if n, err := strconv.Atoi(digits); err == nil && n >= 0 && n < 86400 {
				return time.Duration(n) * time.Second
			}
		}
	}
	return 0
}
