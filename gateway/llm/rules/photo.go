package rules

import (
	"slices"
	"strings"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/prompts"
	"shopkeeper/tools"
)

var photoNotes = strings.NewReplacer(chat.PhotoNote("en"), "", chat.PhotoNote("zh"), "")

// sightless takes the notes of photos out of what customers wrote: photo says that the last message has one, photos that any has.
func (t *turn) sightless() *llm.Request {
	req := *t.req
	req.Messages = slices.Clone(req.Messages)
	for i := range req.Messages {
		m := &req.Messages[i]
		if m.Role != chat.User {
			continue
		}
		words := photoNotes.Replace(m.Text)
		if t.photo = words != m.Text; t.photo {
			t.photos, m.Text = true, strings.TrimSpace(words)
		}
		t.broke = t.broke || brokenRE.MatchString(strings.ToLower(m.Text))
	}
	t.req = &req
	return t.req
}

var brokenRE = re(`\b(broken?|damaged?|defective|faulty|crack(s|ed)?|shattered|scratch(es|ed)?|dent(s|ed)?|torn|leak(s|ing|ed)?|wrong (item|size|colou?r|product|one))\b`, `坏|破|损|裂|碎|划痕|刮|漏|发错|寄错`)

// pictured says that nobody here sees photos. One of something damaged goes to a person; true: there is nothing more to say.
func (t *turn) pictured() bool {
	bare := strings.TrimSpace(t.said.text) == ""
	switch {
	case !t.photos:
		return false
	case t.req.Task == drafts:
		if t.photo {
			t.say("photo", prompts.Say{})
		}
		return t.photo && bare
	}
	damage := bare && t.photo && t.broke || brokenRE.MatchString(strings.ToLower(t.said.text))
	if damage && !slices.ContainsFunc(t.said.acts, func(a act) bool { return a.kind == orderChange || a.kind == human || a.kind == policy }) {
		summary := "The shopper sent a photo of something damaged or wrong. "
		if t.zh {
			summary = "顾客发来了商品损坏或有误的照片。"
		}
		r := t.call("hand_off", tools.HandoffInput{Reason: "damaged_item", Summary: clip(summary+t.said.text, 300)})
		if r.failed {
			t.trouble(r)
		}
		if !r.missing {
			return true
		}
	}
	if bare && t.photo {
		t.say("photo", prompts.Say{})
		return true
	}
	if t.photo {
		t.say("photo_words", prompts.Say{})
	}
	return false
}
