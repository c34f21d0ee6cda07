package sipptest

import (
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
)

// TestFaxFeature: sip.fax (RFC 6913) in what we say, and what becomes of it in
// what we hear.
func TestFaxFeature(t *testing.T) {
	h := newHost(t)
	h.write("127.0.0.1", "")
	h.Edit(` fax = "t38"`, ` fax = "t38-then-g711"`+"\n t38_version = 3\n error_correction = \"fec\"")
	h.trunk(t)
	h.Start()
	t.Cleanup(h.Stop)
	contact := has(`Contact: <[^>]*>;\+sip.fax="t38,passthrough"`)
	toT38 := func(headers ...string) *talk {
		return call(fax).invite(audio(), headers...).want(200, body("m=audio [1-9]"), contact).ack().invite(version(imageOffer(), 2))
	}
	t.Run("talks", func(t *testing.T) {
		runAll(t, h, []scenario{
			{"sip.fax in our Contact; T.38 where nothing is said of it", toT38().want(200, body("m=image [1-9]"), contact).ack().hangUp()},
			{"T.38 where both are wanted", toT38(`Accept-Contact: *;+sip.fax="t38,passthrough";require`).want(200, body("m=image [1-9]")).ack().hangUp()},
			{"no T.38 where passthrough is wanted", toT38(`Accept-Contact: *;+sip.fax="passthrough";require`).want(488).ackRefusal().hangUp()},
			{"the same in the compact form", toT38(`a: *;+sip.fax="passthrough"`).want(488).ackRefusal().hangUp()},
			{"our version 3 and FEC, answered with less", call(fax).established(audio()).
				wantRequest("INVITE", body("T38FaxVersion:3"), body("T38FaxUdpEC:t38UDPFEC")).respond("200 OK", imageOffer()).wantRequest("ACK").
				invite("").want(200, body("T38FaxVersion:[03]")).ack(imageOffer()).hangUp()},
			{"FEC answered with no correction", call(fax).established(audio()).
				wantRequest("INVITE", body("t38UDPFEC")).respond("200 OK", imageOffer("T38FaxUdpEC:t38UDPNoEC")).wantRequest("ACK").hangUp()},
			{"FEC answered with nothing said", call(fax).established(audio()).
				wantRequest("INVITE", body("t38UDPFEC")).respond("200 OK", imageOffer("T38FaxUdpEC")).wantRequest("ACK").hangUp()},
			{"version 2 is answered with 2", call(fax).established(imageOffer("T38FaxVersion:2"), body("T38FaxVersion:2")).hangUp()},
			{"version 9 is answered with ours", call(fax).established(imageOffer("T38FaxVersion:9"), body("T38FaxVersion:3")).hangUp()},
			{"FEC is answered with FEC", call(fax).established(imageOffer("T38FaxUdpEC:t38UDPFEC"), body("T38FaxUdpEC:t38UDPFEC")).hangUp()},
			{"Contact and Accept-Contact of our INVITE", called().
				wantRequest("INVITE", has(`Accept-Contact: \*;\+sip.fax="t38,passthrough"`), contact).
				respond("486 Busy Here", "").wantRequest("ACK")},
		})
	})
}

// calledSays is a call that sipp answers with sip.fax in its Contact.
func calledSays(way string) *talk {
	k := called()
	k.patience = 8 * time.Second
	k.contact = `;+sip.fax="` + way + `"`
	return k.answered(audio())
}

// TestCalledSaysHowItFaxes: a called side whose Contact says sip.fax t38 is asked for
// T.38 without the usual wait; one that says passthrough gets the fax in the audio.
func TestCalledSaysHowItFaxes(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.write("127.0.0.1", "")
	h.Edit(` fax = "t38"`, ` fax = "t38-then-g711"`, `reinvite_after = "1s"`, `reinvite_after = "20s"`)
	h.Start()
	t.Cleanup(h.Stop)
	for way, k := range map[string]*talk{
		"t38":         calledSays("t38").wantRequest("INVITE", body("m=image [1-9]")).respond("200 OK", imageOffer()).wantRequest("ACK").pause(time.Second).hangUp(),
		"passthrough": calledSays("passthrough").pause(3 * time.Second).hangUp(),
	} {
		begin := len(h.Log())
		if err := h.talk(t, way, k); err != nil {
			t.Error(err)
		}
		over := map[string]string{"t38": "T.38 is open", "passthrough": "G.711 is open"}[way]
		hosttest.Eventually(t, "the log has sip.fax="+way+" and "+over, 30*time.Second, func() bool {
			log := h.Log()[begin:]
			return strings.Contains(log, "sip.fax="+way) && strings.Contains(log, over)
		})
	}
}

// TestOutcomes: what a refusal means for the fax is told by the cause that a
// gateway hides behind its status.
func TestOutcomes(t *testing.T) {
	h := serve(t, "127.0.0.1", "")
	for _, c := range []struct{ status, reason, sentence string }{
		{"503 Service Unavailable", "Q.850;cause=1", "there is no such number (503"},
		{"480 Temporarily Unavailable", `SIP;cause=480, Q.850;cause=17;text="busy"`, "the line was busy (480"},
		{"500 Server Internal Error", "Q.850;cause=22", "the number is no longer in service (500"},
		{"486 Busy Here", "Q.850;cause=127", "the line was busy (486"},
		{"403 Forbidden", "Q.850;cause=21", "the telephone network refuses calls to this number (403"},
	} {
		if err := h.talk(t, c.status, called().wantRequest("INVITE").respond(c.status, "", "Reason: "+c.reason).wantRequest("ACK")); err != nil {
			t.Error(err)
		}
		h.Wait(c.sentence, 0, 10*time.Second)
	}
}
