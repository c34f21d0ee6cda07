// Package relay hands mail to a mail server that knows the rest of the world:
// the smart host. It is an SMTP client (RFC 5321) with STARTTLS (RFC 3207),
// AUTH (RFC 4954) and DSN parameters (RFC 3461).
//
// An error says what to do with the mail: a *mailbridge.PermanentError means
// that this mail will never be taken, any other error that it is to be tried
// again. What is wrong with the way there (no answer, a refused password, a
// certificate) is never permanent: an administrator will mend it, and no mail
// must be lost until then.
package relay
