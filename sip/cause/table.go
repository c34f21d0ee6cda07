package cause

// Meanings that more than one code has. The enhanced statuses are RFC 3463's:
// X.1.1 bad destination, X.4.1 no answer from host, X.4.2 bad connection, X.7.1
// not authorized.
var (
	noSuchNumber = Meaning{"no-such-number", "5.1.1", false, "there is no such number"}
	outOfService = Meaning{"no-such-number", "5.1.1", false, "the number is no longer in service"}
	incomplete   = Meaning{"no-such-number", "5.1.1", false, "the number is incomplete"}
	busy         = Meaning{"busy", "4.4.1", true, "the line was busy"}
	noAnswer     = Meaning{"no-answer", "4.4.1", true, "nobody answered the call"}
	declined     = Meaning{"declined", "4.4.1", true, "the other side declined the call"}
	forbidden    = Meaning{"refused", "5.7.1", false, "the telephone network refuses calls to this number"}
	noFax        = Meaning{"no-fax", "4.4.2", true, "the other side accepts no fax or audio call"}
	tooLate      = Meaning{"unreachable", "4.4.1", true, "the telephone network did not answer in time"}
	congested    = Meaning{"unreachable", "4.4.2", true, "the telephone network could not be reached or is congested"}
	broken       = Meaning{"unreachable", "4.4.2", true, "the other side's line is out of order"}
)

// statuses are final answers to an INVITE (RFC 3261 21). Those that are not here
// are final for the fax from 3xx, 4xx and 6xx, and not from 5xx.
var statuses = map[int]Meaning{
	403: forbidden,
	404: noSuchNumber,
	408: tooLate,
	410: outOfService,
	415: noFax,
	480: noAnswer,
	484: incomplete,
	486: busy,
	487: noAnswer,
	488: noFax,
	503: congested,
	600: busy,
	603: declined,
	604: noSuchNumber,
	606: noFax,
}

// causes are those of Q.850. One without a word says nothing of its own: the
// status of the answer decides.
var causes = map[int]Meaning{
	1:   noSuchNumber,                                                                        // unallocated (unassigned) number
	2:   congested,                                                                           // no route to specified transit network
	3:   {"unreachable", "4.4.2", true, "the telephone network knows no way to this number"}, // no route to destination
	16:  {},                                                                                  // normal call clearing
	17:  busy,                                                                                // user busy
	18:  noAnswer,                                                                            // no user responding
	19:  noAnswer,                                                                            // no answer from user (user alerted)
	20:  noAnswer,                                                                            // subscriber absent
	21:  {},                                                                                  // call rejected: 403 and 603 both stand for it
	22:  outOfService,                                                                        // number changed
	27:  broken,                                                                              // destination out of order
	28:  incomplete,                                                                          // invalid number format (address incomplete)
	29:  forbidden,                                                                           // facility rejected
	31:  {},                                                                                  // normal, unspecified
	34:  congested,                                                                           // no circuit/channel available
	38:  congested,                                                                           // network out of order
	41:  congested,                                                                           // temporary failure
	42:  congested,                                                                           // switching equipment congestion
	44:  congested,                                                                           // requested circuit/channel not available
	47:  congested,                                                                           // resource unavailable, unspecified
	50:  forbidden,                                                                           // requested facility not subscribed
	55:  forbidden,                                                                           // incoming calls barred within CUG
	57:  forbidden,                                                                           // bearer capability not authorized
	58:  noFax,                                                                               // bearer capability not presently available
	63:  congested,                                                                           // service or option not available, unspecified
	65:  noFax,                                                                               // bearer capability not implemented
	70:  noFax,                                                                               // only restricted digital information bearer capability
	79:  noFax,                                                                               // service or option not implemented, unspecified
	87:  forbidden,                                                                           // user not member of CUG
	88:  noFax,                                                                               // incompatible destination
	102: tooLate,                                                                             // recovery on timer expiry
	111: congested,                                                                           // protocol error, unspecified
	127: {},                                                                                  // interworking, unspecified
}

// fromSIP is RFC 3398 8.2.6.1. For 488 and 606 that looks into the Warning header;
// here they are what such an answer is to a fax.
var fromSIP = map[int]int{
	400: 41, 401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22,
	413: 127, 414: 127, 415: 79, 416: 127, 420: 127, 421: 127, 423: 127,
	480: 18, 481: 41, 482: 25, 483: 25, 484: 28, 485: 1, 486: 17, 488: 88,
	500: 41, 501: 79, 502: 38, 503: 41, 504: 102, 505: 127, 513: 127,
	600: 17, 603: 21, 604: 1, 606: 88,
}

// toSIP is RFC 3398 7.2.4.1.
var toSIP = map[int]int{
	1: 404, 2: 404, 3: 404, 17: 486, 18: 408, 19: 480, 20: 480, 21: 403, 22: 410, 23: 410, 26: 404, 27: 502,
	28: 484, 29: 501, 31: 480, 34: 503, 38: 503, 41: 503, 42: 503, 47: 503, 55: 403, 57: 403, 58: 503,
	65: 488, 70: 488, 79: 501, 87: 403, 88: 503, 102: 504, 111: 500, 127: 500,
}
