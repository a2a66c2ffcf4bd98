package openai

import (
	"strings"
	"unicode"

	"shopkeeper/gateway/chat"
)

// maxBlanks is how many blank characters in a row end an answer.
const maxBlanks = 200

func isBlank(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' }

// reader turns the content of an answer into what may be shown and the calls that stand in it.
type reader interface {
	// add returns what may be shown by now. Its error is errImagined: nothing that follows matters.
	add(piece string) (show string, err error)
	// end returns what is left. whole: the model ended by itself, it was not cut.
	end(whole bool) (show string, calls []chat.ToolCall)
}

// tidy drops white space at both ends and shortens long runs of it.
type tidy struct {
	held  strings.Builder // blanks whose fate is open
	begun bool
}

func (t *tidy) add(s string) string {
	var out strings.Builder
	for _, r := range s {
		if isBlank(r) {
			if t.begun {
				t.held.WriteRune(r)
			}
			continue
		}
		if t.held.Len() > 0 {
			out.WriteString(shortened(t.held.String()))
			t.held.Reset()
		}
		t.begun = true
		out.WriteRune(r)
	}
	return out.String()
}

// shortened keeps runs that layout needs.
func shortened(blanks string) string {
	switch n := strings.Count(blanks, "\n"); {
	case len(blanks) <= 16 && n <= 2:
		return blanks
	case n > 1:
		return "\n\n"
	case n == 1:
		return "\n"
	}
	return " "
}

const (
	thinkOpen  = "<think>"
	thinkClose = "</think>"
)

// think takes reasoning out of the content: servers without a parser for it leave it there, in tags, at the start.
type think struct {
	held  string
	state int // 0: nothing but white space came, 1: within, 2: past it
}

func (t *think) add(s string) (text, thought string) {
	switch t.state {
	case 2:
		return s, ""
	case 0:
		t.held += s
		head := strings.TrimLeftFunc(t.held, isBlank)
		switch {
		case strings.HasPrefix(head, thinkOpen):
			t.state, s, t.held = 1, head[len(thinkOpen):], ""
		case strings.HasPrefix(thinkOpen, head):
			return "", "" // may still become the tag
		default:
			t.state, s, t.held = 2, "", ""
			return head, ""
		}
	}
	t.held += s
	if i := strings.Index(t.held, thinkClose); i >= 0 {
		thought, text = t.held[:i], t.held[i+len(thinkClose):]
		t.state, t.held = 2, ""
		return text, thought
	}
	keep := overlap(t.held, thinkClose)
	thought = t.held[:len(t.held)-keep]
	t.held = t.held[len(t.held)-keep:]
	return "", thought
}

// end returns what was held: of reasoning that never ended, its rest.
func (t *think) end() (text, thought string) {
	held := t.held
	t.held = ""
	if t.state == 1 {
		return "", held
	}
	return strings.TrimLeftFunc(held, isBlank), ""
}

// overlap is how many bytes at the end of s begin mark.
func overlap(s, mark string) int {
	for n := min(len(s), len(mark)-1); n > 0; n-- {
		if strings.HasSuffix(s, mark[:n]) {
			return n
		}
	}
	return 0
}
