// Package spool keeps what was promised: mail that SMTP accepted, pages that
// T.30 confirmed, and what became of them.
package spool
