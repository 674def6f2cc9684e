package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// saveJSON replaces a file in one step, as WriteFile does.
func saveJSON(path string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(path), err)
	}
	return WriteFile(path, raw)
}

// WriteFile replaces a file in one step: after a crash there is the old one or
// the new one, whole. Only its owner can read it.
func WriteFile(path string, raw []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("save %s: %w", filepath.Base(path), err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", filepath.Base(path), err)
	}
	return nil
}

// loadJSON reads a file into v. A file that is not there leaves v as it is.
func loadJSON(path string, v any) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		return fmt.Errorf("load %s: %w", path, err)
	}
	return nil
}

func envelopePath(dir string, id int) string {
	return filepath.Join(dir, fmt.Sprintf("%06d.json", id))
}

func saveEnvelope(dir string, id int, e envelope) error { return saveJSON(envelopePath(dir, id), e) }

// loadMessages reads 000001.json and on, until there is none.
func loadMessages(dir string) ([]Message, error) {
	var all []Message
	for id := 1; ; id++ {
		var e envelope
		if err := loadJSON(envelopePath(dir, id), &e); err != nil {
			return nil, err
		}
		if e.Raw == nil {
			return all, nil
		}
		all = append(all, e.message(id))
	}
}
