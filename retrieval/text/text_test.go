package text

import (
	"slices"
	"testing"
)

func terms(s string) []string {
	var out []string
	for _, t := range Tokens(s) {
		out = append(out, t.Term)
	}
	return out
}

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"128 GB", []string{"128gb"}},
		{"128GB", []string{"128gb"}},
		{"１２８ＧＢ", []string{"128gb"}},
		{"TN-2110", []string{"tn", "2110", "tn2110"}},
		{"TN2110", []string{"tn2110"}},
		{"laptops, Café™", []string{"laptop", "cafe"}},
		{"38.1 cm (15\") 15-inch", []string{"38.1cm", "15inch", "15inch"}},
		{"华为手机", []string{"华", "华为", "为", "为手", "手", "手机", "机"}},
		{"27英寸", []string{"27inch", "英", "英寸", "寸"}},
		{"1,024 x 768.50", []string{"1024", "x", "768.5"}},
		{"men's shoes", []string{"men", "shoe"}},
		{"Wi-Fi", []string{"wi", "fi", "wifi"}},
		{"", nil},
	} {
		if got := terms(c.in); !slices.Equal(got, c.want) {
			t.Errorf("Tokens(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"128 GB TN-2110", "华为 27英寸", "a\xff\u0301é\u202e", "½ m² ﷺ", "1,2.3-4/5_6", "カ゛ガ 각"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, tok := range Tokens(s) {
			if tok.Start < 0 || tok.End > len(s) || tok.Start >= tok.End || tok.Term == "" {
				t.Fatalf("token %+v of %q", tok, s)
			}
		}
		if once := Fold(s); Fold(once) != once {
			t.Fatalf("Fold is not stable: %q → %q → %q", s, once, Fold(once))
		}
	})
}
