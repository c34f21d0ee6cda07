package main

import (
	"fmt"
	"sort"
	"strings"
)

// files are what is attached to mails.
var files = map[string]func() ([]byte, error){
	"logo.png":      logo,
	"photo.jpg":     phonePhoto,
	"chart.png":     chart,
	"banner.gif":    banner,
	"sketch.bmp":    sketch,
	"label.webp":    label,
	"glass.png":     glass,
	"scan.tif":      scanTIFF,
	"small.tif":     smallTIFF,
	"scan.pdf":      scanPDF,
	"order.pdf":     orderPDF,
	"mixed.pdf":     mixedPDF,
	"form.pdf":      formPDF,
	"locked.pdf":    lockedPDF,
	"winmail.dat":   winmail,
	"signature.p7s": func() ([]byte, error) { return []byte("0\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02"), nil },
}

func file(name string) ([]byte, error) {
	make, ok := files[name]
	if !ok {
		var all []string
		for name := range files {
			all = append(all, name)
		}
		sort.Strings(all)
		return nil, fmt.Errorf("there is no file %q; there are %s", name, strings.Join(all, ", "))
	}
	return make()
}

// winmail is the beginning of a TNEF stream (MS-OXTNEF 2.1.3): its signature, a key,
// and the attributes of version and code page.
func winmail() ([]byte, error) {
	return []byte("\x78\x9f\x3e\x22\x01\x00" +
		"\x01\x06\x90\x08\x00\x04\x00\x00\x00\x00\x00\x01\x00\x01\x00" +
		"\x01\x07\x90\x06\x00\x08\x00\x00\x00\xe4\x04\x00\x00\x00\x00\x00\x00\xe8\x00"), nil
}
