// Package hostshim is what a SIP server links to load the fax plugin.
package hostshim
