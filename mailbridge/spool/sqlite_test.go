package spool_test

import (
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/mailbridge/spool/spooltest"
)

func TestSuite(t *testing.T) {
	spooltest.Run(t, func(t *testing.T) spooltest.Opener {
		dir := t.TempDir()
		return func(o spool.Options) (*spool.Spool, error) {
			o.Path = dir
			return spool.Open(t.Context(), o)
		}
	})
}
