package assistant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/telemetry"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// outcome of one call, by its place in the round.
type outcome struct {
	at  int
	res tools.Result
	err error
}

// work runs a round's calls side by side. Cards and lines go out the moment each tool returns; the model reads the results in
// the order of its calls. An error means that the turn is over.
func (r *run) work(ctx context.Context, calls []chat.ToolCall) error {
	for i := range calls {
		if calls[i].ID == "" || r.callIDs[calls[i].ID] {
			calls[i].ID = "call_" + r.a.newID()
		}
		r.callIDs[calls[i].ID] = true
	}
	var text string
	if r.spokeInRound() {
		text = r.messages[len(r.messages)-1].Text
		r.messages = r.messages[:len(r.messages)-1]
	}
	r.messages = append(r.messages, chat.Message{Role: chat.Bot, Text: text, Calls: validArgs(calls), Reasoning: r.thinking.String(), At: r.a.now()})

	results := make([]chat.Message, len(calls))
	out := make(chan outcome, len(calls)) // room for all: a tool that comes late blocks nobody
	running := 0
	for i, c := range calls {
		results[i] = chat.Message{Role: chat.Tool, CallID: c.ID, Name: c.Name}
		if refusal := r.refuse(i, c); refusal != "" {
			results[i].Failed, results[i].Text = true, refusal
			r.failures++
			continue
		}
		r.emit(chat.Event{Kind: chat.EvCall, Call: &chat.ToolCall{ID: c.ID, Name: c.Name, Args: r.public(c)}})
		running++
		sc := r.scope(c)
		go func() {
			runtime.Gosched()
			ctx, traced := telemetry.Span(ctx, "execute_tool "+c.Name, telemetry.Operation("execute_tool"), telemetry.ToolName(c.Name), telemetry.ToolCallID(c.ID))
			began := r.a.now()
			call := r.a.Tools.Call
			if r.draft {
				call = r.a.Tools.Draft
			}
			res, err := call(ctx, sc, c.Name, c.Args)
			if r.a.Timed != nil {
				r.a.Timed(ctx, c.Name, err, r.a.now().Sub(began))
			}
			traced(failure(err))
			out <- outcome{i, res, err}
		}()
	}
	cancelled := ctx.Done()
	var late <-chan time.Time
	for running > 0 {
		select {
		case got := <-out:
			running--
			r.take(&results[got.at], calls[got.at], got)
		case <-cancelled:
			// Tools listen to ctx; one that does not is left behind, its result unread.
			cancelled, late = nil, time.After(2*time.Second)
		case <-late:
			running = 0
		}
	}
	for i := range results {
		if results[i].Text == "" {
			results[i].Failed, results[i].Text = true, "The call was cancelled."
		}
		results[i].At = r.a.now()
	}
	r.messages = append(r.messages, results...)
	return ctx.Err()
}

// spokeInRound: text before the calls of the same round belongs to the same message.
func (r *run) spokeInRound() bool {
	n := len(r.messages)
	return n > 0 && r.messages[n-1].Role == chat.Bot && len(r.messages[n-1].Calls) == 0
}

// validArgs are calls as the history keeps them: arguments that are not JSON would break every later request.
func validArgs(calls []chat.ToolCall) []chat.ToolCall {
	out := slices.Clone(calls)
	for i := range out {
		if a := bytes.TrimSpace(out[i].Args); len(a) == 0 || !json.Valid(a) || a[0] != '{' || len(a) > 16<<10 {
			out[i].Args = json.RawMessage("{}")
		}
	}
	return out
}

