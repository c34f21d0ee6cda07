package sipptest

import "time"

// outgoing are calls to sipp.
func outgoing() []scenario {
	toT38 := func(t *talk) *talk {
		return t.wantRequest("INVITE", body("m=image [1-9]")).respond("200 OK", imageOffer()).wantRequest("ACK")
	}
	refused := func(status string, headers ...string) scenario {
		return scenario{status + " to our INVITE", called().wantRequest("INVITE").respond(status, "", headers...).wantRequest("ACK")}
	}
	asked := func(t *talk) *talk { t.cseq = 0; return t }
	return []scenario{
		{"answered with audio, then T.38", toT38(called().answered(audio())).hangUp()},
		{"ringing before", toT38(called().wantRequest("INVITE").respond("180 Ringing", "").respond("200 OK", audio()).wantRequest("ACK").taken()).hangUp()},
		{"early media before", toT38(called().wantRequest("INVITE").respond("183 Session Progress", audio()).respond("200 OK", audio()).wantRequest("ACK").taken()).hangUp()},
		{"early media with PRACK, and nothing in the 200", toT38(called().wantRequest("INVITE", has("Supported: [^[:cntrl:]]*100rel")).
			early(4711, "183 Session Progress", audio()).respond("200 OK", "").answerInvite("200 OK", "").wantRequest("ACK")).hangUp()},
		{"ringing and early media with PRACK, one after the other", toT38(called().wantRequest("INVITE").
			early(1, "180 Ringing", "").respond("200 OK", "").early(2, "183 Session Progress", audio()).respond("200 OK", "").
			answerInvite("200 OK", audio()).wantRequest("ACK")).hangUp()},
		{"UPDATE before the answer", toT38(called().wantRequest("INVITE").early(1, "183 Session Progress", audio()).respond("200 OK", "").
			ask("UPDATE", version(audio(), 2)).want(200, body("m=audio [1-9]")).answerInvite("200 OK", "").wantRequest("ACK")).hangUp()},
		{"UPDATE to T.38 before the answer", called().wantRequest("INVITE").early(1, "183 Session Progress", audio()).respond("200 OK", "").
			ask("UPDATE", version(imageOffer(), 2)).want(200, body("m=image [1-9]")).answerInvite("200 OK", "").wantRequest("ACK").pause(2 * time.Second).hangUp()},
		{"UPDATE before our offer is answered", called().wantRequest("INVITE").early(1, "180 Ringing", "").respond("200 OK", "").
			ask("UPDATE", version(audio(), 2)).want(491).answerInvite("486 Busy Here", "").wantRequest("ACK")},
		{"a fork: the second branch to answer is acknowledged and hung up", toT38(called().wantRequest("INVITE").
			answerAs("other", "180 Ringing", "").answerInvite("180 Ringing", "").answerInvite("200 OK", audio()).wantRequest("ACK", lacks("tag=other")).
			answerAs("other", "200 OK", audio()).wantRequest("ACK", has("tag=other")).
			wantRequest("BYE", has("tag=other")).respond("200 OK", "")).hangUp()},
		{"a fork: PRACK in each early dialog", toT38(called().wantRequest("INVITE").
			early(5, "180 Ringing", "", lacks("tag=other")).respond("200 OK", "").
			answerAs("other", "183 Session Progress", audio(), "Require: 100rel", "RSeq: 90").
			wantRequest("PRACK", has("tag=other"), has("RAck: *90 1 INVITE")).respond("200 OK", "").
			answerInvite("200 OK", audio()).wantRequest("ACK", lacks("tag=other"))).hangUp()},
		{"sipp asks for T.38", asked(called().answered(audio())).invite(version(imageOffer(), 2)).want(200, body("m=image [1-9]")).ack().hangUp()},
		{"sipp asks for T.38 by UPDATE", asked(called().answered(audio())).ask("UPDATE", version(imageOffer(), 2)).want(200, body("m=image [1-9]")).hangUp()},
		{"sipp asks for T.38 without an offer", asked(called().answered(audio())).invite("").want(200, body("m=audio [1-9]")).ack(audio()).hangUp()},
		refused("486 Busy Here", "Reason: Q.850;cause=17;text=\"user busy\""),
		refused("488 Not Acceptable Here"),
		refused("415 Unsupported Media Type", "Accept: application/sdp"),
		refused("606 Not Acceptable"),
		refused("404 Not Found"),
		refused("503 Service Unavailable", "Retry-After: 3600"),
		refused("302 Moved Temporarily"),
		refused("407 Proxy Authentication Required", `Proxy-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"`),
		{"an answer without a To tag", called().untagged().answered(audio()).hangUp()},
	}
}
