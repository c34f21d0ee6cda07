// Package config reads the configuration file of pagebridge: one HCL file that
// host and plugin share.
//
//	sip, trunk "name"                     read by the ready-made host
//	media, fax, fax_number "…", mail,
//	route "…", alias "…", spool, and
//	trunk "name"                          read by the plugin
//
// Secrets need not stand in it: env("NAME") takes a value from the environment,
// file("/path") from a file. Every mistake in a file is reported, each with its
// line; a Config that Parse returned without an error is complete and
// consistent.
//
// The annotated example (examples/pagebridge.hcl) is written from the tags of
// the structs in config.go:
//
//	go generate ./plugin/config
package config

//go:generate go run gen.go
