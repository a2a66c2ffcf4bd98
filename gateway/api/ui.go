package api

import (
	"encoding/json"
	"strconv"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// uiHeader marks AI SDK's UI message stream.
const uiHeader = "X-Vercel-Ai-Ui-Message-Stream"

// uiDone is the line after the last part of a turn that ended as turns do.
const uiDone = "[DONE]"

// uiPart is one part of AI SDK's UI message stream. Its readers refuse fields that they do not know, so each type sets only
// its own.
type uiPart struct {
	Type         string          `json:"type"`
	MessageID    string          `json:"messageId,omitempty"`
	ID           string          `json:"id,omitempty"`
	Delta        string          `json:"delta,omitempty"`
	ToolCallID   string          `json:"toolCallId,omitempty"`
	ToolName     string          `json:"toolName,omitempty"`
	ApprovalID   string          `json:"approvalId,omitempty"`
	Input        json.RawMessage `json:"input,omitempty"`
	Output       *uiOutput       `json:"output,omitempty"`
	ErrorText    string          `json:"errorText,omitempty"`
	Data         any             `json:"data,omitempty"`
	FinishReason string          `json:"finishReason,omitempty"`
	Metadata     *uiMetadata     `json:"messageMetadata,omitempty"`
}

// uiOutput is what a person sees of a tool's result beside its cards: one line.
type uiOutput struct {
	Line string `json:"line"`
}

// uiMetadata comes with start (Conversation alone) and with finish.
type uiMetadata struct {
	Conversation string      `json:"conversation"`
	Ending       chat.Ending `json:"ending,omitempty"`
	Rung         string      `json:"rung,omitempty"`
	Usage        *chat.Usage `json:"usage,omitempty"`
}

type (
	uiText struct {
		Text string `json:"text"`
	}
	uiRung struct {
		Rung string `json:"rung"`
	}
)

// finishReasons of the endings that are a finish. Cancelled is abort, failed is error.
var finishReasons = map[chat.Ending]string{chat.Completed: "stop", chat.Truncated: "length", chat.Refused: "content-filter"}

// uiStream turns the events of one turn into parts. Given the same events it gives the same parts, names and all: whoever reads
// on in the middle needs no more than the parts that are missing.
type uiStream struct {
	conversation string
	problem      func(*shop.Error) string
	texts        int
	text         string // id of the open text, "" = none
	step         bool
	asked        map[string]bool // calls that wait for an approval: their output is not told
}

func (u *uiStream) encode(e chat.Event) []uiPart {
	switch e.Kind {
	case chat.EvBegun:
		return []uiPart{{Type: "start", MessageID: e.Text, Metadata: &uiMetadata{Conversation: u.conversation}}}
	case chat.EvStep:
		out := u.endStep()
		u.step = true
		return append(out, uiPart{Type: "start-step"})
	case chat.EvRung:
		return append(u.endText(), uiPart{Type: "data-rung", Data: uiRung{e.Rung}})
	case chat.EvText:
		if e.Text == "" {
			return nil
		}
		var out []uiPart
		if u.text == "" {
			u.texts++
			u.text = "text-" + strconv.Itoa(u.texts)
			out = append(out, uiPart{Type: "text-start", ID: u.text})
		}
		return append(out, uiPart{Type: "text-delta", ID: u.text, Delta: e.Text})
	case chat.EvCall:
		input := e.Call.Args
		if len(input) == 0 {
			input = json.RawMessage("{}")
		}
		return append(u.endText(), uiPart{Type: "tool-input-available", ToolCallID: e.Call.ID, ToolName: e.Call.Name, Input: input})
	case chat.EvResult:
		if e.Problem != nil {
			return append(u.endText(), uiPart{Type: "tool-output-error", ToolCallID: e.Call.ID, ErrorText: e.Problem.Msg})
		}
		if u.asked[e.Call.ID] {
			return nil
		}
		return append(u.endText(), uiPart{Type: "tool-output-available", ToolCallID: e.Call.ID, Output: &uiOutput{e.Text}})
	case chat.EvCard:
		out := append(u.endText(), uiPart{Type: "data-" + e.Card.Kind, ID: e.Card.ID, Data: e.Card.Data})
		if e.Card.Kind == "proposal" && e.Call != nil {
			if u.asked == nil {
				u.asked = map[string]bool{}
			}
			u.asked[e.Call.ID] = true
			out = append(out, uiPart{Type: "tool-approval-request", ApprovalID: e.Card.ID, ToolCallID: e.Call.ID})
		}
		return out
	case chat.EvNotice:
		return append(u.endText(), uiPart{Type: "data-notice", ID: "notice-" + eventID(e.ID), Data: uiText{e.Text}})
	case chat.EvOwner:
		return append(u.endText(), uiPart{Type: "data-owner", Data: e.Owner})
	case chat.EvEnded:
		return u.end(e)
	}
	return nil
}

func (u *uiStream) end(e chat.Event) []uiPart {
	if reason, ok := finishReasons[e.Ending]; ok {
		usage := e.Usage
		return append(u.endStep(), uiPart{
			Type: "finish", FinishReason: reason,
			Metadata: &uiMetadata{Conversation: u.conversation, Ending: e.Ending, Rung: e.Rung, Usage: &usage},
		}, uiPart{Type: uiDone})
	}
	if e.Ending == chat.Cancelled {
		return append(u.endText(), uiPart{Type: "abort"}, uiPart{Type: uiDone})
	}
	p := e.Problem
	if p == nil {
		p = &shop.Error{Kind: shop.Internal}
	}
	return append(u.endText(), uiPart{Type: "error", ErrorText: u.problem(p)})
}

func (u *uiStream) endText() []uiPart {
	if u.text == "" {
		return nil
	}
	p := uiPart{Type: "text-end", ID: u.text}
	u.text = ""
	return []uiPart{p}
}

func (u *uiStream) endStep() []uiPart {
	out := u.endText()
	if u.step {
		u.step = false
		out = append(out, uiPart{Type: "finish-step"})
	}
	return out
}

func uiError(text string) []byte {
	b, err := encode(uiPart{Type: "error", ErrorText: text})
	if err != nil {
		return nil
	}
	return append(append([]byte("data: "), b...), "\n\n"...)
}
