package desk

import (
	"slices"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// Source says what a suggestion's text comes from.
type Source string

const (
	FromMacro    Source = "macro"
	FromPolicy   Source = "policy"   // passages that were retrieved
	FromFacts    Source = "facts"    // templates over what tools returned
	FromModel    Source = "model"    // a language model's words
	FromQuestion Source = "question" // it asks what is missing
	FromHandoff  Source = "handoff"  // somebody else has to decide
)

// Band is how far a suggestion is proven, by checks and not by what a model thinks of itself.
type Band string

const (
	Grounded Band = "grounded" // all that it says rests on sources, they are fresh, and a rule or text covers it
	Check    Band = "check"    // nothing wrong was found, but not everything is covered
	Unsure   Band = "unsure"   // something was struck out, or could not be looked up
)

// Proof are the checks behind a band.
type Proof struct {
	Grounded bool `json:"grounded"` // nothing was struck out and there is a source
	Fresh    bool `json:"fresh"`    // what it states was looked up for it, and everything could be
	Rule     bool `json:"rule"`     // a rule allowed the action, a text covers it, or it only reads
}

// Band of a suggestion with these checks.
func (p Proof) Band() Band {
	switch {
	case p.Grounded && p.Fresh && p.Rule:
		return Grounded
	case p.Fresh:
		return Check
	}
	return Unsure
}

// Citation is a passage that a text rests on; its footnote in the text is [N].
type Citation struct {
	N        int    `json:"n"`
	Document string `json:"document"`
	Section  string `json:"section"`
	Version  string `json:"version"`
	Quote    string `json:"quote"`
}

// SuggestionState: generated → shown → inserted → sent; or dismissed, reported, expired (another answer was sent, or none is due any
// more), superseded (the customer wrote again).
type SuggestionState string

const (
	Generated  SuggestionState = "generated"
	Shown      SuggestionState = "shown"
	Inserted   SuggestionState = "inserted"
	Sent       SuggestionState = "sent"
	Dismissed  SuggestionState = "dismissed"
	Reported   SuggestionState = "reported"
	Expired    SuggestionState = "expired"
	Superseded SuggestionState = "superseded"
)

// Edited is an event and no state: what was sent is not what was suggested.
const Edited SuggestionState = "edited"

// Usable says whether a suggestion may still be sent.
func (s SuggestionState) Usable() bool { return s == Generated || s == Shown || s == Inserted }

// Suggestion is an answer that a person may send.
type Suggestion struct {
	ID           string          `json:"id"`
	Tenant       string          `json:"-"`
	Conversation string          `json:"conversation"`
	Message      string          `json:"message"` // the customer's, which it answers
	Revision     int64           `json:"revision"`
	Lang         string          `json:"lang"`
	Intent       string          `json:"intent"`
	Text         string          `json:"text"`
	Source       Source          `json:"source"`
	Band         Band            `json:"band"`
	Proof        Proof           `json:"proof"`
	Citations    []Citation      `json:"citations"`
	Proposal     *shop.Proposal  `json:"-"` // planned; it has an id once an agent inserted the suggestion
	Facts        []chat.Evidence `json:"-"` // what was looked up for it
	For          shop.Principal  `json:"-"` // whose records it tells of
	Said         []chat.Message  `json:"-"` // of another desk: the conversation as it was told
	Rung         string          `json:"rung,omitempty"`
	Prompt       string          `json:"prompt,omitempty"` // version of what it was made with
	State        SuggestionState `json:"state"`
	Agent        string          `json:"agent,omitempty"` // who did the last thing with it
	Reason       string          `json:"reason,omitempty"`
	Distance     float64         `json:"distance,omitempty"` // of what was sent: 0 = as suggested, 1 = nothing of it
	Created      time.Time       `json:"created"`
}

// Reasons are why a suggestion may be dismissed or reported.
var Reasons = []string{"wrong", "incomplete", "tone", "not_needed", "unsafe", "other"}

// Waiting is a customer's message that has no suggestions yet.
type Waiting struct{ Tenant, Conversation, Message string }

// Case is a conversation that an answer is wanted for.
type Case struct {
	Who      shop.Principal // on whose behalf it is made
	Row      Row
	Messages []chat.Message // oldest first
	Evidence []chat.Evidence
}

// Last is what the customer wrote since the last answer.
func (c Case) Last() string {
	var out string
	for _, m := range c.Messages {
		switch {
		case m.Replaced:
		case m.Role == chat.User && out == "":
			out = words(m, c.Row.Lang)
		case m.Role == chat.User:
			out += "\n" + words(m, c.Row.Lang)
		case m.Role == chat.Person, m.Role == chat.Bot && m.Text != "":
			out = ""
		}
	}
	return out
}

// words of a message, or what stands for them where a photo is all that was sent.
func words(m chat.Message, lang string) string {
	if m.Text != "" {
		return m.Text
	}
	return m.Read(lang)
}

// Newest is the customer's newest message.
func (c Case) Newest() string {
	for _, m := range slices.Backward(c.Messages) {
		if m.Role == chat.User && !m.Replaced {
			return m.Text
		}
	}
	return ""
}

// Drafted is a whole answer that was made for a case.
type Drafted struct {
	Text      string
	Lang      string
	Facts     []chat.Evidence
	Citations []Citation
	Proposal  *shop.Proposal // planned
	BuiltIn   bool           // by the built-in model
	Rung      string
	Prompt    string
	Struck    int
	Failures  int
	Whole     bool // it came to its end
}

// Macro is a text that the shop approved for such a message, with its gaps filled.
type Macro struct {
	ID, Title, Text, Section, Version string
	Gaps                              bool // something is not known; who sends it is, then
}

// SuggestionWorth is what became of the suggestions of a day, for one intent, source and prompt.
type SuggestionWorth struct {
	Day        string  `json:"day"` // UTC
	Intent     string  `json:"intent"`
	Source     string  `json:"source"`
	Prompt     string  `json:"prompt"`
	Generated  int64   `json:"generated"`
	Shown      int64   `json:"shown"`
	Inserted   int64   `json:"inserted"`
	Edited     int64   `json:"edited"`
	Sent       int64   `json:"sent"`
	Dismissed  int64   `json:"dismissed"`
	Reported   int64   `json:"reported"`
	Expired    int64   `json:"expired"`
	Superseded int64   `json:"superseded"`
	Distance   float64 `json:"distance"` // mean of those sent
}
