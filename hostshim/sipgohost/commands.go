package sipgohost

import (
	"fmt"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/hostshim"
	"github.com/pagebridge/pagebridge/sip/cause"
	"github.com/pagebridge/pagebridge/sip/dialog"
)

// Respond implements hostshim.Host.
func (h *Host) Respond(id string, r hostshim.Response) error {
	c, _, err := h.call(id)
	if err != nil {
		return err
	}
	open := c.take(r.Status >= 200)
	if open == nil {
		return fmt.Errorf("call %s: nothing of the peer's is unanswered", id)
	}
	if _, ok := description(open.Content, open.Headers); !ok && r.Status == 488 {
		open.Respond(unsupported())
		return nil
	}
	if r.Status/100 == 2 && len(open.Body) == 0 && len(r.SDP) > 0 && open.Method == "INVITE" {
		c.mu.Lock()
		c.owed = true
		c.mu.Unlock()
	}
	open.Respond(dialog.Response{Status: r.Status, Reason: r.Reason, Content: dialog.SDP(r.SDP)})
	return nil
}

// Reinvite implements hostshim.Host.
func (h *Host) Reinvite(id string, sdp []byte) error {
	c, leg, err := h.call(id)
	if err != nil {
		return err
	}
	leg.Request("INVITE", dialog.SDP(sdp), nil, func(r dialog.Response) {
		if r.Status >= 200 {
			c.tell.Answered(c.id, answer(r))
		}
	})
	return nil
}

// HangUp implements hostshim.Host.
func (h *Host) HangUp(id string, why hostshim.HangUp) error {
	if h.giveUp(id) {
		return nil
	}
	c, leg, err := h.call(id)
	if err != nil {
		return err
	}
	h.leaves(c)
	if why.PluginLost {
		why.Status = 503
	}
	leg.HangUp(dialog.HangUp{Status: why.Status, Headers: reason(why)})
	return nil
}

// reason is the Reason header (RFC 3326) of a hang-up.
func reason(h hostshim.HangUp) []dialog.Header {
	status, q850 := 0, 16 // normal call clearing
	switch {
	case h.PluginLost:
		q850 = 41 // temporary failure
	case h.Status >= 300:
		status, q850 = h.Status, cause.Q850(h.Status)
	}
	return []dialog.Header{{Name: "Reason", Value: cause.Reason(status, q850, h.Reason)}}
}

// answer is a final answer as the plugin is told it.
func answer(r dialog.Response) hostshim.Answer {
	sdp, _ := description(r.Content, r.Headers)
	a := hostshim.Answer{Status: r.Status, Reason: r.Reason, SDP: sdp}
	for _, name := range []string{"Reason", "Retry-After", "Warning"} {
		if v := r.Header(name); v != "" {
			a.Headers = append(a.Headers, hostshim.Header{Name: name, Value: v})
		}
	}
	a.Headers = append(a.Headers, faxContact(r.Features)...)
	return a
}

// faxContact is a Contact for the plugin, of which it is told only how the peer
// faxes (RFC 6913).
func faxContact(features sip.HeaderParams) []hostshim.Header {
	fax, ok := features.Get("+sip.fax")
	if !ok {
		return nil
	}
	return []hostshim.Header{{Name: "Contact", Value: "*;+sip.fax=" + fax}}
}
