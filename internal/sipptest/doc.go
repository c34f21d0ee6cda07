// Package sipptest speaks SIP with the program pagebridge as people run it, host
// and plugin, in the words of a peer that nobody here wrote: sipp. Each test is
// one quirk of real trunks, as a conversation over loopback.
//
//	t := call(fax)                  // sipp calls a fax number
//	t.invite(imageOffer())                 // INVITE with T.38
//	t.want(200, body("m=image"))    // the plugin's answer, and what must stand in it
//	t.ack()
//	t.hangUp()                      // BYE and its 200
//
// A talk is written down as a scenario of sipp (XML), which sipp runs; it fails
// when something else comes than what is wanted. Calls the other way begin with
// a mail to an alias whose trunk is sipp's port (called).
//
// Without sipp the tests are skipped; PAGEBRIDGE_INTEROP=1 makes that a failure.
package sipptest
