package tsb85

//go:generate go run gen.go

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
)

var folder = flag.String("tsb85", "", "folder with TSB-85 cases (*.xml) and their page images")

// cases loads the folder of the flag, or the cases of this repository.
func cases(t *testing.T) (dir string, all []Case) {
	t.Helper()
	dir = "testdata"
	if *folder != "" {
		dir = found(*folder)
	}
	all, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatalf("there is no case in %s", dir)
	}
	return dir, all
}

// found resolves a folder that was named from the root of the module, where the
// command was given: tests run in the folder of their package.
func found(dir string) string {
	if _, err := os.Stat(dir); err == nil || filepath.IsAbs(dir) {
		return dir
	}
	for up := ".."; len(up) < 32; up = filepath.Join(up, "..") {
		if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil {
			return filepath.Join(up, dir)
		}
	}
	return dir
}

// TestEngine plays the cases to the engine alone.
func TestEngine(t *testing.T) {
	dir, all := cases(t)
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			if ladder, err := Play(dir, c, Engine); err != nil {
				t.Errorf("%v\n%v", err, ladder)
			}
		})
	}
}

// TestT38 plays them to a T.38 terminal, packet by packet.
func TestT38(t *testing.T) {
	dir, all := cases(t)
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if ladder, err := Play(dir, c, T38); err != nil {
					t.Errorf("%v\n%v", err, ladder)
				}
			})
		})
	}
}

// TestAudio plays them to a G.711 terminal, sample by sample.
func TestAudio(t *testing.T) {
	dir, all := cases(t)
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if ladder, err := Play(dir, c, Audio); err != nil {
					t.Errorf("%v\n%v", err, ladder)
				}
			})
		})
	}
}
