package walls

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// sources calls f for every Go file of the module that is not a test, with its
// package's path in the module.
func sources(t *testing.T, mode parser.Mode, f func(dir, name string, set *token.FileSet, file *ast.File)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || name == "testdata" || nestedModule(path)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, mode|parser.ParseComments)
		if err != nil {
			return err
		}
		if file.Name.Name == "main" && strings.HasPrefix(filepath.Base(path), "gen") {
			return nil // a generator (go:build ignore) is a program of its own
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		files++
		f(filepath.ToSlash(dir), filepath.ToSlash(path), set, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Fatalf("only %d files were read: this test does not see the module", files)
	}
}

func nestedModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func TestNoWallIsBroken(t *testing.T) {
	sources(t, parser.ImportsOnly, func(dir, name string, set *token.FileSet, file *ast.File) {
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if reason := Broken(dir, path); reason != "" {
				t.Errorf("%s imports %s\n\tbut %s", set.Position(spec.Pos()), path, reason)
			}
		}
	})
}

func TestWallsStand(t *testing.T) {
	for _, c := range []struct {
		importer, imported string
		broken             bool
	}{
		{"hostshim", module + "t38", true},
		{"hostshim/sipgohost", module + "mailbridge/spool", true},
		{"hostshim/sipgohost", module + "sip/dialog", false},
		{"hostshim/cmd/pagebridge", module + "t38", false},
		{"mailbridge/onramp", module + "t38/t4", false},
		{"mailbridge/onramp", module + "t38/t30", true},
		{"mailbridge/onramp", module + "sip/sdp", true},
		{"t38", module + "mailbridge", true},
		{"t38/t30", module + "t38/ifp", true},
		{"t38/t30", "net", true},
		{"t38/t30", "time", false},
		{"sip/negotiation", "net/netip", false},
		{"sip/negotiation", module + "sip/dialog", true},
		{"sip/dialog", module + "t38/t30", true},
		{"plugin/calls", module + "hostshim", true},
		{"plugin/calls", module + "t38", false},
		{"plugin/proto/faxv1", module + "plugin/config", true},
		{"t38/t4", module + "t38/ifp", true},
		{"t38fake", module + "mailbridge", false},
	} {
		if got := Broken(c.importer, c.imported); (got != "") != c.broken {
			t.Errorf("%s importing %s: %q", c.importer, c.imported, got)
		}
	}
}

// TestPureCodeAsksNoClock: T.30 and the negotiation are told the time.
func TestPureCodeAsksNoClock(t *testing.T) {
	asking := map[string]bool{
		"Now": true, "After": true, "NewTimer": true, "NewTicker": true, "Sleep": true,
		"AfterFunc": true, "Tick": true, "Since": true, "Until": true,
	}
	sources(t, 0, func(dir, _ string, set *token.FileSet, file *ast.File) {
		if dir != "t38/t30" && dir != "sip/negotiation" {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if _, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s starts a goroutine", set.Position(n.Pos()))
			}
			if s, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := s.X.(*ast.Ident); ok && pkg.Name == "time" && asking[s.Sel.Name] {
					t.Errorf("%s asks the clock: time.%s", set.Position(n.Pos()), s.Sel.Name)
				}
			}
			return true
		})
	})
}

// TestEveryPackageIsExplained: a newcomer finds a sentence at each door.
func TestEveryPackageIsExplained(t *testing.T) {
	documented := map[string]bool{}
	sources(t, parser.ImportsOnly, func(dir, _ string, _ *token.FileSet, file *ast.File) {
		documented[dir] = documented[dir] || file.Doc != nil
	})
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}
