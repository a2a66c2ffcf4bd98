package assistant

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible leaves out what no reader sees and what could hide a number: control and format characters (zero width, direction).
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0xFE0F || r == 0x20E3 {
			return -1
		}
		return r
	}, s)
}

// plain is a text as a reader takes it: without marks of emphasis, tags and combining marks, with ASCII for digits of any
// script and plain Chinese numerals for the formal ones, no space inside "19 . 99" and before "%". at says where each byte
// came from; it has one entry more than the text has bytes.
func plain(s string) (out string, at []int) {
	var b strings.Builder
	put := func(from int, t string) {
		for range len(t) {
			at = append(at, from)
		}
		b.WriteString(t)
	}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '<' && tagLen(s[i:]) > 0:
			i += tagLen(s[i:])
			continue
		case r == '*' || r == '`' || r == '_' || r == '~' && strings.HasPrefix(s[i:], "~~") || r == '~' && strings.HasSuffix(s[:i], "~"):
		case unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.M, r):
		case r >= 0x80 && unicode.Is(unicode.Nd, r):
			put(i, string('0'+digitOf(r)))
		case formal[r] != 0:
			put(i, string(formal[r]))
		case r == 0xA0 || r == 0x202F || r == 0x2009 || r == 0x3000:
			put(i, " ")
		default:
			put(i, s[i:i+n])
		}
		i += n
	}
	at = append(at, len(s))
	return tight(b.String(), at)
}

// plainText is plain without the way back.
func plainText(s string) string {
	simple := true
	for i := 0; i < len(s) && simple; i++ {
		c := s[i]
		simple = c >= ' ' && c < 0x7f && c != '*' && c != '`' && c != '_' && c != '<' && c != '~' && !(c == ' ' && (byteAt(s, i+1) == '.' || byteAt(s, i+1) == '%'))
	}
	if simple {
		return s
	}
	out, _ := plain(s)
	return out
}

var loose = regexp.MustCompile(`\d( )\.( ?)\d|[\da-z]( )[%％]|\d( )折`)

// tight takes the space out of "19 . 99", "19 .99", "20 %" and "8 折".
func tight(s string, at []int) (string, []int) {
	ms := loose.FindAllStringSubmatchIndex(s, -1)
	if ms == nil {
		return s, at
	}
	var b strings.Builder
	out := make([]int, 0, len(at))
	from := 0
	for _, m := range ms {
		for g := 2; g < len(m); g += 2 {
			if m[g] >= 0 && m[g+1] > m[g] {
				b.WriteString(s[from:m[g]])
				out = append(out, at[from:m[g]]...)
				from = m[g+1]
			}
		}
	}
	b.WriteString(s[from:])
	return b.String(), append(out, at[from:]...)
}

