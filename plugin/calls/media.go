package calls

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// The media of a call: at most one of a tone, a fax over T.38 and a fax over
// G.711 at a time.

// running is a fax that runs.
type running struct {
	over string
	stop context.CancelCauseFunc
}

// The media that a fax goes over, in the history's words.
const (
	overT38  = "T.38"
	overG711 = "G.711"
)

// errMoved ends a fax that begins again over another medium.
var errMoved = errors.New("the fax goes over another medium")

// openAudio sends the tone of phase A for as long as the call is audio, or runs
// the fax itself.
func (c *call) openAudio(e negotiation.OpenAudio) {
	if e.Fax {
		c.openG711(e)
		return
	}
	if c.fax != nil {
		return // the peer goes back to audio while the last packets of the fax come in
	}
	c.silence()
	if e.Tone == negotiation.NoTone || !e.Remote.IsValid() || e.Hold {
		return
	}
	leg := audio.Leg{Remote: e.Remote, Law: law(e), PayloadType: e.Codec.PayloadType, Ptime: e.Ptime, Stream: c.stream}
	tone := audio.CNG
	if e.Tone == negotiation.CED {
		tone = audio.CED
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	c.stopTone = func() {
		cancel()
		<-ended // what follows goes on in the same stream
	}
	conn := c.rtp
	go func() {
		err := audio.PlayTone(ctx, conn, leg, tone)
		close(ended)
		if ctx.Err() == nil {
			c.tell(toneSent{err: err})
		}
	}()
}

func law(e negotiation.OpenAudio) audio.Law {
	if strings.EqualFold(e.Codec.Name, "PCMA") {
		return audio.ALaw
	}
	return audio.MuLaw
}

// silence stops the tone.
func (c *call) silence() {
	if c.stopTone != nil {
		c.stopTone()
		c.stopTone = nil
	}
}

// openT38 lets the fax run over T.38.
func (c *call) openT38(e negotiation.OpenT38) {
	opts := c.faxOptions(e)
	conn, documents := c.udptl, c.documents
	c.runFax(overT38, "", func(ctx context.Context) (t30.Outcome, error) {
		return t38.Run(ctx, conn, e.Remote, documents, opts)
	}, "remote", e.Remote, "version", e.T38.Version, "ec", e.T38.UDPEC.String(), "max_rate", e.T38.MaxBitRate)
}

// openG711 lets the fax run over audio.
func (c *call) openG711(e negotiation.OpenAudio) {
	opts := c.audioOptions(e)
	conn, documents := c.rtp, c.documents
	c.runFax(overG711, e.Why, func(ctx context.Context) (t30.Outcome, error) {
		return audio.Run(ctx, conn, e.Remote, documents, opts)
	}, "remote", e.Remote, "codec", e.Codec.Name, "ptime", e.Ptime.String())
}

// runFax begins the fax, or begins it again over another medium once it has ended
// over this one.
func (c *call) runFax(over, why string, run func(context.Context) (t30.Outcome, error), attrs ...any) {
	c.silence()
	switch {
	case c.fax != nil && c.fax.over == over:
		c.next = nil
		c.log.Debug(over+" goes on as it is", attrs...)
		return
	case c.fax != nil:
		c.next = func() { c.runFax(over, why, run, attrs...) }
		c.fax.stop(errMoved)
		return
	}
	note := "the fax goes over " + over
	if why != "" {
		note += ": " + why
		attrs = append(attrs, "why", why)
	}
	c.note(note)
	c.log.Info(over+" is open", attrs...)
	ctx, cancel := context.WithCancelCause(context.Background())
	c.fax, c.over = &running{over: over, stop: cancel}, over
	go func() {
		outcome, err := run(ctx)
		cancel(nil)
		c.tell(faxEnded{outcome: outcome, err: err})
	}()
}

// note puts a line into the ladder, which belongs to the fax while one runs.
func (c *call) note(text string) {
	if c.fax == nil {
		c.ladder.Add(time.Now(), t30.Noted, t30.KindText, []byte(text))
	}
}

// faxEnded is the end of the call, unless nothing of the fax had begun and
// another medium may carry it.
func (c *call) faxEnded(now time.Time, ev faxEnded) {
	c.fax = nil
	next := c.next
	c.next = nil
	switch {
	case next != nil && len(ev.outcome.Pages) == 0:
		next()
	case errors.Is(ev.err, t38.ErrNoPackets):
		c.machine.Handle(now, negotiation.MediaSilent{})
	default:
		o := faxOutcome(ev.outcome, ev.err)
		c.result, c.cut = &o, ev.outcome.Cut
	}
}
