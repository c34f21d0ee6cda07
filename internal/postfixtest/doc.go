// Package postfixtest runs a real Postfix for tests: an instance of its own,
// with its queue in a temporary folder and SMTP on a port of the loopback.
//
//	test ─SMTP─▶ postfix ─▶ a Maildir, whoever the recipient is
//	                    └─▶ by domain to another SMTP server (the off-ramp)
//
// Tests skip where Postfix is not installed or the user is not root, which its
// master process has to be; with PAGEBRIDGE_INTEROP=1 they fail.
package postfixtest
