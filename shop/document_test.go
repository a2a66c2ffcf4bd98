package shop

import (
	"strings"
	"testing"
)

func TestFillMacro(t *testing.T) {
	facts := map[string]string{"customer": "Ann", "order": "", "agent": "{order}"}
	for _, c := range []struct{ text, want, gaps string }{
		{"Hello {customer}, {order} is late. {agent}", "Hello Ann, {order} is late. {order}", "order"}, // a fact is not filled again
		{"{customer}{order}{order}", "Ann{order}{order}", "order"},
		{"no gap", "no gap", ""},
		{"{total} {", "{total} {", ""},
		{"{{customer}}", "{Ann}", ""},
		{"", "", ""},
	} {
		got, gaps := FillMacro(c.text, facts)
		if got != c.want || strings.Join(gaps, " ") != c.gaps {
			t.Errorf("%q: %q %v, want %q %q", c.text, got, gaps, c.want, c.gaps)
		}
	}
}

func TestDocumentID(t *testing.T) {
	for name, want := range map[string]string{"en/returns": "en-returns", "Über uns!": "über-uns", "退货 政策": "退货-政策", "//": "", "a.b_c": "a.b_c", strings.Repeat("x", 200): strings.Repeat("x", 128)} {
		if got := DocumentID(name); got != want || DocumentID(got) != got {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
