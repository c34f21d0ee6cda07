package mailcatcher

import "testing"

// A test may end, skipped, before the server has come to serve.
func TestCloseAtOnce(t *testing.T) {
	for range 200 {
		c, err := Start("127.0.0.1:0", t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
}
