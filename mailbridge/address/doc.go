// Package address reads fax addresses out of mail addresses: the local part
// names a number of the telephone network and perhaps a sub-address behind it.
//
//	FAX=+15551234567/T33S=12 @fax.example.com
//	│   │            └ sub-address: T.30 SUB (RFC 2304, RFC 3192)
//	│   └ number, with or without separators
//	└ service selector; a bare number does as well
//
// Plan completes national numbers to international ones.
//
// What comes out holds nothing but digits, *, # and a leading +, so that it can
// be put into any protocol.
package address
