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
// Without the flag the cases in testdata are played.
package tsb85
