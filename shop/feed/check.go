package feed

import (
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"shopkeeper/shop"
)

// Bounds of a product. They are far beyond any real one: what lies outside is a broken feed.
const (
	maxID    = 200
	maxTitle = 1000
	maxText  = 200_000
	maxMinor = 1_000_000_000_000_000 // so that sums of carts stay within int64
	maxCount = 1_000_000_000
)

func checkID(field, id string) *Reject {
	switch {
	case strings.TrimSpace(id) == "":
		return reject(field, "%s is empty", field)
	case utf8.RuneCountInString(id) > maxID:
		return reject(field, "%s is longer than %d characters", field, maxID)
	case strings.IndexFunc(id, func(r rune) bool { return unicode.IsControl(r) || hidden(r) }) >= 0:
		return reject(field, "%s has control characters", field)
	}
	return nil
}

func checkLink(field, link string) *Reject {
	if link == "" {
		return nil
	}
	if len(link) > 4096 {
		return reject(field, "the link is longer than 4096 bytes")
	}
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return reject(field, "not a link")
	case u.Scheme != "http" && u.Scheme != "https":
		return reject(field, "links are http or https only, this one is %s", short(link))
	case u.Host == "":
		return reject(field, "the link has no host")
	}
	return nil
}

// minor reads an integer amount of minor units.
func minor(field, s string) (int64, *Reject) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil { // 1299.0 and 1e3 are integers too
		f, ferr := strconv.ParseFloat(s, 64)
		if ferr != nil || f != math.Trunc(f) || math.Abs(f) > maxMinor {
			return 0, reject(field, "%s is not a whole number of minor units: %s", field, short(s))
		}
		n = int64(f)
	}
	switch {
	case n < 0:
		return 0, reject(field, "%s is negative", field)
	case n > maxMinor:
		return 0, reject(field, "%s is larger than any price", field)
	}
	return n, nil
}

func count(field, s string) (int, *Reject) {
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil || f != math.Trunc(f):
		return 0, reject(field, "%s is not a whole number: %s", field, short(s))
	case f < 0:
		return 0, reject(field, "%s is negative", field)
	case f > maxCount:
		return 0, reject(field, "%s is too large", field)
	}
	return int(f), nil
}

func rating(field, s string) (float64, *Reject) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f <= 5) {
		return 0, reject(field, "%s is not a number from 0 to 5: %s", field, short(s))
	}
	return f, nil
}

// date cuts a date to its day; an empty or zero one is unknown.
func date(field, s string) (string, *Reject) {
	if s == "" || strings.HasPrefix(s, "0000") {
		return "", nil
	}
	day := s
	if len(s) > 10 && (s[10] == 'T' || s[10] == ' ') {
		day = s[:10]
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return "", reject(field, "%s is not a date (YYYY-MM-DD): %s", field, short(s))
	}
	return day, nil
}

// currency checks a code against the tenant's and fills it in.
func (o Options) currency(field, code string) (string, *Reject) {
	code = strings.ToUpper(strings.TrimSpace(code))
	switch {
	case code == "" && o.Currency == "":
		return "", reject(field, "the price has no currency")
	case code == "":
		return o.Currency, nil
	case len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		return "", reject(field, "not a currency code: %s", short(code))
	case o.Currency != "" && code != o.Currency:
		return "", reject(field, "the currency is %s, the shop sells in %s", code, o.Currency)
	}
	return code, nil
}

// finish checks what no single field can, and puts the lists in order.
func finish(p *shop.Product, opt Options, idField, titleField string) *Reject {
	if rj := checkID(idField, p.ID); rj != nil {
		return rj
	}
	switch {
	case p.Title == "":
		return reject(titleField, "%s is empty", titleField)
	case utf8.RuneCountInString(p.Title) > maxTitle:
		return reject(titleField, "%s is longer than %d characters", titleField, maxTitle)
	case len(p.Description) > maxText:
		return reject("description", "description is longer than %d bytes", maxText)
	}
	if p.Lang == "" {
		p.Lang = opt.Lang
	}
	sortAttributes(p.Attributes)
	return nil
}

// short is a value as a message quotes it.
func short(s string) string {
	s = shown(s)
	if utf8.RuneCountInString(s) > 40 {
		s = string([]rune(s)[:40]) + "…"
	}
	return strconv.Quote(s)
}
