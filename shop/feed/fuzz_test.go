package feed

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/shop"
)

// Every reader keeps these promises whatever bytes it is given.

func FuzzJSONL(f *testing.F) { fuzz(f, JSONL, nil) }
func FuzzACP(f *testing.F)   { fuzz(f, ACP, nil) }
func FuzzXML(f *testing.F)   { fuzz(f, GoogleXML, nil) }
func FuzzCSV(f *testing.F) {
	fuzz(f, CSV, map[string]string{"price": "cost", "attrs.colour": "c"})
}
func FuzzAuto(f *testing.F) { fuzz(f, Auto, nil) }

func fuzz(f *testing.F, format string, columns map[string]string) {
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<14 {
			return
		}
		opt := usd()
		opt.Columns = columns
		var offsets []int64
		var all []Row
		for row, err := range Read(bytes.NewReader(raw), format, opt) {
			if err != nil {
				if err.Error() == "" || !utf8.ValidString(err.Error()) {
					t.Errorf("error %q", err)
				}
				return
			}
			if row.Line < 1 || len(offsets) > 0 && row.Offset < offsets[len(offsets)-1] {
				t.Errorf("line %d, offset %d after %v", row.Line, row.Offset, offsets)
			}
			offsets = append(offsets, row.Offset)
			all = append(all, row)
			if row.Reject != nil {
				if row.Reject.Reason == "" || row.Reject.Line != row.Line || !utf8.ValidString(row.Reject.Reason) {
					t.Errorf("reject %+v", row.Reject)
				}
				continue
			}
			sound(t, row.Product)
		}
		if len(all) == 0 {
			return
		}
		// Resumed in the middle, the rest is the same.
		opt.Skip = all[len(all)/2].Offset
		var rest []Row
		for row, err := range Read(bytes.NewReader(raw), format, opt) {
			if err != nil {
				t.Fatalf("resumed at %d: %v", opt.Skip, err)
			}
			rest = append(rest, row)
		}
		want := all[len(all)/2+1:]
		for len(want) > 0 && want[0].Offset == opt.Skip {
			want = want[1:]
		}
		if len(rest) != len(want) || len(want) > 0 && !cmp.Equal(rest, want) {
			t.Errorf("resumed at %d: %d rows, want %d\n%s", opt.Skip, len(rest), len(want), cmp.Diff(want, rest))
		}
	})
}

// sound is what every product that a reader lets through is.
func sound(t *testing.T, p shop.Product) {
	t.Helper()
	if p.ID == "" || p.Title == "" {
		t.Errorf("a product without id or title: %+v", p)
	}
	for _, s := range []string{p.ID, p.Title, p.Brand, p.Model, p.Description, p.Image, p.URL, p.Group, p.Merchant} {
		if !utf8.ValidString(s) || strings.IndexFunc(s, hidden) >= 0 && s != p.Image && s != p.URL {
			t.Errorf("a text with what is never shown: %q", s)
		}
	}
	for _, link := range []string{p.Image, p.URL} {
		if link == "" {
			continue
		}
		if u, err := url.Parse(link); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			t.Errorf("link %q", link)
		}
	}
	for _, m := range []*shop.Money{p.Price, p.Was} {
		if m != nil && (m.Minor < 0 || m.Minor > maxMinor || m.Currency != "USD") {
			t.Errorf("money %+v", m)
		}
	}
	if p.Stock != nil && *p.Stock < 0 || p.Rating != nil && (*p.Rating < 0 || *p.Rating > 5) {
		t.Errorf("stock or rating of %+v", p)
	}
	var b bytes.Buffer
	if err := Write(&b, []shop.Product{p}); err != nil {
		t.Errorf("it cannot be written: %v", err)
		return
	}
	back, rj := Decode(b.Bytes(), usd())
	if rj != nil {
		t.Errorf("written as %s it is refused: %s %s", b.Bytes(), rj.Field, rj.Reason)
	} else if d := cmp.Diff(p, back); d != "" {
		t.Errorf("written and read it is another:\n%s", d)
	}
}

func FuzzMap(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ReadMap(strings.NewReader(s))
		for field, column := range m {
			if field == "" || column == "" || err != nil || !mappable(field) {
				t.Errorf("%q = %q, %v", field, column, err)
			}
		}
	})
}
