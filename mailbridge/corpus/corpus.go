package corpus

import (
	"embed"
	"fmt"
	"strings"
)

//go:generate go run ./gen

//go:embed messages/*.eml
var messages embed.FS

// Names are the mails there are, in alphabetical order.
func Names() []string {
	entries, err := messages.ReadDir("messages")
	if err != nil {
		panic(err) // it is in the program
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".eml"))
	}
	return names
}

// Message gives a mail, header and body, as it comes by SMTP.
func Message(name string) ([]byte, error) {
	b, err := messages.ReadFile("messages/" + name + ".eml")
	if err != nil {
		return nil, fmt.Errorf("the corpus has no mail %q: %w", name, err)
	}
	return b, nil
}
