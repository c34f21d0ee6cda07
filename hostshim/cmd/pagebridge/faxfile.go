package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/render"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// readDocument makes fax pages of a file as a mail's attachment would be: TIFF
// or text.
func readDocument(ctx context.Context, file string) ([]*t4.Page, error) {
	part := mailbridge.Part{Name: filepath.Base(file), ContentType: "text/plain"}
	var err error
	if strings.EqualFold(filepath.Ext(file), ".txt") {
		part.Body, err = readFile(file)
	} else {
		part.ContentType = "image/tiff"
		part.Body, err = readTIFF(file)
	}
	if err != nil {
		return nil, err
	}
	pages, warnings, err := render.Pages(ctx, []mailbridge.Part{part}, render.Options{})
	if err != nil {
		return nil, mistake{err}
	}
	for _, w := range warnings {
		logger(slog.LevelWarn).Warn(w, "file", file)
	}
	return pages, nil
}

// readPages gives the pages of a TIFF as they are in it, whatever their size.
func readPages(file string) ([]*t4.Page, error) {
	b, err := readTIFF(file)
	if err != nil {
		return nil, err
	}
	pages, err := tiff.Decode(bytes.NewReader(b), tiff.Limits{})
	if err != nil {
		return nil, mistakef("%s", tiff.Sentence(err, file))
	}
	if len(pages) == 0 {
		return nil, mistakef("%s: it has no pages", file)
	}
	return pages, nil
}

// readTIFF reads a file that begins as TIFF 6.0 section 2 or BigTIFF says.
func readTIFF(file string) ([]byte, error) {
	b, err := readFile(file)
	if err != nil {
		return nil, err
	}
	switch string(b[:min(4, len(b))]) {
	case "II*\x00", "MM\x00*", "II+\x00", "MM\x00+":
		return b, nil
	}
	return nil, mistakef("%s: it is not a TIFF", file)
}

// maxFile bounds what is read of a file.
const maxFile = 256 << 20

func readFile(file string) ([]byte, error) {
	info, err := os.Stat(file) // opening a pipe might wait for ever
	switch {
	case err != nil:
		return nil, fileMistake(file, err)
	case info.IsDir():
		return nil, mistakef("%s: it is a folder", file)
	case !info.Mode().IsRegular():
		return nil, mistakef("%s: it is not an ordinary file", file)
	case info.Size() > maxFile:
		return nil, mistakef("%s: it has %d MB, more than %d", file, info.Size()>>20, maxFile>>20)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fileMistake(file, err)
	}
	return b, nil
}

// fileMistake says the reason without the name of the system call.
func fileMistake(file string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return mistakef("%s: %w", file, err)
}

// writable finds out before the call what would go wrong after it.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".fax-*")
	if err != nil {
		return fileMistake(dir, err)
	}
	f.Close()
	return os.Remove(f.Name())
}

// writePages makes path a TIFF of the pages, or leaves it as it was.
func writePages(path string, pages []*t4.Page) error {
	b, err := tiff.Encode(pages, tiff.ProfileF)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.WriteFile(path+".part", b, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}
