package tsb85

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/t38/t30"
)

func TestParse(t *testing.T) {
	const file = `<fax-tests><test-group name="G"><test name="A"><!-- x -->
		<step type="CALL"/><step dir="R" type="HDLC" value="FF C8 01 ..." timeout="100"><check name="c"/></step>
		<repeat min="2"><step dir="T" type="CNG"/><repeat><step type="WAIT" value="1"/></repeat></repeat>
		<step type="STATUS" value="OK"/></test></test-group></fax-tests>`
	all, err := Parse(strings.NewReader(file))
	if err != nil || len(all) != 1 || all[0].Name != "A" || all[0].Group != "G" || len(all[0].Steps) != 4 {
		t.Fatalf("%+v, %v", all, err)
	}
	loop := all[0].Steps[2]
	if loop.Type != "REPEAT" || len(loop.Repeat) != 2 || len(loop.Repeat[1].Repeat) != 1 {
		t.Errorf("%+v", loop)
	}
	for _, bad := range []string{"<fax-tests><test><step", "<test>" + strings.Repeat("<repeat>", 20)} {
		if _, err := Parse(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// A step that is not met fails the case, and the error says which.
func TestFailureIsReported(t *testing.T) {
	for step, want := range map[string]string{
		`<step dir="R" type="HDLC" modem="V.21" tag="DCN" value="FF C8 5F"/>`: "heard DIS",
		`<step dir="R" type="HDLC" value="FF C8 01 00"/>`:                     "heard DIS",
		`<step dir="R" type="CNG"/>`:                                          "nothing of the kind",
		`<step dir="R" type="TCF" modem="V.29/9600"/>`:                        "nothing of the kind",
		`<step dir="R" type="CLEAR" timeout="100"/>`:                          "still holds the line",
		`<step dir="T" type="HDLC" value="FF C"/>`:                            "odd length",
		`<step dir="T" type="MSG" modem="V.29/9600" value="none.tif"/>`:       "none.tif",
		`<step dir="T" type="TCF" modem="V.90" value="1"/>`:                   "no modem",
		`<step type="DANCE"/>`:                                                "no such step",
	} {
		all, err := Parse(strings.NewReader(`<x><test name="A"><step type="CALL"/>` + step + `</test></x>`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Play("testdata", all[0], Engine); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want something about %q", step, err, want)
		}
	}
}

func TestMatches(t *testing.T) {
	frame := []byte{0xFF, 0xC8, 0x3D, 0x0A}
	for pattern, want := range map[string]bool{
		"FF C8 3D 0A": true, "ff c8 3d 0a": true, "FF C8 3D XX": true, "FF C8 ...": true, "FF C8 3D 0A ...": true,
		"FF C8 3D": false, "FF C8 3D 0A 00": false, "FF C8 31 0A": false, "": false,
	} {
		if got := matches(frame, pattern); got != want {
			t.Errorf("%q: %v", pattern, got)
		}
	}
}

func TestModulations(t *testing.T) {
	for name, want := range map[string]t30.Modulation{
		"V.21": t30.V21, "V.27ter/2400": t30.V27ter2400, "V.29/7200": t30.V29_7200, "V.17/14400": t30.V17_14400,
	} {
		if got, err := modulation(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzTIFF(f *testing.F) {
	files, _ := filepath.Glob("testdata/pages/*.tif")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 2000)])
		f.Add(append(b[:8:8], b[len(b)-126:]...))
	}
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = parseTIFF(b) })
}

func FuzzParse(f *testing.F) {
	f.Add(`<fax-tests><test name="A"><repeat><step type="CALL"/></repeat></test></fax-tests>`)
	f.Fuzz(func(t *testing.T, s string) { _, _ = Parse(strings.NewReader(s)) })
}
