package config

import (
	"fmt"
	"reflect"
	"strings"
)

// exampleHead stands at the top of the annotated example.
const exampleHead = `# pagebridge: every setting, with what it means. Check a file of your own with
#
#     pagebridge check -c FILE
#
# The values below are examples for one machine; where a setting may be left
# out, its line says what happens then. This file is generated from the
# program's own description of its configuration.
`

// exampleBlocks are the blocks in the order in which they are read best.
var exampleBlocks = []struct {
	head  string
	about string
	of    any
}{
	{`sip`, "Where the ready-made host speaks SIP. A SIP server that loads the plugin\nhas this in its own configuration.", SIP{}},
	{`media`, "Where fax media arrives.", Media{}},
	{`trunk "pbx"`, "A provider or PBX. There may be several.", Trunk{}},
	{`fax`, "How our fax machine presents itself.", Fax{}},
	{`fax_number "+15551230000"`, "A number on which faxes come in. There may be several.", FaxNumber{}},
	{`route "7*"`, "Calls to other numbers that go through the plugin: a number, or how numbers\nbegin with * behind it. There may be several; the longest that fits counts.", Route{}},
	{`alias "acme"`, "A name to mail to: acme@fax.example.com. There may be several.", Alias{}},
	{`sender "partner"`, "Whose mail is taken besides that of mail.allow_clients and mail.users, and\nwhat it may fax. There may be several.", Sender{}},
	{`mail`, "Mail in and mail out.", Mail{}},
	{`spool`, "What was accepted is kept here until it is done.", Spool{}},
	{`metrics`, "Numbers for monitoring, from the ready-made host.", Metrics{}},
}

// Example is the annotated example of a configuration file.
func Example() string {
	var b strings.Builder
	b.WriteString(exampleHead)
	for _, block := range exampleBlocks {
		b.WriteString("\n")
		for _, line := range strings.Split(block.about, "\n") {
			fmt.Fprintf(&b, "# %s\n", line)
		}
		writeBlock(&b, block.head, reflect.TypeOf(block.of), "")
	}
	return b.String()
}

func writeBlock(b *strings.Builder, head string, t reflect.Type, indent string) {
	fmt.Fprintf(b, "%s%s {\n", indent, head)
	for i := range t.NumField() {
		f := t.Field(i)
		name, kind, _ := strings.Cut(f.Tag.Get("hcl"), ",")
		if name == "" {
			continue
		}
		fmt.Fprintf(b, "%s  # %s\n", indent, f.Tag.Get("doc"))
		if kind == "block" {
			of := f.Type.Elem()
			if of.Kind() == reflect.Pointer { // a block that may stand several times
				of = of.Elem()
			}
			writeBlock(b, name, of, indent+"  ")
			continue
		}
		fmt.Fprintf(b, "%s  %s = %s\n", indent, name, f.Tag.Get("example"))
	}
	fmt.Fprintf(b, "%s}\n", indent)
}
