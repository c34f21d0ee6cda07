package sipptest

import "time"

// timers are session timers (RFC 4028) as far as they go in no time; one that
// refreshes is in TestFaxOverARefresh.
func timers() []scenario {
	refresh := func(t *talk) *talk {
		return t.ask("UPDATE", "", "Supported: timer", "Session-Expires: 90;refresher=uac").want(200, has("Session-Expires: 90;refresher=uac"), has("Require: timer"))
	}
	return []scenario{
		{"session timer, sipp refreshes", refresh(call(fax).invite(imageOffer(), "Supported: timer", "Session-Expires: 90").
			want(200, has("Session-Expires: 90;refresher=uac"), has("Require: timer")).ack()).hangUp()},
		{"session timer, refreshed by the same INVITE", call(fax).invite(imageOffer(), "Supported: timer", "Session-Expires: 90").want(200).ack().
			invite(imageOffer(), "Supported: timer", "Session-Expires: 90;refresher=uac").want(200, has("Session-Expires: 90;refresher=uac"), body("o=[^ ]* [0-9]* 1 IN")).ack().hangUp()},
		{"session timer in compact form", call(fax).invite(imageOffer(), "k: timer", "x: 180").want(200, has("Session-Expires: 180;refresher=uac")).ack().hangUp()},
		{"422 for an interval below ours", call(fax).invite(imageOffer(), "Supported: timer", "Session-Expires: 30").want(422, has("Min-SE: 90")).ackRefusal()},
		{"no 422 for a peer that would not understand it", call(fax).invite(imageOffer(), "Session-Expires: 30").want(200, has("Session-Expires: 90;refresher=uas")).ack().hangUp()},
		{"no timer where none is asked for", call(fax).invite(imageOffer(), "Supported: timer").want(200, lacks("Session-Expires")).ack().hangUp()},
		{"timer is a known extension", call(fax).invite(imageOffer(), "Require: timer", "Supported: timer", "Session-Expires: 600").want(200).ack().hangUp()},
		{"422 to our INVITE: we ask again for longer", called().wantRequest("INVITE", has("Session-Expires: 1800"), has("Supported: [^[:cntrl:]]*timer")).
			respond("422 Session Interval Too Small", "", "Min-SE: 3600").wantRequest("ACK").
			wantRequest("INVITE", has("Session-Expires: 3600"), has("Min-SE: 3600")).respond("200 OK", audio(), "Session-Expires: 3600;refresher=uac").wantRequest("ACK").taken().hangUp()},
	}
}

// slowTimers take as long as the shortest session timer that there is.
func slowTimers() []scenario {
	patient := func(t *talk) *talk { t.patience = 80 * time.Second; return t }
	return []scenario{
		{"a peer that does not refresh is hung up", patient(call(fax)).invite(audio(), "Supported: timer", "Session-Expires: 90;refresher=uac").
			want(200).ack().wantRequest("INVITE", body("m=image")).respond("200 OK", imageOffer(), "Session-Expires: 90;refresher=uas").wantRequest("ACK").
			leaves()},
	}
}
