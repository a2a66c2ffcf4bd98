// Package jsonscan walks over JSON that is known to be valid, without decoding it: a raw request and its answer stay the bytes that they
// are, and only what is needed of them is looked at. What is no valid JSON is walked over to its end, without a panic.
package jsonscan

import "bytes"

// Span is b[From:To].
type Span struct{ From, To int }

func (s Span) Of(b []byte) []byte { return b[s.From:s.To] }
func (s Span) Empty() bool        { return s.To == s.From }

// EachField calls fn for every field of the object that begins at or after b[at], in order, until fn returns false: key is the
// string with its quotes as it is written, value the value. It returns the offset of the closing brace, -1 when there is no object.
func EachField(b []byte, at int, fn func(key, value Span) bool) int {
	i := SkipSpace(b, at)
	if i >= len(b) || b[i] != '{' {
		return -1
	}
	i = SkipSpace(b, i+1)
	for i < len(b) && b[i] == '"' {
		key := Span{i, SkipString(b, i)}
		i = SkipSpace(b, key.To)
		if i >= len(b) || b[i] != ':' {
			return -1
		}
		i = SkipSpace(b, i+1)
		value := Span{i, SkipValue(b, i)}
		if !fn(key, value) {
			return value.To
		}
		i = SkipSpace(b, value.To)
		if i < len(b) && b[i] == ',' {
			i = SkipSpace(b, i+1)
		}
	}
	if i >= len(b) || b[i] != '}' {
		return -1
	}
	return i
}

func SkipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// SkipString is the offset after the string whose first quote is b[i].
func SkipString(b []byte, i int) int {
	for i++; i < len(b); {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			return len(b)
		}
		i += j + 1
		slashes := 0
		for k := i - 2; k >= 0 && b[k] == '\\'; k-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
	return len(b)
}

// SkipValue is the offset after the value that begins at b[i].
func SkipValue(b []byte, i int) int {
	if i >= len(b) {
		return len(b)
	}
	switch b[i] {
	case '"':
		return SkipString(b, i)
	case '{', '[':
		for depth := 0; i < len(b); {
			switch b[i] {
			case '"':
				i = SkipString(b, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return len(b)
	}
	for i < len(b) && !bytes.ContainsRune([]byte(",]} \t\r\n"), rune(b[i])) {
		i++
	}
	return i
}

// Field is the value of an object's field by its written name, empty when it is not there.
func Field(b []byte, at int, name string) (v Span) {
	EachField(b, at, func(key, value Span) bool {
		if string(b[key.From+1:key.To-1]) == name {
			v = value
		}
		return true // the last one counts, as with encoding/json
	})
	return v
}

// After finds the first `"name"` in b that is a key, and the value behind it: nil when there is none. Inside a JSON string the
// quotes would be escaped, so what is found is a key, of whatever depth.
func After(b []byte, quoted string) []byte {
	for {
		i := bytes.Index(b, []byte(quoted))
		if i < 0 {
			return nil
		}
		b = b[i+len(quoted):]
		if j := SkipSpace(b, 0); j < len(b) && b[j] == ':' {
			return b[SkipSpace(b, j+1):]
		}
	}
}
