// Package tsb85 plays the tester of ITU-T TSB Circular 85 (ETS 300 242), the
// conformance tests of fax machines, against the T.30 engine in virtual time.
//
//	case (XML) ──▶ steps ──▶ player ──▶ t30test.Tester ──signals──▶ t30.Engine
//	                           │  ▲                                     │
//	                           │  └──────────── what it sends ──────────┘
//	                           ▼
//	                        verdict: passed, or the step that failed and why
//
// A folder of cases is named with a flag:
//
//	go test ./t38/t30/tsb85 -tsb85 DIR -v
//
// DIR holds *.xml and the page images that they name, in it or in DIR/pages.
// Without the flag the cases in testdata are played. Each case is played
// to the engine alone, to a whole T.38 terminal, packet by packet, and to a whole
// G.711 terminal, whose modems the tester hears and answers with its own, sample
// by sample. There the times of T.30 are measured as well: tones, the silence
// between signals, the preamble.
//
// How the device is set up, and where a case leaves room:
//
//   - It gives up after three unanswered DIS, as MRGX01 wants; by itself the
//     engine says DIS until T1 has run out (T.30 5.4.3.1 allows for both).
//   - It sends ECM frames of 64 octets where the case expects such, unless the
//     page that the case names does not fit into one partial page of them
//     (OTEN06), since PPS-EOP must follow at once.
//   - It has an NSF and NSC where the case expects one.
//   - A call whose last page was refused with RTN and not sent again has failed,
//     where the case says OK (MTGN26, MTGN28): the verdict takes both.
//   - STATUS other than OK is not compared: cases say it of calls that went well
//     (MTGX18, OREN09), and names of failures belong to one implementation.
package tsb85
