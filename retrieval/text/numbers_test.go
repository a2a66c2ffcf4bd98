package text

import (
	"fmt"
	"strings"
	"testing"
)

func (n Number) String() string {
	s := fmt.Sprintf("%g", n.Value)
	switch {
	case n.Date != "":
		s = n.Date
	case n.Clock:
		s += "h"
	case n.Percent:
		s += "%"
	}
	return strings.Join(strings.Fields(s+" "+n.Currency+" "+n.Unit), " ")
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"it costs $1,299.00", "1299 USD"},
		{"US$ 39.90 or €20 or 30 EUR or £5", "39.9 USD; 20 EUR; 30 EUR; 5 GBP"},
		{"200元, 60 bucks, 3.5千元, 1.5万元, ￥99", "200 CNY; 60 USD; 3500 CNY; 15000 CNY; 99 CNY"},
		{"$1.5k", "1500 USD"},
		{"4，350 4,350", "4; 350; 4350"},
		{"一百二十元 两千五百块 一百二块钱", "120 CNY; 2500 CNY; 120 CNY"},
		{"16 GB, 15.6-inch, 1.7L, 5 公斤, 2200W", "16 gb; 15.6 inch; 1.7 l; 5 kg; 2200 w"},
		{"20% off, 8.5折, 85折, 八折, 半价, 百分之二十", "20%; 15% 折; 15% 折; 20% 折; 50%; 20%"},
		{"TN-2110 A52 4k 2nd X200", ""},
		{"iPhone 15 and HP 305", "15; 305"},
		{"2024-05-06, 2024年5月6日, 5月6日, May 6, 2024, 6 May 2024, Dec 3rd", "2024-05-06; 2024-05-06; --05-06; 2024-05-06; 2024-05-06; --12-03"},
		{"14:30, 2:30 pm, 3pm, 下午3点, 9点半", "14.5h; 14.5h; 15h; 15h; 9.5h"},
		{"two hundred and fifty dollars, fifty, this one", "250 USD; 50"},
		{"只剩三件, 5 in stock, 4.5 stars, 3颗星", "3 件; 5; 4.5 star; 3 star"},
		{"1.5.3 and 10,5", "1.5; 3; 10; 5"},
		{"华为 27英寸 144Hz", "27 inch; 144 hz"},
		{"no numbers here, 统一 一下", ""},
	} {
		var got []string
		for _, n := range Numbers(c.in) {
			got = append(got, n.String())
			if n.Start < 0 || n.End > len(c.in) || n.Start >= n.End {
				t.Errorf("Numbers(%q): %+v out of the text", c.in, n)
			}
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("Numbers(%q)\n got %s\nwant %s", c.in, s, c.want)
		}
	}
}

func TestModelNumberGroups(t *testing.T) {
	for in, want := range map[string]string{
		"Z62Z72":      "z62z72 z62 z72",
		"WH-1000XM5":  "wh 1000xm5 xm5 wh1000xm5",
		"TN2110":      "tn2110",
		"CLA45C63E53": "cla45c63e53 cla45 c63 e53",
		"HEYNA_Co":    "heyna co heynaco",
	} {
		if got := strings.Join(terms(in), " "); got != want {
			t.Errorf("Tokens(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestFoldASCII(t *testing.T) {
	for _, s := range []string{"", " ", "a", "A  b", " a", "a ", "a\tb", "a b", "ＡＢ c", "É"} {
		want := strings.Join(strings.Fields(string(foldRunes(s).r)), " ")
		if got := Fold(s); got != want {
			t.Errorf("Fold(%q) = %q, want %q", s, got, want)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"$1,299.00 2024-05-06 14:30", "一百二十元 八折 百分之", "two hundred and", "5月6日 6th of", "TN-2110 US$", "千万亿半", "1.2.3,4 99999999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, n := range Numbers(s) {
			if n.Start < end || n.End > len(s) || n.Start >= n.End {
				t.Fatalf("%+v of %q after byte %d", n, s, end)
			}
			end = n.End
			if n.Value != n.Value || n.Value < 0 {
				t.Fatalf("value %v in %q", n.Value, s)
			}
		}
	})
}
