package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"shopkeeper/shop"
)

// maxDepth is how deep a request's JSON may nest: the deepest that a client has reason to send is eight.
const maxDepth = 64

// readWithin is how long a client may take to send a body.
const readWithin = 60 * time.Second

// readBody reads a whole request body; how much that may be, the route's limit says.
func readBody(c echo.Context) ([]byte, error) {
	rc := http.NewResponseController(c.Response())
	_ = rc.SetReadDeadline(time.Now().Add(readWithin)) // a recorder in a test has none
	defer func() { _ = rc.SetReadDeadline(time.Time{}) }()
	b, err := io.ReadAll(c.Request().Body)
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return nil, tooLarge(tooBig.Limit)
	case err != nil:
		return nil, &shop.Error{Kind: shop.Invalid, Code: "broken_body", Msg: "The request's body ended before it was complete.", Err: err}
	}
	return b, nil
}

// decode reads a request's JSON. Unknown fields pass, as every client of these wires sends some; what is broken or of a wrong
// type is named with its place.
func decode[T any](c echo.Context) (T, error) {
	var zero T
	b, err := readBody(c)
	if err != nil {
		return zero, err
	}
	return parse[T](b)
}

// decodeOptional is decode where an empty body says nothing.
func decodeOptional[T any](c echo.Context) (T, error) {
	var zero T
	b, err := readBody(c)
	if err != nil || len(bytes.TrimSpace(b)) == 0 {
		return zero, err
	}
	return parse[T](b)
}

func parse[T any](b []byte) (v T, err error) {
	if err := inspect(b); err != nil {
		return v, err
	}
	if err := json.Unmarshal(b, &v); err != nil {
		var zero T
		return zero, explain(b, err, "")
	}
	return v, nil
}

// explain turns an error of encoding/json into a sentence for whoever wrote the request.
func explain(b []byte, err error, within string) error {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line, column := place(b, syntax.Offset)
		return &shop.Error{Kind: shop.Invalid, Code: "broken_json", Msg: fmt.Sprintf("The body is not JSON: %s at line %d, column %d.", jsonFault(syntax), line, column), Err: err}
	case errors.As(err, &wrong):
		field := within
		if wrong.Field != "" {
			field = strings.TrimPrefix(within+"."+wrong.Field, ".")
		}
		if field == "" {
			return &shop.Error{Kind: shop.Invalid, Code: "wrong_type", Msg: fmt.Sprintf("The body must be %s, not %s.", typeName(wrong), an(wrong.Value)), Err: err}
		}
		return &shop.Error{Kind: shop.Invalid, Code: "wrong_type", Field: field, Msg: fmt.Sprintf("“%s” must be %s, not %s.", field, typeName(wrong), an(wrong.Value)), Err: err}
	}
	return &shop.Error{Kind: shop.Invalid, Code: "broken_json", Msg: "The body could not be read as JSON.", Err: err}
}

func jsonFault(e *json.SyntaxError) string {
	switch m := e.Error(); {
	case strings.HasPrefix(m, "unexpected end"):
		return "it ends too early"
	case strings.HasPrefix(m, "invalid character"):
		return "an unexpected " + strings.TrimPrefix(m, "invalid ")
	default:
		return m
	}
}

func typeName(e *json.UnmarshalTypeError) string {
	switch e.Type.Kind().String() {
	case "string":
		return "a string"
	case "bool":
		return "true or false"
	case "slice", "array":
		return "a list"
	case "struct", "map":
		return "an object"
	case "int", "int64", "uint64":
		return "a whole number"
	case "float64":
		return "a number"
	}
	return "another type"
}

func an(kind string) string {
	switch {
	case kind == "array":
		return "a list"
	case kind == "object":
		return "an object"
	case kind == "bool":
		return "true or false"
	case strings.HasPrefix(kind, "number ") && len(kind) < 40:
		return "the " + kind // says what is wrong with it where a number is right
	case strings.HasPrefix(kind, "number"):
		return "a number"
	}
	return "a " + kind
}

func place(b []byte, offset int64) (line, column int) {
	at := b[:min(max(offset-1, 0), int64(len(b)))]
	line = 1 + bytes.Count(at, []byte("\n"))
	return line, 1 + utf8.RuneCount(at[bytes.LastIndexByte(at, '\n')+1:])
}

