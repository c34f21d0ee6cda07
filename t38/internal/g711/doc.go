// Package g711 codes samples in the two laws of G.711.
package g711
