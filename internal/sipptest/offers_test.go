package sipptest

import "strings"

// offers are first INVITEs with T.38 in the ways in which real equipment writes
// it; each is answered with T.38 and hung up by sipp.
func offers() []scenario {
	list := func(lines ...[]string) string {
		var all []string
		for _, l := range lines {
			all = append(all, l...)
		}
		return session(all...)
	}
	answer := func(name, sdp string, checks ...check) scenario {
		return scenario{name, call(fax).established(sdp, append(checks, body("m=image [1-9][0-9]* "))...).hangUp()}
	}
	image := imageLines("udptl t38", t38Attributes...)
	refused := strings.Replace(image[0], " 9 ", " 0 ", 1)
	perMedia := func(lines []string) []string {
		return append([]string{lines[0], "c=IN IP4 127.0.0.1"}, lines[1:]...)
	}
	noSessionAddress := func(sdp string) string {
		return strings.Replace(sdp, "c=IN IP[local_ip_type] [local_ip]\n", "", 1)
	}
	return []scenario{
		answer("T.38 alone in the first INVITE", imageOffer(), body("a=T38FaxUdpEC:t38UDPRedundancy")),
		answer("UDPTL T38 in upper case", session(imageLines("UDPTL T38", t38Attributes...)...), body("UDPTL T38")),
		answer("attribute names in another case", strings.ReplaceAll(strings.ReplaceAll(imageOffer(), "T38FaxUdpEC", "t38faxudpec"), "T38MaxBitRate", "T38maxBitRate"), body("a=T38FaxUdpEC:t38UDPRedundancy")),
		answer("booleans by presence", imageOffer("T38FaxFillBitRemoval", "T38FaxTranscodingMMR"), nobody("a=T38FaxTranscoding[A-Z]*:[01]")),
		answer("booleans with :0 and :1", imageOffer("T38FaxFillBitRemoval:0", "T38FaxTranscodingMMR:1", "T38FaxTranscodingJBIG:0"), nobody("a=T38FaxTranscoding[A-Z]*[[:space:]]")),
		answer("T38FaxUdpEC absent", imageOffer("T38FaxUdpEC"), nobody("T38FaxUdpEC")),
		answer("T38FaxUdpEC twice", imageOffer("T38FaxUdpEC:t38UDPFEC", "T38FaxUdpEC:t38UDPRedundancy"), nobody("T38FaxUdpEC.*T38FaxUdpEC")),
		answer("T38FaxUdpEC t38UDPFEC", imageOffer("T38FaxUdpEC:t38UDPFEC"), body("a=T38FaxUdpEC:t38UDP(FEC|Redundancy)")),
		answer("T38FaxUdpEC t38UDPNoEC", imageOffer("T38FaxUdpEC:t38UDPNoEC"), nobody("t38UDP(FEC|Redundancy)")),
		answer("T38FaxMaxDatagram 72", imageOffer("T38FaxMaxDatagram:72"), body("T38FaxMaxDatagram:1400")),
		answer("T38FaxMaxDatagram 1440", imageOffer("T38FaxMaxDatagram:1440"), body("T38FaxMaxDatagram:1400")),
		answer("T38FaxMaxDatagram absent", imageOffer("T38FaxMaxDatagram", "T38FaxMaxBuffer"), body("T38FaxMaxDatagram:1400")),
		answer("T38MaxBitRate 33600", imageOffer("T38MaxBitRate:33600"), body("T38MaxBitRate:14400")),
		answer("T38MaxBitRate 9600", imageOffer("T38MaxBitRate:9600"), body("T38MaxBitRate:9600")),
		answer("T38MaxBitRate absent", imageOffer("T38MaxBitRate"), body("T38MaxBitRate:14400")),
		answer("T38MaxBitRate that is no rate", imageOffer("T38MaxBitRate:13000"), body("T38MaxBitRate:1")),
		answer("T38MaxBitRate 0", imageOffer("T38MaxBitRate:0"), body("T38MaxBitRate:[1-9]")),
		answer("T38MaxBitRate in letters", imageOffer("T38MaxBitRate:fast"), body("T38MaxBitRate:14400")),
		answer("T38FaxMaxDatagram 0", imageOffer("T38FaxMaxDatagram:0"), body("T38FaxMaxDatagram:1400")),
		answer("T38FaxMaxDatagram beyond a datagram", imageOffer("T38FaxMaxDatagram:4294967295"), body("T38FaxMaxDatagram:1400")),
		answer("T38FaxUdpEC with several in one line", imageOffer("T38FaxUdpEC:t38UDPRedundancy t38UDPFEC")),
		answer("T38FaxRateManagement absent", imageOffer("T38FaxRateManagement")),
		answer("T38FaxRateManagement localTCF", imageOffer("T38FaxRateManagement:localTCF")),
		answer("version 3 is answered with ours", imageOffer("T38FaxVersion:3"), body("T38FaxVersion:0")),
		answer("no attributes at all", session("m=image 9 udptl t38"), body("T38FaxVersion:0")),
		answer("unknown attributes", imageOffer("T38FaxHoldOff:1", "X-vendor", "silenceSupp:off - - - -"), nobody("HoldOff|vendor|silenceSupp")),
		answer("audio before T.38", list(audioLines, image), body("m=audio 0 .*m=image [1-9]")),
		answer("T.38 before audio", list(image, audioLines), body("m=image [1-9].*m=audio 0 ")),
		answer("audio at port 0 before T.38", list([]string{"m=audio 0 RTP/AVP 0"}, image), body("m=audio 0 .*m=image [1-9]")),
		{"T.38 at port 0 behind audio", call(fax).established(list(audioLines, []string{refused}), body("m=audio [1-9].*m=image 0 ")).hangUp()},
		{"T.38 at port 0 before audio", call(fax).established(list([]string{refused}, audioLines), body("m=image 0 .*m=audio [1-9]")).hangUp()},
		answer("c= in the media only", noSessionAddress(list(perMedia(image)))),
		answer("c= in one media of two", noSessionAddress(list([]string{"m=audio 0 RTP/AVP 0"}, perMedia(image)))),
		answer("a third media is refused", list(audioLines, image, []string{"m=video 9 RTP/AVP 96", "a=rtpmap:96 H264/90000"}), body("m=video 0 ")),
		{"sendonly is answered recvonly", call(fax).established(session(append(audioLines, "a=sendonly")...), body("a=recvonly")).hangUp()},
		{"inactive is answered inactive", call(fax).established(session(append(audioLines, "a=inactive")...), body("a=inactive")).hangUp()},
		{"audio with codecs that we lack besides", call(fax).established(session("m=audio 9 RTP/AVP 18 9 8 101", "a=rtpmap:18 G729/8000", "a=rtpmap:9 G722/8000", "a=rtpmap:101 telephone-event/8000"), body("RTP/AVP 8"), nobody("G729|G722")).hangUp()},
		{"PCMU at a payload type of its own", call(fax).established(session("m=audio 9 RTP/AVP 97", "a=rtpmap:97 pcmu/8000/1"), body("m=audio [1-9][0-9]* RTP/AVP 97")).hangUp()},
	}
}

