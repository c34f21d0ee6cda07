// Package spooltest is one suite for the spool over any database. What it
// asks is the promise of package spool: accepted means stored, a confirmed fax
// is never sent twice, a confirmed page is never lost, and every accepted
// recipient ends in exactly one confirmed fax or one failure report.
package spooltest
