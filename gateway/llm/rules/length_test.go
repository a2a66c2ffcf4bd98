package rules

import (
	"strings"
	"testing"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/prompts"
)

// It keeps to the length that is asked for and says when it stopped for that, like any model.
func TestMaxTokens(t *testing.T) {
	set, err := prompts.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	say := func(most int) (text string, end llm.Delta) {
		req := &llm.Request{Task: "shopper", Lang: "en", MaxTokens: most, Messages: []chat.Message{{Role: chat.User, Text: "what can you do?"}}}
		for d, err := range New(set).Stream(t.Context(), req) {
			if err != nil {
				t.Fatal(err)
			}
			text += d.Text
			end = d
		}
		return text, end
	}
	whole, end := say(0)
	if end.Finish != llm.Stop {
		t.Fatalf("finish %s", end.Finish)
	}
	if again, end := say(int(end.Usage.Output)); again != whole || end.Finish != llm.Stop {
		t.Errorf("just enough: %s %q", end.Finish, again)
	}
	for _, most := range []int{1, 10} {
		part, end := say(most)
		if end.Finish != llm.Length || !strings.HasPrefix(whole, part) || end.Usage.Output > int64(most) {
			t.Errorf("%d tokens: %s, %d, %q", most, end.Finish, end.Usage.Output, part)
		}
	}
}
