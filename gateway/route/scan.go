package route

import "bytes"

// The functions of this file walk over JSON that is known to be valid, without decoding it: a raw request and its answer stay the
// bytes that they are, and only what accounting and routing need is looked at.

// span is b[from:to].
type span struct{ from, to int }

func (s span) of(b []byte) []byte { return b[s.from:s.to] }
func (s span) empty() bool        { return s.to == s.from }

// eachField calls fn for every field of the object that begins at or after b[at], in order, until fn returns false: key is the
// string with its quotes as it is written, value the value. It returns the offset of the closing brace, -1 when there is no object.
func eachField(b []byte, at int, fn func(key, value span) bool) int {
	i := skipSpace(b, at)
	if i >= len(b) || b[i] != '{' {
		return -1
	}
	i = skipSpace(b, i+1)
	for i < len(b) && b[i] == '"' {
		key := span{i, skipString(b, i)}
		i = skipSpace(b, key.to)
		if i >= len(b) || b[i] != ':' {
			return -1
		}
		i = skipSpace(b, i+1)
		value := span{i, skipValue(b, i)}
		if !fn(key, value) {
			return value.to
		}
		i = skipSpace(b, value.to)
		if i < len(b) && b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
	if i >= len(b) || b[i] != '}' {
		return -1
	}
	return i
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString is the offset after the string whose first quote is b[i].
func skipString(b []byte, i int) int {
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

// skipValue is the offset after the value that begins at b[i].
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return len(b)
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		for depth := 0; i < len(b); {
			switch b[i] {
			case '"':
				i = skipString(b, i)
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

// field is the value of an object's field by its written name, empty when it is not there.
func field(b []byte, at int, name string) (v span) {
	eachField(b, at, func(key, value span) bool {
		if string(b[key.from+1:key.to-1]) == name {
			v = value
		}
		return true // the last one counts, as with encoding/json
	})
	return v
}

// after finds the first `"name"` in b that is a key, and the value behind it: nil when there is none. Inside a JSON string the
// quotes would be escaped, so what is found is a key, of whatever depth.
func after(b []byte, quoted string) []byte {
	for {
		i := bytes.Index(b, []byte(quoted))
		if i < 0 {
			return nil
		}
		b = b[i+len(quoted):]
		if j := skipSpace(b, 0); j < len(b) && b[j] == ':' {
			return b[skipSpace(b, j+1):]
		}
	}
}
