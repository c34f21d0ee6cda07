// Package e2e holds tests of the whole house against peers that nobody here
// wrote: the program pagebridge as people run it, a real Asterisk as its trunk,
// a real Postfix as its mail server, swaks as the office worker.
package e2e
