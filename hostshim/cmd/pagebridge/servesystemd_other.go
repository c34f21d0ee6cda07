//go:build !linux

package main

// monotonic: there is no systemd here.
func monotonic() int64 { return 0 }
