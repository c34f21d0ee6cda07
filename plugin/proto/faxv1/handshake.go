package faxv1

import goplugin "github.com/hashicorp/go-plugin"

// Version of the contract: the number that host and plugin agree on in the
// handshake, and the v1 in the package's name.
const Version = 1

// Handshake makes sure that a program started as the fax plugin is one. It is a
// courtesy to the user, no protection.
var Handshake = goplugin.HandshakeConfig{
	ProtocolVersion:  Version,
	MagicCookieKey:   "PAGEBRIDGE_PLUGIN",
	MagicCookieValue: "3f0c9d52b7a841e6a1d4f5a8c0e27b16",
}

// PluginName is the one name that can be dispensed.
const PluginName = "fax"
