package rules

import (
	"slices"
	"strings"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/prompts"
)

// drafts is the task of answers that an agent reads first.
const drafts = "draft"

// wished is the request with the customer's words as the wish that they are. Where the last ones only ask for a person, who is
// there now, the wish is what was written before.
func (t *turn) wished() *llm.Request {
	req := *t.req
	req.Messages = slices.Clone(req.Messages)
	var asked []int
	for i := range req.Messages {
		if m := &req.Messages[i]; m.Role == chat.User {
			m.Text = unasked(prompts.OfCustomer(m.Text))
			asked = append(asked, i)
		}
	}
	if n := len(asked); n > 0 && forPerson(req.Messages[asked[n-1]].Text) {
		for _, i := range slices.Backward(asked[:n-1]) {
			if text := req.Messages[i].Text; !forPerson(text) && wishes(text) {
				// What the assistant answered to it then is what the person is asked about: the wish is heard as if it was new.
				last := req.Messages[asked[n-1]]
				last.Text = text
				req.Messages = append(slices.Clone(req.Messages[:i]), append([]chat.Message{last}, req.Messages[asked[n-1]+1:]...)...)
				break
			}
		}
	}
	t.req = &req
	return t.req
}

// unasked is what was written in a row without the lines that only ask for a person.
func unasked(text string) string {
	lines := strings.Split(text, "\n")
	if kept := slices.DeleteFunc(slices.Clone(lines), forPerson); len(kept) > 0 {
		return strings.Join(kept, "\n")
	}
	return text
}

// forPerson tells whether a message asks for a person and nothing else.
func forPerson(text string) bool {
	acts := hear(text).acts
	return slices.ContainsFunc(acts, func(a act) bool { return a.kind == human }) &&
		!slices.ContainsFunc(acts, func(a act) bool { return a.kind != human && a.kind != greet && a.kind != thanks })
}

// wishes tells whether a message is about something of the shop.
func wishes(text string) bool {
	return slices.ContainsFunc(hear(text).acts, func(a act) bool {
		switch a.kind {
		case orders, orderChange, complaint, policy, coupons, search, details, reviews, stock, fact, priceOf, compare:
			return true
		}
		return false
	})
}