// refusals are first INVITEs with a body that cannot become a fax.
func refusals() []scenario {
	refuse := func(name string, status int, sdp string, checks ...check) scenario {
		return scenario{name, call(fax).invite(sdp).want(status, checks...).ackRefusal()}
	}
	typed := func(contentType, text string, more ...string) *talk {
		t := call(fax)
		m := t.request("INVITE", "z9hG4bKp[pid]typed", 1, "", more...)
		t.cseq, t.last = 1, "z9hG4bKp[pid]typed"
		return t.raw(strings.Replace(m, "Content-Length: 0\n", "Content-Type: "+contentType+"\nContent-Length: [len]\n\n"+text, 1))
	}
	const bounded = `multipart/mixed;boundary="limit"`
	parts := "preamble\n--limit\nContent-Type: application/isup\n\nxyz\n--limit\nContent-Type: application/sdp\nContent-Disposition: session;handling=required\n\n" + imageOffer() + "\n--limit--\n"
	return []scenario{
		refuse("488 for video alone", 488, session("m=video 9 RTP/AVP 96", "a=rtpmap:96 H264/90000")),
		refuse("488 for a codec that we lack", 488, session("m=audio 9 RTP/AVP 18", "a=rtpmap:18 G729/8000")),
		refuse("488 for T.38 over TCP", 488, session(imageLines("TCP t38", t38Attributes...)...)),
		refuse("488 for T.38 over RTP/AVP, which is neither", 488, session(imageLines("RTP/AVP t38", t38Attributes...)...)),
		refuse("488 for no media", 488, session()),
		refuse("488 for what is no SDP", 488, "Lorem ipsum dolor sit amet\n"),
		refuse("488 for every media at port 0", 488, session("m=audio 0 RTP/AVP 0", "m=image 0 udptl t38")),
		{"415 for a body of another type", typed("text/plain", "hello\n").want(415, has("Accept: *application/sdp")).ackRefusal()},
		{"415 for a body that is compressed", typed("application/sdp", "xxxx\n", "Content-Encoding: gzip").want(415, has("Accept-Encoding:")).ackRefusal()},
		{"415 for multipart without SDP", typed(bounded, "--limit\nContent-Type: application/isup\n\nxyz\n--limit--\n").want(415).ackRefusal()},
		{"SDP in multipart/mixed", typed(bounded, parts).want(200, body("m=image [1-9]")).ack().hangUp()},
		{"Content-Type in other letters", typed("Application/SDP ; charset=utf-8", imageOffer()).want(200, body("m=image [1-9]")).ack().hangUp()},
	}
}
