package api

import (
	"strings"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// finishes are the endings that are an answer on this wire. The others are errors.
var finishes = map[chat.Ending]string{chat.Completed: "stop", chat.Truncated: "length", chat.Refused: "content_filter"}

type completion struct {
	ID      string             `json:"id"`
	Object  string             `json:"object"`
	Created int64              `json:"created"`
	Model   string             `json:"model"`
	Choices []completionChoice `json:"choices"`
	Usage   *completionUsage   `json:"usage"`
	Shop    *completionShop    `json:"shop,omitempty"`
}

// chunk differs from a whole completion in its usage, which is absent unless it was asked for.
type chunk struct {
	ID      string            `json:"id"`
	Object  string            `json:"object"`
	Created int64             `json:"created"`
	Model   string            `json:"model"`
	Choices []chunkChoice     `json:"choices"`
	Usage   **completionUsage `json:"usage,omitempty"` // null until the last chunk
	Shop    *completionShop   `json:"shop,omitempty"`
}

type completionChoice struct {
	Index        int           `json:"index"`
	Message      choiceMessage `json:"message"`
	Logprobs     *struct{}     `json:"logprobs"`
	FinishReason string        `json:"finish_reason"`
}

type choiceMessage struct {
	Role    string     `json:"role"`
	Content string     `json:"content"`
	Refusal *string    `json:"refusal"`
	Shop    choiceShop `json:"shop"`
}

type choiceShop struct {
	Cards []shop.Card `json:"cards"`
}

type chunkChoice struct {
	Index        int       `json:"index"`
	Delta        delta     `json:"delta"`
	Logprobs     *struct{} `json:"logprobs"`
	FinishReason *string   `json:"finish_reason"`
}

type delta struct {
	Role    string      `json:"role,omitempty"`
	Content *string     `json:"content,omitempty"`
	Shop    *choiceShop `json:"shop,omitempty"`
}

// completionShop says which conversation this was, how the turn ended and which model answered.
type completionShop struct {
	Conversation string      `json:"conversation"`
	Ending       chat.Ending `json:"ending"`
	Rung         string      `json:"rung"`
}

type completionUsage struct {
	Prompt        int64         `json:"prompt_tokens"`
	Completion    int64         `json:"completion_tokens"`
	Total         int64         `json:"total_tokens"`
	PromptDetails promptDetails `json:"prompt_tokens_details"`
	OutputDetails outputDetails `json:"completion_tokens_details"`
	Estimated     bool          `json:"estimated,omitempty"`
}

type promptDetails struct {
	Cached int64 `json:"cached_tokens"`
}

type outputDetails struct {
	Reasoning int64 `json:"reasoning_tokens"`
}

// failedCompletion is the whole answer, or the last event, of a turn that was cancelled or failed.
type failedCompletion struct {
	Error errorObject    `json:"error"`
	Shop  completionShop `json:"shop"`
}

// answer is a turn as Chat Completions tells it. Whole and streamed it says the same: both are made by the same steps.
type answer struct {
	model   string
	created int64
	usage   bool // asked for in the stream
	turn    string
	text    strings.Builder
	gap     bool // a step ended since the last text: the next begins a paragraph
	cards   []shop.Card
	rung    string
	ended   *chat.Event
}

// take adds an event and returns the piece of text that came with it.
func (a *answer) take(e chat.Event) (text string) {
	switch e.Kind {
	case chat.EvBegun:
		a.turn = e.Turn
	case chat.EvStep:
		a.gap = a.text.Len() > 0
	case chat.EvRung:
		a.rung = e.Rung
	case chat.EvText, chat.EvNotice:
		if e.Kind == chat.EvNotice && e.Owner == nil {
			return ""
		}
		text = e.Text // here a handoff has no other words
		if a.gap && text != "" {
			a.gap = false
			text = "\n\n" + text
		}
		a.text.WriteString(text)
	case chat.EvCard:
		a.cards = append(a.cards, *e.Card)
	case chat.EvEnded:
		a.ended = &e
		if e.Rung != "" {
			a.rung = e.Rung
		}
	}
	return text
}

func (a *answer) id() string { return "chatcmpl-" + a.turn }

// shop is of the end. A turn that never told how it ended failed.
func (a *answer) shop(t assistant.Turn) completionShop {
	s := completionShop{t.Conversation, chat.Failed, a.rung}
	if a.ended != nil {
		s.Ending = a.ended.Ending
	}
	return s
}

func (a *answer) tokens() *completionUsage {
	u := a.ended.Usage
	return &completionUsage{u.Input, u.Output, u.Input + u.Output, promptDetails{u.Cached}, outputDetails{u.Reasoning}, u.Estimated}
}

func (a *answer) whole(t assistant.Turn) completion {
	sh := a.shop(t)
	return completion{
		ID: a.id(), Object: "chat.completion", Created: a.created, Model: a.model, Usage: a.tokens(), Shop: &sh,
		Choices: []completionChoice{{
			Message:      choiceMessage{Role: "assistant", Content: a.text.String(), Shop: choiceShop{list(a.cards)}},
			FinishReason: finishes[a.ended.Ending],
		}},
	}
}

// chunks are what an event is in the stream. The ending is last's.
func (a *answer) chunks(e chat.Event) []chunk {
	text := a.take(e)
	switch {
	case e.Kind == chat.EvBegun:
		empty := ""
		return []chunk{a.chunk(delta{Role: "assistant", Content: &empty}, nil)}
	case text != "":
		return []chunk{a.chunk(delta{Content: &text}, nil)}
	case e.Kind == chat.EvCard:
		return []chunk{a.chunk(delta{Shop: &choiceShop{[]shop.Card{*e.Card}}}, nil)}
	}
	return nil
}

func (a *answer) chunk(d delta, finish *string) chunk {
	c := chunk{
		ID: a.id(), Object: "chat.completion.chunk", Created: a.created, Model: a.model,
		Choices: []chunkChoice{{Delta: d, FinishReason: finish}},
	}
	if a.usage {
		c.Usage = new(*completionUsage)
	}
	return c
}

// last is the chunk with the finish reason and, when usage was asked for, the one without choices that OpenAI sends after it.
// Both say how the turn ended: whichever a client takes for the last has it.
func (a *answer) last(t assistant.Turn) []chunk {
	reason, sh := finishes[a.ended.Ending], a.shop(t)
	end := a.chunk(delta{}, &reason)
	end.Shop = &sh
	if !a.usage {
		return []chunk{end}
	}
	u := a.tokens()
	return []chunk{end, {ID: a.id(), Object: end.Object, Created: a.created, Model: a.model, Choices: []chunkChoice{}, Usage: &u, Shop: &sh}}
}
