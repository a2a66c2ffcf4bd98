package rules

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/prompts"
)

// Nobody here sees photos; one of something damaged goes to a person.
func TestPhotos(t *testing.T) {
	texts, err := prompts.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	en, zh := chat.PhotoNote("en"), chat.PhotoNote("zh")
	for name, c := range map[string]struct {
		lang    string
		said    []string
		handoff bool
		answer  string // part of it
	}{
		"a photo alone":                  {"en", []string{en}, false, "I cannot look at photos. If something arrived damaged"},
		"a photo alone, Chinese":         {"zh", []string{zh}, false, "我看不了照片。"},
		"damage and a photo":             {"en", []string{"My lamp arrived broken\n" + en}, true, ""},
		"damage and a photo, Chinese":    {"zh", []string{"我收到的台灯碎了\n" + zh}, true, ""},
		"first the words, then a photo":  {"en", []string{"My lamp arrived broken.", en}, true, ""},
		"first the photo, then the word": {"en", []string{en, "yes, it is damaged"}, true, ""},
		"thanks and a photo":             {"en", []string{"thanks\n" + en}, false, "I cannot look at photos, so I go by your words."},
		"damage and no photo":            {"en", []string{"thanks, nothing is damaged"}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			req := &llm.Request{Task: "shopper", Lang: c.lang, Tools: []llm.Tool{{Name: "hand_off"}, {Name: "search_policies"}}}
			for i, s := range c.said {
				if i > 0 {
					req.Messages = append(req.Messages, chat.Message{Role: chat.Bot, Text: "…"})
				}
				req.Messages = append(req.Messages, chat.Message{Role: chat.User, Text: s})
			}
			var text strings.Builder
			var calls []chat.ToolCall
			for d, err := range New(texts).Stream(t.Context(), req) {
				if err != nil {
					t.Fatal(err)
				}
				text.WriteString(d.Text)
				if d.Call != nil {
					calls = append(calls, *d.Call)
				}
			}
			at := slices.IndexFunc(calls, func(c chat.ToolCall) bool { return c.Name == "hand_off" })
			if at >= 0 != c.handoff || !strings.Contains(text.String(), c.answer) {
				t.Errorf("%q, calls %v", text.String(), calls)
			}
			if at >= 0 {
				var in struct{ Reason, Summary string }
				if err := json.Unmarshal(calls[at].Args, &in); err != nil || in.Reason != "damaged_item" || in.Summary == "" {
					t.Errorf("handed off with %s", calls[at].Args)
				}
			}
		})
	}
}
