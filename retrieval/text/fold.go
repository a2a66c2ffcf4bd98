package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded is a text in the form that is compared, each rune with the bytes of the source it came from.
type folded struct {
	r          []rune
	start, end []int32
}

func (f *folded) put(r rune, start, end int) {
	f.r = append(f.r, r)
	f.start = append(f.start, int32(start))
	f.end = append(f.end, int32(end))
}

// foldRunes lowers, applies NFKC and takes diacritics off. Trade mark signs become spaces: NFKC would glue "TM" to the word.
func foldRunes(s string) folded {
	f := folded{r: make([]rune, 0, len(s)), start: make([]int32, 0, len(s)), end: make([]int32, 0, len(s))}
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf && (i+1 == len(s) || s[i+1] < utf8.RuneSelf) {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			f.put(rune(c), i, i+1)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r >= 0x4e00 && r <= 0x9fff {
			f.put(r, i, i+n)
			i += n
			continue
		}
		n = max(norm.NFKC.NextBoundaryInString(s[i:], true), 1)
		switch r {
		case '™', '®', '©', '℠', utf8.RuneError:
			f.put(' ', i, i+n)
			i += n
			continue
		}
		for _, q := range norm.NFKD.String(s[i : i+n]) {
			switch {
			case unicode.Is(unicode.Mn, q) && !inCJK(r):
				continue
			case q == '⁄':
				q = '/'
			}
			f.put(unicode.ToLower(q), i, i+n)
		}
		if inCJK(r) { // kana with a sound mark, Hangul: composed again
			composed := norm.NFKC.String(s[i : i+n])
			for len(f.r) > 0 && int(f.start[len(f.r)-1]) == i {
				f.r, f.start, f.end = f.r[:len(f.r)-1], f.start[:len(f.start)-1], f.end[:len(f.end)-1]
			}
			for _, q := range composed {
				if !unicode.Is(unicode.Mn, q) {
					f.put(unicode.ToLower(q), i, i+n)
				}
			}
		}
		i += n
	}
	return f
}

// Fold is the form in which tag values are compared: NFKC, lower case, no diacritics, white space single.
func Fold(s string) string {
	if out, ok := foldASCII(s); ok {
		return out
	}
	return strings.Join(strings.Fields(string(foldRunes(s).r)), " ")
}

// foldASCII is Fold of what needs no Unicode, which most of a catalogue is.
func foldASCII(s string) (string, bool) {
	same, space := true, true // space: a space here would be at the start or a second one
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			return "", false
		case c == ' ':
			same, space = same && !space, true
			continue
		case c >= 'A' && c <= 'Z', c < ' ':
			same = false
		}
		space = false
	}
	switch {
	case s == "":
		return s, true
	case same && !space:
		return s, true
	}
	return strings.Join(strings.Fields(strings.ToLower(s)), " "), true
}

func inCJK(r rune) bool {
	switch {
	case r < 0x2e80:
		return false
	case r <= 0x2fdf, r >= 0x3005 && r <= 0x3007, r >= 0x3040 && r <= 0x30ff && r != '・', r >= 0x3400 && r <= 0x4dbf,
		r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff, r >= 0xff66 && r <= 0xff9f,
		r >= 0x20000 && r <= 0x3134f:
		return true
	}
	return false
}

// Lang guesses the language of a text: "zh" when it has Han characters and they are no small part of it, else "en".
func Lang(s string) string {
	han, latin := 0, 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.IsLetter(r):
			latin++
		}
	}
	if han > 0 && han*6 >= latin {
		return "zh"
	}
	return "en"
}
