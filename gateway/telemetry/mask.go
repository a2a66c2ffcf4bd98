package telemetry

import (
	"log/slog"
	"regexp"
	"strings"
)

// Mask takes out of a text what is somebody's: card numbers (Luhn), telephone numbers, e-mail addresses, keys and passwords. Ids, times,
// prices and order numbers of ours stay.
func Mask(s string) string {
	if len(s) > maxMasked {
		s = strings.ToValidUTF8(s[:maxMasked], "") + "…"
	}
	digits := 0
	at, word := false, false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '@':
			at = true
		case c == '_', c == '-', c == ' ':
			word = true
		}
	}
	if digits < 7 && !at && !word {
		return s
	}
	if at {
		s = userinfo.ReplaceAllString(s, "://[secret]@")
		s = email.ReplaceAllString(s, "[email]")
	}
	if word {
		s = secret.ReplaceAllString(s, "$1[secret]")
	}
	if digits >= 7 {
		s = numbers.ReplaceAllStringFunc(s, maskNumber)
	}
	return s
}

// maxMasked bounds a text of the log: what is longer is cut.
const maxMasked = 64 << 10

var (
	userinfo = regexp.MustCompile(`://[^/@\s"']+@`)
	email    = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)
	secret   = regexp.MustCompile(`(?i)\b(Bearer |Basic |sk[-_]|wk_)[A-Za-z0-9._~+/=-]{6,}`)
	// A run of digits with what stands around it: letters, dots and dashes there make it part of an id, a time or a version.
	numbers  = regexp.MustCompile(`[A-Za-z0-9_+(.:/#-]*\d[\d ().-]{5,24}\d[A-Za-z0-9_:/-]*`)
	chinese  = regexp.MustCompile(`^(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}$`)
	abroad   = regexp.MustCompile(`^\+[1-9][\d ().-]{6,20}\d$`)
	american = regexp.MustCompile(`^(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}$`)
	cardForm = regexp.MustCompile(`^\d(?:[ -]?\d){12,18}$`)
)

// maskNumber looks at a run of digits, and where it is none of those things, at its parts between spaces.
func maskNumber(run string) string {
	whole := strings.TrimSpace(run)
	if m := maskOne(whole); m != "" {
		return strings.Replace(run, whole, m, 1)
	}
	parts := strings.Split(run, " ")
	if len(parts) == 1 {
		return run
	}
	// From each part on, the longest stretch that is something: "order 7 4111 1111 1111 1111" holds a card.
	for i := 0; i < len(parts); i++ {
		for j := len(parts); j > i; j-- {
			if m := maskOne(strings.Join(parts[i:j], " ")); m != "" {
				parts = append(append(append([]string{}, parts[:i]...), m), parts[j:]...)
				break
			}
		}
	}
	return strings.Join(parts, " ")
}

// maskOne is what stands instead of a number, "" for one that is nobody's.
func maskOne(s string) string {
	bare := strings.TrimRight(s, ".,:;)-")
	switch {
	case cardForm.MatchString(bare) && card(strings.NewReplacer(" ", "", "-", "").Replace(bare)):
		return "[card]" + s[len(bare):]
	case chinese.MatchString(bare), abroad.MatchString(bare), american.MatchString(bare):
		return "[phone]" + s[len(bare):]
	}
	return ""
}

// card says whether digits are a payment card's: an issuer's first digits with a length that issuer gives, and the check digit right
// (ISO/IEC 7812). Thirteen digits are Visa's alone, or every tenth time in milliseconds would be one.
func card(d string) bool {
	switch two := d[:2]; {
	case d[0] == '4':
	case d[0] == '5', d[0] == '6', two == "35":
		if len(d) < 16 {
			return false
		}
	case two == "34", two == "37":
		if len(d) != 15 {
			return false
		}
	case two == "30", two == "36", two == "38":
		if len(d) < 14 {
			return false
		}
	case two >= "22" && two <= "27" && len(d) == 16:
	default:
		return false
	}
	sum := 0
	for i := range len(d) {
		n := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// masked is Mask for what a log line holds: texts and errors. Numbers and times are ours.
func masked(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		if s := a.Value.String(); len(s) > 5 {
			if m := Mask(s); m != s {
				a.Value = slog.StringValue(m)
			}
		}
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(Mask(err.Error()))
		}
	}
	return a
}
