// Package t38 is a fax machine with no paper: it runs one fax over UDPTL.
package t38
