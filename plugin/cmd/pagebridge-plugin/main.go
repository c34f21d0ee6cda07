// Command pagebridge-plugin is the fax plugin as a program of its own, for SIP
// servers that load it. It does nothing when it is started by hand.
package main

import (
	"github.com/pagebridge/pagebridge/internal/version"
	"github.com/pagebridge/pagebridge/mailbridge/render"
	"github.com/pagebridge/pagebridge/plugin/process"
)

func main() {
	render.RunChild() // does not return in the child that renders documents
	process.Serve(version.String())
}
