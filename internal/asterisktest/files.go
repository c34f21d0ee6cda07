package asterisktest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// StartWith is Start with other configuration files in the place of the shared
// folder's; files are their texts by name. They may hold the marks that run.sh
// fills in, as @SIP@ for the port.
func StartWith(t testing.TB, peerPort int, files map[string]string) *PBX {
	t.Helper()
	from := testpeer.Shared(t, "peers", "asterisk")
	dir := t.TempDir()
	for _, part := range []string{"etc", "tiff"} {
		if err := os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(from, part))); err != nil {
			t.Fatal(err)
		}
	}
	script, err := os.ReadFile(filepath.Join(from, "run.sh"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("run.sh", string(script))
	for name, text := range files {
		write(filepath.Join("etc", name), text)
	}
	return start(t, filepath.Join(dir, "run.sh"), peerPort)
}
