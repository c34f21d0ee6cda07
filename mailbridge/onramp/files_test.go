package onramp

import (
	"bytes"
	"errors"
	"mime"
	"mime/multipart"
	"net/mail"
	"slices"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge/pdf"
	"github.com/pagebridge/pagebridge/mailbridge/preview"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// attached gives the types and names of what a message brings.
func attached(t *testing.T, message []byte) (types []string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextPart()
		if err != nil {
			return types
		}
		mediaType, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		disposition, dp, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		types = append(types, mediaType+" "+disposition+" "+dp["filename"])
	}
}

func TestAttachments(t *testing.T) {
	real := t4.FromBitmap(make([]byte, 216*100), 1728, 216, 100, t4.MMR, t4.R8x7_7)
	small := func(p *t4.Page) ([]byte, error) { return preview.PNG(p, preview.Width) }
	broken := func(*t4.Page) ([]byte, error) { return nil, errors.New("no") }
	const name = "fax-20261123-1400-+15551234567-R4T9XK"
	for _, c := range []struct {
		change func(*Options)
		want   []string
	}{
		{nil, []string{"image/tiff attachment " + name + ".tif"}},
		{func(o *Options) { o.PDF = pdf.Encode }, []string{"application/pdf attachment " + name + ".pdf", "image/tiff attachment " + name + ".tif"}},
		{func(o *Options) { o.PDF, o.OnlyPDF, o.Preview = pdf.Encode, true, small },
			[]string{"image/png inline " + name + ".png", "application/pdf attachment " + name + ".pdf"}},
		{func(o *Options) { o.Preview = broken }, []string{"image/tiff attachment " + name + ".tif"}},
	} {
		b, err := gateway(t, c.change).Compose(received(), []*t4.Page{real, real}, "office@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if got := attached(t, b); !slices.Equal(got[1:], c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if _, err := New(Options{From: "fax@fax.example.com", Encode: encode, OnlyPDF: true}); err == nil {
		t.Error("only a PDF file, and no way to make one")
	}
}
