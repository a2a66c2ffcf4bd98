package action

import (
	"regexp"
	"strings"
	"unicode"

	"shopkeeper/shop"
)

var postal = map[string]*regexp.Regexp{
	"US": regexp.MustCompile(`^\d{5}(-\d{4})?$`),
	"CA": regexp.MustCompile(`(?i)^[a-z]\d[a-z] ?\d[a-z]\d$`),
	"CN": regexp.MustCompile(`^\d{6}$`),
	"DE": regexp.MustCompile(`^\d{5}$`),
	"":   regexp.MustCompile(`(?i)^[a-z0-9][a-z0-9 -]{1,10}$`),
}

// address checks a whole address. The name on it stays when none is given.
func address(a, before shop.Address) (shop.Address, error) {
	for _, f := range []struct {
		name string
		text *string
		need bool
	}{
		{"name", &a.Name, false},
		{"line1", &a.Line1, true},
		{"line2", &a.Line2, false},
		{"city", &a.City, true},
		{"region", &a.Region, false},
		{"postal", &a.Postal, true},
		{"country", &a.Country, true},
	} {
		text, err := line(f.name, *f.text, 100)
		if err != nil {
			return a, err
		}
		if f.need && text == "" {
			return a, invalid(f.name, "The address has no %s; give the whole address.", spelled[f.name])
		}
		*f.text = text
	}
	if a.Name == "" {
		a.Name = before.Name
	}
	shape := postal[strings.ToUpper(a.Country)]
	if strings.EqualFold(a.Country, "USA") {
		shape = postal["US"]
	}
	if shape == nil {
		shape = postal[""]
	}
	if !shape.MatchString(a.Postal) {
		return a, invalid("postal", "%q is not a postal code of %s.", shorten(a.Postal), shorten(a.Country))
	}
	return a, nil
}

var spelled = map[string]string{"line1": "street", "city": "city", "postal": "postal code", "country": "country"}

// line is one line of text without blanks around it.
func line(field, s string, most int) (string, error) {
	s = strings.TrimSpace(s)
	if strings.ContainsFunc(s, unicode.IsControl) {
		return "", invalid(field, "%q must be one line of text.", field)
	}
	if len([]rune(s)) > most {
		return "", invalid(field, "%q is longer than %d characters.", field, most)
	}
	return s, nil
}
