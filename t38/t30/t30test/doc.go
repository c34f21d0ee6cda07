// Package t30test runs T.30 engines in virtual time: two against each other, or
// one against a script.
//
//	World     the clock and what will happen when
//	Terminal  an Engine with a modem, a document to send and a tray for pages
//	Tester    the other end as a script: it says things and wants things
//	line      how long signals take, and what damage they suffer on the way
//
// Nothing sleeps: a fax of a minute takes a millisecond.
package t30test
