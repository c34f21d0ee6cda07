// Package postgrestest runs a real PostgreSQL for tests: a server of their own, on
// loopback, with nothing in it.
package postgrestest
