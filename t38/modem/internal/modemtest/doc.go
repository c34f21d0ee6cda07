// Package modemtest is for the tests of the fax modems: sinks and sources that
// remember, and the modems of libspandsp to talk to.
package modemtest
