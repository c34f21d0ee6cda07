package sipptest

import "strings"

// early are calls to a fax number, for what happens to their offers.
func early() []scenario {
	video := session("m=video 9 RTP/AVP 96", "a=rtpmap:96 H264/90000")
	merged := call(fax)
	merged.invite(imageOffer()).want(200, merged.keep()).ack()
	again := strings.Replace(merged.request("INVITE", merged.nextBranch(), 1, imageOffer()), "[$peertag]", "", 1)
	crossed := call(fax)
	crossed.invite(imageOffer()).want(200, crossed.keep()).cancel().want(200).ack().
		invite(imageOffer()).want(200).ack().hangUp()
	return []scenario{
		{"CANCEL that crosses our answer changes nothing", crossed},
		{"re-INVITE crosses our BYE", call(fax).invite("").want(200).ack().wantRequest("BYE").invite(audio()).want(481).ackRefusal()},
		{"late offer", call(fax).invite("").want(200, body("m=audio [1-9]")).ack(audio()).hangUp()},
		{"late offer, no answer in ACK", call(fax).invite("").want(200, body("m=audio [1-9]")).ack().leaves()},
		{"late offer, T.38 refused in ACK", call(fax).invite("").want(200).ack(session("m=audio 0 RTP/AVP 0")).leaves(has("Reason: .*Q.850;cause=[0-9]"))},
		{"late offer inside T.38 says the same again", call(fax).established(imageOffer(), body("o=[^ ]* [0-9]* 1 IN")).
			invite("").want(200, body("o=[^ ]* [0-9]* 1 IN"), body("m=image [1-9]")).ack(imageOffer()).hangUp()},
		{"100rel required, answered at once", call(fax).invite(imageOffer(), "Require: 100rel").want(200, body("m=image [1-9]"), lacks("RSeq")).ack().hangUp()},
		{"100rel and timer required", call(fax).invite(imageOffer(), "Require: 100rel, timer", "Supported: timer", "Session-Expires: 600").want(200).ack().hangUp()},
		{"re-INVITE to T.38", call(fax).established(audio(), body("m=audio [1-9]")).
			invite(version(imageOffer(), 2)).want(200, body("m=image [1-9]")).ack().hangUp()},
		{"re-INVITE to T.38 on a second line", call(fax).established(audio()).
			invite(version(session(append([]string{"m=audio 0 RTP/AVP 0"}, imageLines("udptl t38", t38Attributes...)...)...), 2)).
			want(200, body("m=audio 0 .*m=image [1-9]")).ack().hangUp()},
		{"UPDATE to T.38", call(fax).established(audio()).ask("UPDATE", version(imageOffer(), 2)).want(200, body("m=image [1-9]")).hangUp()},
		{"UPDATE without a body", call(fax).established(audio()).ask("UPDATE", "").want(200, lacks("m=")).hangUp()},
		{"identical re-INVITE", call(fax).established(imageOffer()).invite(imageOffer()).want(200, body("o=[^ ]* [0-9]* 1 IN")).ack().hangUp()},
		{"identical re-INVITE but for the version of o=", call(fax).established(imageOffer()).invite(version(imageOffer(), 7)).want(200, body("o=[^ ]* [0-9]* 1 IN")).ack().hangUp()},
		{"back to audio after T.38", call(fax).established(imageOffer()).invite(version(audio(), 2)).want(200, body("m=audio [1-9]"), body("o=[^ ]* [0-9]* 2 IN")).ack().hangUp()},
		{"hold and back", call(fax).established(audio()).
			invite(version(session(append(audioLines, "a=sendonly")...), 2)).want(200, body("a=recvonly")).ack().
			invite(version(audio(), 3)).want(200, nobody("a=(recvonly|inactive)")).ack().hangUp()},
		{"hold in the manner of RFC 2543", call(fax).established(audio()).
			invite(version(strings.Replace(audio(), "[local_ip]\nt=", "0.0.0.0\nt=", 1), 2)).want(200).ack().hangUp()},
		{"re-INVITE refused, the call stays", call(fax).established(imageOffer()).invite(version(video, 2)).want(488).ackRefusal().
			invite(imageOffer()).want(200, body("m=image [1-9]")).ack().hangUp()},
		{"two re-INVITEs, one after the other", call(fax).established(audio()).invite(version(audio(), 2)).want(200).ack().
			invite(version(imageOffer(), 3)).want(200, body("m=image")).ack().hangUp()},
		{"INFO inside the call", call(fax).established(audio()).ask("INFO", "").want(200).hangUp()},
		{"OPTIONS inside the call", call(fax).established(audio()).ask("OPTIONS", "").want(200, has("Allow:.*INVITE")).hangUp()},
		{"482 for the same INVITE by another way", merged.raw(again).want(482).hangUp()},
		{"over TCP", func() *talk { t := call(fax); t.tcp = true; return t.established(imageOffer()).hangUp() }()},
		{"Record-Route is kept", call(fax).
			invite(imageOffer(), "Record-Route: <sip:"+self+";lr;ftag=x>", "Record-Route: <sip:192.0.2.1;lr>").
			want(200, has("Record-Route: <sip:[^>]*;lr;ftag=x>.*<sip:192.0.2.1;lr>")).ack().hangUp()},
	}
}

// afterTone are talks in which pagebridge asks for T.38, having sent its tone.
func afterTone() []scenario {
	offer := func() *talk { return call(fax).established(audio()).wantRequest("INVITE", body("m=image [1-9]")) }
	crossing := offer()
	crossing.cseq++
	bye := crossing.request("BYE", crossing.nextBranch(), crossing.cseq, "")
	return []scenario{
		{"our re-INVITE to T.38", offer().respond("200 OK", imageOffer()).wantRequest("ACK").hangUp()},
		{"our re-INVITE, answered with two media", offer().
			respond("200 OK", session(append(imageLines("udptl t38", t38Attributes...), "m=audio 0 RTP/AVP 0")...)).wantRequest("ACK").hangUp()},
		{"glare: our re-INVITE is put off by 491 and comes again", offer().respond("491 Request Pending", "").wantRequest("ACK").
			wantRequest("INVITE", body("m=image [1-9]")).respond("200 OK", imageOffer()).wantRequest("ACK").hangUp()},
		{"500 with Retry-After puts our re-INVITE off", offer().respond("500 Later", "", "Retry-After: 1").wantRequest("ACK").
			wantRequest("INVITE", body("m=image [1-9]")).respond("200 OK", imageOffer()).wantRequest("ACK").hangUp()},
		{"glare: the peer's re-INVITE meets ours", offer().invite(version(imageOffer(), 2)).want(491).ackRefusal().hangUp()},
		{"481 to our re-INVITE ends the call", offer().respond("481 Gone", "").wantRequest("ACK").leaves()},
		{"100 and 183 before the answer to our re-INVITE", offer().respond("100 Trying", "").respond("183 Progress", "").
			respond("200 OK", imageOffer()).wantRequest("ACK").hangUp()},
		{"BYE crosses our re-INVITE", crossing.raw(bye).want(200)},
	}
}
