package tsb85

//go:generate go run gen.go

import (
	"flag"
	"os"
	"testing"
)

var folder = flag.String("tsb85", "", "folder with TSB-85 cases (*.xml) and their page images")

func TestTSB85(t *testing.T) {
	dir := *folder
	if dir == "" {
		dir = "testdata"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	cases, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatalf("there is no case in %s", dir)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			ladder, err := Play(dir, c)
			if err != nil {
				t.Errorf("%v\n%v", err, ladder)
			}
		})
	}
}
