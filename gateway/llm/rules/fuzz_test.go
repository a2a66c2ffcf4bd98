package rules

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
)

func fsWith(name, text string) fs.FS { return fstest.MapFS{name: {Data: []byte(text)}} }

func FuzzHear(f *testing.F) {
	for _, s := range append(script, "", " ", "\x00\xff\xfe", "\u202e\u200b\u2066abc", "第第第第第", "#", "# #1 #12345678", "code code code", "a, b, c. d! e? f; g", strings.Repeat("，", 50), "ｓｈｏｗ　ｍｅ　耳机", "İı ﷺ ﬀ", "👩‍👩‍👧‍👦", "-1 than 比3", "compare and and and") {
		f.Add(s)
	}
	m := open().model
	f.Fuzz(func(t *testing.T, s string) {
		h := hear(s)
		if len(h.acts) == 0 || len(h.acts) > maxActs {
			t.Fatalf("%d acts", len(h.acts))
		}
		for _, a := range h.acts {
			if !utf8.ValidString(a.text) || strings.ContainsAny(a.text, "\x00\u202e") {
				t.Fatalf("%q", a.text)
			}
			for _, n := range a.refs.list {
				if n < -1 || n > 100 {
					t.Fatalf("place %d", n)
				}
			}
		}
		if _, a := m.answer(&llm.Request{Task: "shopper", Lang: "en", Messages: []chat.Message{{Role: chat.User, Text: s}}}); a == "" {
			t.Fatal("no answer")
		}
	})
}

// What a message costs is bounded, because only its first part is read.
func TestOnlyTheFirstPartIsRead(t *testing.T) {
	for _, unit := range []string{"compare the first and ", "#1234 ", "第二个和", "not red, ", "a.", "cheaper than ", "，", "show me ", "and what "} {
		long := strings.Repeat(unit, 40000)
		short := string([]rune(long)[:2*maxRunes])
		if a, b := outline(hear(long)), outline(hear(short)); a != b {
			t.Errorf("%q: %.80s / %.80s", unit, a, b)
		}
		if n := len([]rune(spoken(long))); n > 2*maxRunes {
			t.Errorf("%q: %d runes are read", unit, n)
		}
		if n := len(parts(spoken(long))); n > maxParts {
			t.Errorf("%q: %d parts", unit, n)
		}
	}
}