// take files one tool's outcome: evidence and cards first, then the line.
func (r *run) take(m *chat.Message, c chat.ToolCall, got outcome) {
	e := chat.Event{Kind: chat.EvResult, Call: &chat.ToolCall{ID: c.ID, Name: c.Name}}
	if got.err != nil {
		var pub *shop.Error
		if !errors.As(got.err, &pub) {
			pub = &shop.Error{Kind: shop.Internal, Msg: "The tool does not work at the moment."}
		}
		r.failures++
		m.Failed, m.Text = true, pub.Msg
		if slices.Contains(tools.Writes, c.Name) {
			r.known.refusal(pub.Msg)
		}
		shown := &shop.Error{Kind: pub.Kind, Msg: pub.Msg, Code: pub.Code}
		if pub.Kind == shop.Internal || pub.Kind == shop.Unavailable || pub.Kind == shop.TooLarge {
			shown.Msg = say(r.o.lang, sayToolBroken) // what the model reads is not for shoppers
			r.a.log().Warn("tool failed", "tool", c.Name, "conversation", r.o.turn.Conversation, "error", got.err)
		}
		e.Problem = shown
		r.emit(e)
		return
	}
	m.Text, m.Cards = string(got.res.Output), got.res.Cards
	if r.draft && got.res.Proposal != nil {
		r.planned = got.res.Proposal
	}
	if h := got.res.Handoff; h != nil && r.handoff == nil { // asked for twice it is one
		r.handoff = &chat.Handoff{Reason: h.Reason, Summary: h.Summary, Text: r.handedOff()}
	}
	r.evidence = append(r.evidence, chat.Evidence{Turn: r.o.begun.Turn, Call: validArgs([]chat.ToolCall{c})[0], Output: got.res.Output, At: r.a.now()})
	r.known.add(c.Name, got.res.Output)
	for _, card := range got.res.Cards {
		r.shown = true
		r.emit(chat.Event{Kind: chat.EvCard, Card: &card, Call: e.Call})
	}
	e.Text = got.res.Line
	r.emit(e)
}

// refuse says, in a sentence for the model, why a call will not run; "" lets it.
func (r *run) refuse(i int, c chat.ToolCall) string {
	if i >= r.limits.Calls {
		return fmt.Sprintf("At most %d calls at once; make this one afterwards if it is still needed.", r.limits.Calls)
	}
	if !slices.ContainsFunc(r.offered, func(s tools.Spec) bool { return s.Name == c.Name }) {
		names := make([]string, len(r.offered))
		for i, s := range r.offered {
			names[i] = s.Name
		}
		return fmt.Sprintf("There is no tool named %q; there are %s.", bounded(c.Name, 40), bounded(fmt.Sprint(names), 200))
	}
	key := c.Name + " " + canonical(c.Args)
	r.calls[key]++
	switch n := r.calls[key]; {
	case n == 2:
		return "You made this very call before and its result stands above; use it, or change the arguments."
	case n > 2:
		r.noTools = true
		return "This call was made too often. No more tools: answer with what you have."
	}
	if err := r.a.Tools.Check(c.Name, c.Args); err != nil {
		var e *shop.Error
		if errors.As(err, &e) {
			return bounded(e.Msg, 300)
		}
		return "The arguments are not valid."
	}
	return ""
}

func bounded(s string, n int) string {
	if rs := []rune(s); len(rs) > n {
		return string(rs[:n-1]) + "…"
	}
	return s
}

// canonical is JSON with sorted keys, so that the same call in other clothes is the same.
func canonical(args json.RawMessage) string {
	var v any
	if json.Unmarshal(args, &v) != nil {
		return string(args)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return string(args)
	}
	return string(b)
}

// public leaves of a call's arguments what a browser may see.
func (r *run) public(c chat.ToolCall) json.RawMessage {
	var all map[string]json.RawMessage
	shown := map[string]json.RawMessage{}
	if json.Unmarshal(c.Args, &all) == nil {
		for _, s := range r.offered {
			if s.Name != c.Name {
				continue
			}
			for _, f := range s.Public {
				if v, ok := all[f]; ok {
					shown[f] = v
				}
			}
		}
	}
	b, err := json.Marshal(shown)
	if err != nil {
		return json.RawMessage("{}")
	}
	return b
}

func (r *run) scope(c chat.ToolCall) tools.Scope {
	o := r.o
	who := o.begun.Conversation.For
	if who.Tenant == "" {
		who = o.turn.Who
	}
	return tools.Scope{
		Who: o.turn.Who, For: who, Conversation: o.turn.Conversation, Turn: o.begun.Turn, Call: c.ID,
		Lang: o.lang, Zone: o.turn.Zone, Now: r.a.shopTime(),
	}
}
