package telemetry

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"pay with 4111 1111 1111 1111 please":             "pay with [card] please",
		"card 4111-1111-1111-1111, exp 12/29":             "card [card], exp 12/29",
		"4111111111111111":                                "[card]",
		"378282246310005":                                 "[card]",
		"4222222222222":                                   "[card]",
		"3401614103551 ms is a time":                      "3401614103551 ms is a time",
		"银联 6222021234567890128 谢谢":                       "银联 [card] 谢谢",
		"4111 1111 1111 1112 is no card":                  "4111 1111 1111 1112 is no card",
		"call +49 30 901820 now":                          "call [phone] now",
		"call me at (415) 555-2671.":                      "call me at [phone].",
		"我的手机 13812345678":                                "我的手机 [phone]",
		"我的手机13812345678":                                 "我的手机[phone]",
		"+86 138 1234 5678":                               "[phone]",
		"mail ann.b+x@shop.example, or":                   "mail [email], or",
		"postgres://shop:hunter2@db.internal:5432/shop":   "postgres://[secret]@db.internal:5432/shop",
		"Incorrect API key provided: sk-abcdef123456":     "Incorrect API key provided: sk-[secret]",
		"Authorization: Bearer abc.def-ghi":               "Authorization: Bearer [secret]",
		"key_zw5uauydsd of acme":                          "key_zw5uauydsd of acme",
		"order W2378156 costs 1,299.00 for 12 items":      "order W2378156 costs 1,299.00 for 12 items",
		"2026-11-26T17:47:58.123456Z":                     "2026-11-26T17:47:58.123456Z",
		"2026-11-26 17:47:58":                             "2026-11-26 17:47:58",
		"took 1732643278123456 µs":                        "took 1732643278123456 µs",
		"EAN 4006381333931":                               "EAN 4006381333931",
		"192.168.100.200:18080":                           "192.168.100.200:18080",
		"conversation=01a21901-f70e-74ae-b134-1805666818": "conversation=01a21901-f70e-74ae-b134-1805666818",
	} {
		if got := Mask(in); got != want {
			t.Errorf("%q\n got %q\nwant %q", in, got, want)
		}
	}
}

// Whatever stands around it, a card does not get through; what is ours does.
func TestMaskProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.SampledFrom([]string{"4", "51", "34", "6011", "62"}).Draw(t, "issuer")
		length := 16
		if digits == "34" {
			length = 15
		}
		for len(digits) < length-1 {
			digits += string(rune('0' + rapid.IntRange(0, 9).Draw(t, "digit")))
		}
		for c := '0'; c <= '9'; c++ {
			if card(digits + string(c)) {
				digits += string(c)
				break
			}
		}
		sep := rapid.SampledFrom([]string{"", " ", "-"}).Draw(t, "separator")
		shown := strings.Join([]string{digits[:4], digits[4:8], digits[8:12], digits[12:]}, sep)
		before := rapid.SampledFrom([]string{"", "card ", "my card is: ", "我的卡 ", "7 items, "}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"", " please", ".", ", thanks", "！"}).Draw(t, "after")
		if got := Mask(before + shown + after); strings.Contains(got, digits[8:12]) && strings.Contains(got, digits[4:8]) || !strings.HasPrefix(got, before) {
			t.Fatalf("%q becomes %q", before+shown+after, got)
		}
		// 2001 to 2039: what is written of later times in microseconds has the form of a card of Mastercard's 2-series.
		at := time.UnixMicro(rapid.Int64Range(1e15, 22e14-1).Draw(t, "time"))
		for _, ours := range []string{
			uuid.Must(uuid.FromBytes(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))).String(), at.UTC().Format(time.RFC3339Nano),
			fmt.Sprint(at.UnixMicro()), fmt.Sprint(at.UnixMilli()), fmt.Sprintf("$%.2f", float64(rapid.IntRange(0, 1e9).Draw(t, "price"))/100),
		} {
			if got := Mask(ours); got != ours && len(ours) != 11 {
				t.Fatalf("%q becomes %q", ours, got)
			}
		}
	})
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{"4111 1111 1111 1111", "+49 30 901820", "a@b.c", "sk-aaaaaaaa", "((((((((((1", "\xff@\xff.1234567"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Mask(s)
		if again := Mask(once); again != once {
			t.Errorf("%q becomes %q, and that %q", s, once, again)
		}
	})
}

func TestLogIsMasked(t *testing.T) {
	var b bytes.Buffer
	log, _, err := NewLog(&b, "info", "json")
	if err != nil {
		t.Fatal(err)
	}
	log.With("of", "ann@shop.example").WithGroup("g").Info("they wrote 4111 1111 1111 1111", "phone", "+49 30 901820", "error", errors.New("dial postgres://u:pw@h/db"), "n", 4111111111111111)
	for _, private := range []string{"ann@", "1111 1111", "901820", "pw@"} {
		if strings.Contains(b.String(), private) {
			t.Errorf("%s is in the log: %s", private, b.String())
		}
	}
}
