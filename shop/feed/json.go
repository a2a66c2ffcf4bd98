package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// The walkers below split JSON that json.Valid has passed, without building maps: order is kept and unknown members are
// seen, at the speed an import needs.

var errText = errors.New("the text is not valid UTF-8")

func space(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }

// end returns how long the value at the front of valid JSON is.
func end(b []byte) int {
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		c := b[i]
		if inString {
			switch c {
			case '\\':
				i++
			case '"':
				if inString = false; depth == 0 {
					return i + 1
				}
			}
			continue
		}
		switch c {
		case '"':
			inString = true
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return i
			}
		case ',', ' ', '\t', '\r', '\n', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return len(b)
}

// members calls f for each member of a valid JSON object, in order.
func members(obj []byte, f func(key string, value []byte) *Reject) *Reject {
	b := space(obj)[1:]
	for {
		b = space(b)
		if b[0] == '}' {
			return nil
		}
		n := end(b)
		key, err := str(b[:n])
		if err != nil {
			return reject("", "a field's name: %s", err)
		}
		b = space(space(b[n:])[1:])
		n = end(b)
		if rj := f(key, b[:n]); rj != nil {
			return rj
		}
		if b = space(b[n:]); b[0] == ',' {
			b = b[1:]
		}
	}
}

// elements calls f for each element of a valid JSON array.
func elements(arr []byte, f func(value []byte) *Reject) *Reject {
	b := space(arr)[1:]
	for {
		b = space(b)
		if b[0] == ']' {
			return nil
		}
		n := end(b)
		if rj := f(b[:n]); rj != nil {
			return rj
		}
		if b = space(b[n:]); b[0] == ',' {
			b = b[1:]
		}
	}
}

// str reads a valid JSON string. Lone surrogates and invalid UTF-8 are errors: encoding/json would put U+FFFD in silence.
func str(raw []byte) (string, error) {
	in := raw[1 : len(raw)-1]
	if !utf8.Valid(in) {
		return "", errText
	}
	if bytes.IndexByte(in, '\\') < 0 {
		return string(in), nil
	}
	if lone(in) {
		return "", errors.New("the text has half a surrogate pair")
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}

// lone finds a \uD800–\uDFFF that is not half of a pair.
func lone(in []byte) bool {
	for i := 0; i < len(in); i++ {
		if in[i] != '\\' {
			continue
		}
		if in[i+1] != 'u' {
			i++
			continue
		}
		switch hi := hex4(in[i+2:]); {
		case hi >= 0xDC00 && hi < 0xE000:
			return true
		case hi >= 0xD800 && hi < 0xDC00:
			if len(in) < i+12 || in[i+6] != '\\' || in[i+7] != 'u' {
				return true
			}
			if lo := hex4(in[i+8:]); lo < 0xDC00 || lo >= 0xE000 {
				return true
			}
			i += 6
		}
		i += 5
	}
	return false
}

func hex4(b []byte) (n int) {
	for _, c := range b[:4] {
		switch {
		case c >= 'a':
			c -= 'a' - 10
		case c >= 'A':
			c -= 'A' - 10
		default:
			c -= '0'
		}
		n = n<<4 | int(c)
	}
	return n
}

func isNull(v []byte) bool { return v[0] == 'n' }
