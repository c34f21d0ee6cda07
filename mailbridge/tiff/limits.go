package tiff

import "github.com/pagebridge/pagebridge/t38/t4"

// Limits bound what a file can cost. Zero fields have defaults.
type Limits struct {
	Pages  int   // default 1000
	Rows   int   // of a page; default 65536
	Width  int   // of a page in pels; default 20000
	Pixels int   // of a page that is not coded as fax; default 100 million
	Octets int64 // of coded data, in all; default 256 MiB
}

func (l *Limits) withDefaults() {
	setDefault(&l.Pages, 1000)
	setDefault(&l.Rows, 1<<16)
	setDefault(&l.Width, 20000)
	setDefault(&l.Pixels, 100_000_000)
	setDefault(&l.Octets, 256<<20)
	l.Width = min(l.Width, t4.MaxWidth)
}

func setDefault[T int | int64](p *T, v T) {
	if *p <= 0 {
		*p = v
	}
}
