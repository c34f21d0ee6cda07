// Package faxv1 is version 1 of the contract between host and plugin:
// fax.proto says what each message means, the rest is generated from it.
package faxv1