// inspect refuses what encoding/json would take without a word: bytes that are no UTF-8, half of a surrogate pair (Go would
// put U+FFFD in its place and the shopper's character were lost), and nesting that costs more than any request is worth.
func inspect(b []byte) error {
	if !utf8.Valid(b) {
		at := 0
		for at < len(b) {
			r, n := utf8.DecodeRune(b[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		return &shop.Error{Kind: shop.Invalid, Code: "broken_utf8", Msg: fmt.Sprintf("The body is not UTF-8: byte %d does not belong there.", at+1)}
	}
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch {
		case inString && b[i] == '\\':
			if i+1 < len(b) && b[i+1] == 'u' {
				n, ok := surrogates(b[i:])
				if !ok {
					line, column := place(b, int64(i+1))
					return &shop.Error{Kind: shop.Invalid, Code: "lone_surrogate", Msg: fmt.Sprintf("The body holds half of a surrogate pair at line %d, column %d: a character was cut in two.", line, column)}
				}
				i += n - 1
				continue
			}
			i++
		case b[i] == '"':
			inString = !inString
		case !inString && (b[i] == '{' || b[i] == '['):
			if depth++; depth > maxDepth {
				return &shop.Error{Kind: shop.Invalid, Code: "too_deep", Msg: fmt.Sprintf("The body nests deeper than %d levels.", maxDepth)}
			}
		case !inString && (b[i] == '}' || b[i] == ']'):
			depth--
		}
	}
	return nil
}

// surrogates reads a \u escape, or two when they make one character. Broken escapes are left to the parser.
func surrogates(b []byte) (n int, ok bool) {
	hi, good := hex4(b)
	if !good || hi < 0xd800 || hi > 0xdfff {
		return 2, true
	}
	if hi >= 0xdc00 {
		return 6, false
	}
	lo, good := hex4(b[min(6, len(b)):])
	return 12, good && lo >= 0xdc00 && lo <= 0xdfff
}

func hex4(b []byte) (v rune, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			v = v<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

const maxMessage = 8000 // characters of one message, as the assistant has it

// cleanMessage makes a message fit to be stored and shown: control characters and the marks that turn the direction of what
// follows are taken out, everything else stays as it was written. Nothing left, or too much, is an error.
func cleanMessage(field, s string) (string, error) {
	s = withoutControls(s)
	if strings.TrimSpace(s) == "" {
		return "", &shop.Error{Kind: shop.Invalid, Code: "empty_message", Field: field, Msg: "The message is empty. Write a question."}
	}
	if n := utf8.RuneCountInString(s); n > maxMessage {
		return "", &shop.Error{Kind: shop.TooLarge, Code: "message_too_long", Field: field, Msg: fmt.Sprintf("The message has %d characters; up to %d are read. Please shorten it.", n, maxMessage)}
	}
	return s, nil
}

// withoutControls keeps line ends and tabs of the control characters.
func withoutControls(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), hidden(r):
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

// hidden are the directional overrides, embeddings and isolates, and the byte order mark inside a text.
func hidden(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}

// param is a piece of the address as it was meant. Echo leaves it escaped when, and only when, the address had to be kept raw.
func param(c echo.Context, name string) string {
	v := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return v
	}
	if plain, err := url.PathUnescape(v); err == nil {
		return plain
	}
	return v
}

// checkID refuses ids that nobody could read back: empty, long, or with characters that do not show.
func checkID(field, id string, longest int) error {
	if id == "" {
		return invalid(field, "“%s” is missing.", field)
	}
	if utf8.RuneCountInString(id) > longest {
		return invalid(field, "“%s” is longer than %d characters.", field, longest)
	}
	for _, r := range id {
		if !unicode.IsPrint(r) {
			return invalid(field, "“%s” holds the character U+%04X, which an id cannot have.", field, r)
		}
	}
	return nil
}

// checkConversation is stricter: the id is part of addresses.
func checkConversation(field, id string) error {
	bad := func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	if id == "" || len(id) > 64 || strings.ContainsFunc(id, bad) {
		return invalid(field, "“%s” must be 1 to 64 characters of A–Z, a–z, 0–9, _ and -.", field)
	}
	return nil
}

func hasCode(err error, code string) bool {
	var e *shop.Error
	return errors.As(err, &e) && e.Code == code
}
