package feed

import (
	"strings"
	"time"

	"shopkeeper/shop"
)

// signs of currencies as feeds write them; a bare sign says less than a code and must agree with the tenant's currency.
var signs = map[string]string{"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "CNY", "￥": "CNY", "元": "CNY"}

// amount reads "15.00 USD", "USD 15", "$15", "1,299.00", "15,00 EUR". code is the row's currency where the text has none.
func amount(field, s, code string, opt Options) (*shop.Money, *Reject) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\u00a0", " "))
	if s == "" {
		return nil, nil
	}
	digits := strings.IndexAny(s, "0123456789")
	last := strings.LastIndexAny(s, "0123456789")
	if digits < 0 {
		return nil, reject(field, "%s is not an amount of money: %s", field, short(s))
	}
	before, body, after := strings.TrimSpace(s[:digits]), s[digits:last+1], strings.TrimSpace(s[last+1:])
	if strings.HasSuffix(before, "-") {
		return nil, reject(field, "%s is negative", field)
	}
	if before != "" && after != "" {
		return nil, reject(field, "%s is not an amount of money: %s", field, short(s))
	}
	if mark := before + after; mark != "" {
		sign, isSign := signs[mark]
		switch {
		case !isSign:
			code = mark
		case code == "" && opt.Currency == "":
			code = sign
		case mark == "¥" && (code == "JPY" || code == "" && opt.Currency == "JPY"):
		case code != "" && code != sign || code == "" && sign != opt.Currency:
			return nil, reject(field, "the price is in %s, the shop sells in %s", mark, opt.Currency)
		}
	}
	code, rj := opt.currency(field, code)
	if rj != nil {
		return nil, rj
	}
	plain, ok := decimal(body)
	if !ok {
		return nil, reject(field, "%s is not an amount of money: %s", field, short(s))
	}
	m, err := shop.ParseMoney(plain, code)
	if err != nil {
		return nil, reject(field, "%s is not an amount of %s: %s", field, code, short(s))
	}
	if m.Minor > maxMinor {
		return nil, reject(field, "%s is larger than any price", field)
	}
	return &m, nil
}

// decimal turns grouped or comma decimals into plain ones. What could be both ("1.299" of a currency with two decimals) is
// left as it stands, for ParseMoney to refuse.
func decimal(s string) (string, bool) {
	s = strings.ReplaceAll(s, " ", "")
	comma, dot := strings.LastIndex(s, ","), strings.LastIndex(s, ".")
	switch {
	case comma < 0:
		return s, strings.Count(s, ".") <= 1
	case dot > comma:
		return grouped(s[:dot], ",", s[dot+1:])
	case dot >= 0:
		return grouped(s[:comma], ".", s[comma+1:])
	case strings.Count(s, ",") == 1 && len(s)-comma <= 3:
		return s[:comma] + "." + s[comma+1:], true
	}
	return grouped(s, ",", "")
}

func grouped(whole, sep, frac string) (string, bool) {
	parts := strings.Split(whole, sep)
	for i, p := range parts {
		if i > 0 && len(p) != 3 || i == 0 && (p == "" || len(p) > 3 && len(parts) > 1) {
			return "", false
		}
	}
	if frac != "" {
		frac = "." + frac
	}
	return strings.Join(parts, "") + frac, true
}

// onSale reports whether now lies in "start/end" (ISO 8601); a range that cannot be read holds never.
func onSale(dates string, now time.Time) bool {
	if dates == "" {
		return true
	}
	from, to, ok := strings.Cut(dates, "/")
	if !ok {
		return false
	}
	start, err1 := instant(from)
	end, err2 := instant(to)
	if len(strings.TrimSpace(to)) == len(time.DateOnly) {
		end = end.AddDate(0, 0, 1)
	}
	return err1 == nil && err2 == nil && !now.Before(start) && now.Before(end)
}

func instant(s string) (t time.Time, err error) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04", "2006-01-02T15:04:05", time.DateOnly} {
		if t, err = time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return t, err
}

// categoryPath splits "Electronics > Audio > Headphones".
func categoryPath(s string) (out []string) {
	for _, part := range strings.Split(s, ">") {
		if part = cleanLine(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
