//go:build ignore

// This program writes the annotated example of the configuration file.
package main

import (
	"log"
	"os"

	"github.com/pagebridge/pagebridge/plugin/config"
)

func main() {
	if err := os.WriteFile("../../examples/pagebridge.hcl", []byte(config.Example()), 0o644); err != nil {
		log.Fatal(err)
	}
}
