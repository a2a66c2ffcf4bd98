package shop

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Money is an amount in integer minor units (cents for USD, yen for JPY).
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

// Exponent is how many decimals a currency has (ISO 4217).
func Exponent(currency string) int {
	switch currency {
	case "JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "XPF", "PYG", "RWF", "KMF", "GNF", "DJF", "BIF", "VUV":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}

// Decimal is the plain amount: 1234.50.
func (m Money) Decimal() string {
	e := Exponent(m.Currency)
	s, neg := strconv.FormatUint(uint64(max(m.Minor, -m.Minor)), 10), m.Minor < 0
	if e > 0 {
		for len(s) <= e {
			s = "0" + s
		}
		s = s[:len(s)-e] + "." + s[len(s)-e:]
	}
	if neg {
		s = "-" + s
	}
	return s
}

// String is how prices stand in answers, in every language: $39.90, ¥200.00, 39.90 CHF.
func (m Money) String() string {
	d := m.Decimal()
	sign := map[string]string{"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥"}[m.Currency]
	switch {
	case sign == "":
		return d + " " + m.Currency
	case strings.HasPrefix(d, "-"):
		return "-" + sign + d[1:]
	}
	return sign + d
}

// ErrMoney says that a text is not an amount.
var ErrMoney = errors.New("not an amount of money")

// ParseMoney reads a plain decimal ("39.90", "39.9", "1299") as an amount of a currency, exactly: more decimals than
// the currency has, signs, or an overflow are errors that wrap ErrMoney.
func ParseMoney(s, currency string) (Money, error) {
	e := Exponent(currency)
	whole, frac, _ := strings.Cut(strings.TrimSpace(s), ".")
	frac = strings.TrimRight(frac, "0")
	if whole == "" || len(frac) > e || strings.Trim(whole+frac, "0123456789") != "" {
		return Money{}, fmt.Errorf("%w: %q", ErrMoney, s)
	}
	n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", e-len(frac)), 10, 64)
	if err != nil {
		return Money{}, fmt.Errorf("%w: %q", ErrMoney, s)
	}
	return Money{n, currency}, nil
}

// MoneyOf rounds a float (half away from zero): for prices that a feed gives as a JSON number only.
func MoneyOf(v float64, currency string) Money {
	return Money{int64(math.Round(v * math.Pow10(Exponent(currency)))), currency}
}
