package templates

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"
)

// HistoryCSV writes a history for a spreadsheet, in locale l. Times are in the
// zone of the page, with its offset. more says that older entries were left out.
func (r *Renderer) HistoryCSV(out io.Writer, l Locale, p History, more bool) error {
	w := r.words[l]
	if w == nil {
		return fmt.Errorf("write history: no locale %q", l)
	}
	table := csv.NewWriter(out)
	var head []string
	for _, key := range []string{"when", "history.what", "history.result", "reference", "device", "place"} {
		label, err := w.t(key)
		if err != nil {
			return err
		}
		head = append(head, label)
	}
	if err := table.Write(head); err != nil {
		return err
	}
	for _, e := range p.Entries {
		line, err := w.csvLine(p.Zone, e)
		if err != nil {
			return err
		}
		if err := table.Write(line); err != nil {
			return err
		}
	}
	if more {
		text, err := w.t("history.csv.more")
		if err != nil {
			return err
		}
		if err := table.Write([]string{"", text, "", "", "", ""}); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}

func (w *words) csvLine(zone *time.Location, e HistoryEntry) ([]string, error) {
	what, err := w.entryWhat(e)
	if err != nil {
		return nil, err
	}
	result, err := w.entryResult(e)
	if err != nil {
		return nil, err
	}
	device := ""
	if e.Device != (Device{}) {
		if device, err = w.device(e.Device); err != nil {
			return nil, err
		}
	}
	place, err := w.place(e.Place)
	if err != nil {
		return nil, err
	}
	line := []string{in(zone, e.At).Format(time.RFC3339), what, result, e.Reference, device, place}
	for i, cell := range line {
		line[i] = notFormula(cell)
	}
	return line, nil
}

// notFormula keeps a spreadsheet from taking a cell for a formula.
func notFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