func byteAt(s string, i int) byte {
	if i < 0 || i >= len(s) {
		return 0
	}
	return s[i]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// maxTag is the length in bytes of the longest thing that is taken for a tag.
const maxTag = 64

// tagLen is the length of a tag at the start of s, 0 when there is none.
func tagLen(s string) int {
	if len(s) < 3 || s[1] != '/' && s[1] != '!' && (s[1]|0x20 < 'a' || s[1]|0x20 > 'z') {
		return 0
	}
	if i := strings.IndexAny(s[1:], "<>\n"); i > 0 && i < maxTag && s[1+i] == '>' {
		return i + 2
	}
	return 0
}

// digitOf is the value of a decimal digit of any script: they stand in runs of ten.
func digitOf(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if uint32(r) >= uint32(t.Lo) && uint32(r) <= uint32(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if uint32(r) >= t.Lo && uint32(r) <= t.Hi {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}

var formal = map[rune]rune{
	'壹': '一', '贰': '二', '貳': '二', '叁': '三', '參': '三', '肆': '四', '伍': '五', '陆': '六', '陸': '六', '柒': '七', '捌': '八', '玖': '九', '拾': '十',
	'佰': '百', '仟': '千', '萬': '万', '圆': '元', '圓': '元', '兩': '两',
}

// token is a word in a text.
type token struct {
	text       string
	start, end int
}

// tokens are the words of a plain text with what joins them inside: TN-2110, 39.90, 16GB/512GB. Chinese text has none, but
// Latin words and digits in it are.
func tokens(s string) (out []token) {
	for i := 0; i < len(s); {
		n, word := tokenAt(s, i, true)
		if word {
			out = append(out, token{s[i : i+n], i, i + n})
		}
		i += n
	}
	return out
}

// maxToken bounds a word, in bytes; what is longer is cut there.
const maxToken = 256

// tokenAt reads the token at i: a word, or one character. n is 0 when what follows could still belong to it and whole is false.
func tokenAt(s string, i int, whole bool) (n int, word bool) {
	r, size := utf8.DecodeRuneInString(s[i:])
	if !wordRune(r) {
		if (r == '.' || r == '!' || r == '?') && i+size == len(s) && !whole {
			return 0, false // the end of a sentence, or not
		}
		return size, false
	}
	end := i + size
	for end < len(s) && end-i < maxToken {
		r, size := utf8.DecodeRuneInString(s[end:])
		if wordRune(r) {
			end += size
			continue
		}
		joint, open := jointLen(s[end:], s[end-1])
		if open && !whole {
			return 0, true
		}
		if joint == 0 {
			return end - i, true
		}
		end += joint
	}
	if end == len(s) && !whole && end-i < maxToken {
		return 0, true
	}
	return end - i, true
}

// jointLen is how much of s, which stands behind a word that ends in prev, joins it to the word that follows. open: too little of s is there to tell.
func jointLen(s string, prev byte) (n int, open bool) {
	mark := byte(0) // the one mark of punctuation that may stand in a joint
	for n < len(s) && n < maxTag {
		r, size := utf8.DecodeRuneInString(s[n:])
		switch {
		case r == '<':
			t := tagLen(s[n:])
			if t == 0 {
				return 0, len(s)-n < maxTag && !strings.ContainsAny(s[n+1:], "<> \n") && tagStart(s[n:])
			}
			n += t
			continue
		case strings.ContainsRune("*_`~", r):
			n += size
			continue
		case mark == 0 && (strings.ContainsRune("-./'’&+#@", r) || (r == ',' || r == ':') && isDigit(prev)):
			mark = s[n]
			n += size
			continue
		case wordRune(r):
			if (mark == ',' || mark == ':') && !unicode.IsDigit(r) {
				return 0, false
			}
			return n, false
		}
		return 0, false
	}
	return 0, n == len(s)
}

func tagStart(s string) bool {
	return len(s) == 1 || s[1] == '/' || s[1] == '!' || s[1]|0x20 >= 'a' && s[1]|0x20 <= 'z'
}

// wordRune: letters and digits of scripts that put spaces between words, and marks on them.
func wordRune(r rune) bool {
	if r < 0x80 {
		return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.M, r)) && !wide(r)
}

func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

func hasDigit(s string) bool { return strings.ContainsFunc(s, unicode.IsNumber) }

func hasLetter(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) && !wide(r) })
}

// foldWord makes words equal that differ in case and in what joins their parts.
func foldWord(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, s)
}

// parts are the pieces of a joined word.
func parts(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("/,+&:-.#@", r) })
}

func wholeNumber(s string) (float64, bool) {
	v, err := strconv.ParseUint(s, 10, 53)
	return float64(v), err == nil
}

// codeShaped: three letters or more and two digits or more, as coupon codes have them; not "104-key".
func codeShaped(s string) bool {
	if n := strings.IndexByte(s, '-'); n > 0 && strings.Trim(s[:n], "0123456789") == "" {
		return false
	}
	letters, digits := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsNumber(r):
			digits++
		case unicode.IsLetter(r):
			letters++
		}
	}
	return letters >= 3 && digits >= 2
}

// caps: a word of four capitals or more and nothing else but what joins them.
func caps(s string) bool {
	capitals := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z':
			capitals++
		case c != '-' && c != '_' && c != '.':
			return false
		}
	}
	return capitals >= 4
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }
