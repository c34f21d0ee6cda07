package config

import "time"

// routeModes are what a route's mode may be; the first is the default.
var routeModes = []string{"auto", "detect", "relay", "gateway", "audio", "mailbox", "pass-through"}

// maxListen is for how long a caller may be kept from the one that it calls.
const maxListen = 15 * time.Second

// Listens tells whether what begins as voice is listened to.
func (r *Route) Listens() bool {
	return r.Mode == "detect" || r.Mode == "gateway" || r.Mode == "mailbox"
}
