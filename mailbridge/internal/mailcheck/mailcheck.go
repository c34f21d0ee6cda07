// Package mailcheck reads messages in tests with parsers that nobody here
// wrote: Python's email package, which lists every defect that it meets.
package mailcheck

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// Message is what Python's email package makes of a message or of a part.
type Message struct {
	Headers  [][2]string `json:"headers"` // decoded, unfolded
	Type     string      `json:"type"`
	Params   [][2]string `json:"params"`
	Filename string      `json:"filename"`
	Body     string      `json:"body"` // base64 of the decoded body of a leaf
	Parts    []*Message  `json:"parts"`
	Defects  []string    `json:"defects"` // of this part and its header fields
}

// Get gives the first header field of that name, decoded.
func (m *Message) Get(name string) string { return first(m.Headers, name) }

// Param gives a parameter of Content-Type.
func (m *Message) Param(name string) string { return first(m.Params, name) }

func first(list [][2]string, name string) string {
	for _, f := range list {
		if bytes.EqualFold([]byte(f[0]), []byte(name)) {
			return f[1]
		}
	}
	return ""
}

// Octets gives the decoded body of a leaf.
func (m *Message) Octets(t testing.TB) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const script = `
import sys, json, base64, email, email.policy
def walk(m):
    d = [repr(x) for x in m.defects]
    headers = []
    for k, v in m.items():
        d += [k + ": " + repr(x) for x in getattr(v, "defects", ())]
        headers.append((k, str(v)))
    out = dict(headers=headers, type=m.get_content_type(), filename=m.get_filename() or "", defects=d, parts=[], body="",
               params=[(k, str(v)) for k, v in (m["Content-Type"].params.items() if "Content-Type" in m else [])])
    if m.is_multipart():
        out["parts"] = [walk(p) for p in m.get_payload()]
    else:
        out["body"] = base64.b64encode(m.get_payload(decode=True) or b"").decode()
    return out
print(json.dumps(walk(email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default))))
`

// Python reads a message and fails the test for each defect.
func Python(t testing.TB, message []byte) *Message {
	t.Helper()
	cmd := exec.Command(testpeer.Command(t, "python3", "Debian package python3"), "-c", script)
	cmd.Stdin = bytes.NewReader(message)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python3: %v\n%s\nof the message\n%s", err, stderr.Bytes(), message)
	}
	var m Message
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatal(err)
	}
	m.complain(t, message)
	return &m
}

func (m *Message) complain(t testing.TB, message []byte) {
	t.Helper()
	for _, d := range m.Defects {
		t.Errorf("python3 finds in %s: %s\n%.2000s", m.Type, d, message)
	}
	for _, p := range m.Parts {
		p.complain(t, message)
	}
}
