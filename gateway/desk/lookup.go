package desk

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lookup is what an agent looks another customer up by: an order's number, or an e-mail address, or a name with a postal code. It proves
// nothing.
type Lookup struct{ Order, Email, Name, Postal string }

// Masked is a look-up as it stands in the audit: enough to know it again, not enough to write to.
func (l Lookup) Masked() string {
	switch {
	case l.Order != "":
		return "order " + l.Order
	case l.Email != "":
		local, domain, _ := strings.Cut(l.Email, "@")
		return "e-mail " + first(local, 1) + "***@" + domain
	}
	var initials string
	for _, word := range strings.Fields(l.Name) {
		initials += first(word, 1) + ". "
	}
	return "name " + initials + "postcode " + first(l.Postal, 2) + "***"
}

func first(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// SameName says whether two names are the same to somebody who reads them: whatever their case and space.
func SameName(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// FoldPostal is a postal code as it is compared: letters and digits, in upper case.
func FoldPostal(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}
