package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge/render"
)

// TestMain lets the test binary be the plugin's process and the renderer's
// child, as the program itself is.
func TestMain(m *testing.M) {
	render.RunChild()
	if len(os.Args) > 1 && os.Args[1] == pluginWord {
		main()
	}
	os.Exit(m.Run())
}

func TestDemoWorksBothWays(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes 40 s of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	t.Parallel()
	var said strings.Builder
	dir := t.TempDir()
	if err := runDemo(t.Context(), &said, dir, true, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	for _, file := range []string{"received.tif", "sent.tif", "mail-1.eml", "mail-2.eml"} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Size() < 500 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
	if !strings.Contains(said.String(), "Both ways work. What arrived is in "+dir) {
		t.Errorf("it said\n%s", said.String())
	}
}
