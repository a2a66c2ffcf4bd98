package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// encode is JSON that keeps < > & as they are: records stay readable and short.
func encode(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("encode record: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func decode[T any, B ~string | ~[]byte](data B) (v T, err error) {
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		return v, fmt.Errorf("decode record: %w", err)
	}
	return v, nil
}

// call keeps a tool call's arguments to the byte, because the upstream's prefix cache sees them again, and because a model
// may have written what is no JSON at all.
type call struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Args string `json:"args"`
	Raw  []byte `json:"raw,omitempty"` // instead of Args when they are no text either
}

func fromCall(c chat.ToolCall) call {
	if utf8.Valid(c.Args) {
		return call{ID: c.ID, Name: c.Name, Args: string(c.Args)}
	}
	return call{ID: c.ID, Name: c.Name, Raw: c.Args}
}

func (c call) chat() chat.ToolCall {
	out := chat.ToolCall{ID: c.ID, Name: c.Name}
	switch {
	case c.Raw != nil:
		out.Args = c.Raw
	case c.Args != "":
		out.Args = json.RawMessage(c.Args)
	}
	return out
}

// valid makes what should be JSON storable whatever it is: an answer is not lost because of one card.
func valid(b json.RawMessage) json.RawMessage {
	switch {
	case len(b) == 0:
		return nil
	case json.Valid(b):
		return b
	}
	text, _ := json.Marshal(string(b)) // a string always encodes
	return text
}

func cards(in []shop.Card) []shop.Card {
	out := make([]shop.Card, len(in))
	for i, c := range in {
		c.Data = valid(c.Data)
		out[i] = c
	}
	return out
}

type message struct {
	chat.Message
	Calls []call      `json:"calls,omitempty"`
	Cards []shop.Card `json:"cards,omitempty"`
}

func encodeMessage(m chat.Message) (string, error) {
	s := message{Message: m, Cards: m.Cards}
	for _, c := range m.Calls {
		s.Calls = append(s.Calls, fromCall(c))
	}
	text, err := encode(s)
	if err != nil {
		s.Cards = cards(m.Cards)
		text, err = encode(s)
	}
	return text, err
}

func decodeMessage(text string) (chat.Message, error) {
	s, err := decode[message](text)
	m := s.Message
	m.Cards = s.Cards
	for _, c := range s.Calls {
		m.Calls = append(m.Calls, c.chat())
	}
	return m, err
}

type evidence struct {
	chat.Evidence
	Call call `json:"call"`
}

// readBy is what the model read of calls, by turn and call: the last of several messages of one call.
type readBy map[[2]string]string

func (r readBy) add(m chat.Message) {
	if m.Role == chat.Tool {
		r[[2]string{m.Turn, m.CallID}] = m.Text
	}
}

func (r readBy) of(e chat.Evidence) (text string, ok bool) {
	text, ok = r[[2]string{e.Turn, e.Call.ID}]
	return text, ok
}

// encodeEvidence leaves an output out that the model read as it is: it stands in the call's message.
func encodeEvidence(e chat.Evidence, read readBy) (string, error) {
	s := evidence{Evidence: e, Call: fromCall(e.Call)}
	if text, ok := read.of(e); ok && text == string(e.Output) {
		s.Output = nil
	}
	text, err := encode(s)
	if err != nil {
		s.Output = valid(e.Output)
		text, err = encode(s)
	}
	return text, err
}

func decodeEvidence(text string, read readBy) (chat.Evidence, error) {
	s, err := decode[evidence](text)
	s.Evidence.Call = s.Call.chat()
	if text, ok := read.of(s.Evidence); ok && (s.Output == nil || string(s.Output) == "null") {
		s.Output = json.RawMessage(text)
	}
	return s.Evidence, err
}

type event struct {
	chat.Event
	Call *call `json:"call,omitempty"`
}

// encodeEvents leaves a card's data out where one of the turn's messages holds them: they are most of what a turn stores.
func encodeEvents(es []chat.Event, ms []chat.Message) (string, error) {
	out := make([]event, len(es))
	for i, e := range es {
		out[i].Event = e
		if e.Card != nil {
			if c := cardIn(ms, *e.Card); c != nil && bytes.Equal(c.Data, e.Card.Data) {
				out[i].Card = &shop.Card{Kind: c.Kind, ID: c.ID}
			}
		}
		if e.Call != nil {
			c := fromCall(*e.Call)
			out[i].Call = &c
		}
		if e.Problem != nil {
			p := *e.Problem
			p.Err = nil // the cause is for the log, and an error does not survive JSON
			out[i].Problem = &p
		}
	}
	text, err := encode(out)
	if err == nil {
		return text, nil
	}
	for i := range out {
		if card := out[i].Card; card != nil {
			c := *card
			c.Data = valid(c.Data)
			out[i].Card = &c
		}
	}
	return encode(out)
}

func cardIn(ms []chat.Message, c shop.Card) *shop.Card {
	for i := range ms {
		for j := range ms[i].Cards {
			if has := &ms[i].Cards[j]; has.Kind == c.Kind && has.ID == c.ID {
				return has
			}
		}
	}
	return nil
}

// decodeEvents gives a card the data that the turn's messages hold; without those it has none.
func decodeEvents(text string, ms []chat.Message) ([]chat.Event, error) {
	in, err := decode[[]event](text)
	if err != nil {
		return nil, err
	}
	out := make([]chat.Event, len(in))
	for i, e := range in {
		out[i] = e.Event
		if e.Card != nil && (e.Card.Data == nil || string(e.Card.Data) == "null") {
			if c := cardIn(ms, *e.Card); c != nil {
				out[i].Card = c
			}
		}
		if e.Call != nil {
			c := e.Call.chat()
			out[i].Call = &c
		}
	}
	return out, nil
}

// firstWord is how long a turn's first piece of text took, out of its events without reading the rest of them.
func firstWord(text string) (time.Duration, error) {
	in, err := decode[[]struct {
		Kind  chat.EventKind `json:"kind"`
		After int64          `json:"after"`
	}](text)
	for _, e := range in {
		if e.Kind == chat.EvText {
			return max(time.Duration(e.After)*time.Millisecond, time.Microsecond), nil
		}
	}
	return 0, err
}
