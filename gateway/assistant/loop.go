package assistant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/prompts"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// loop is model, tools, model, tools … until the model has answered or a limit is met.
func (r *run) loop(ctx context.Context) (chat.Ending, *shop.Error) {
	o := r.o
	if !r.draft && r.confirmed(ctx) {
		return chat.Completed, nil
	}
	model, err := r.a.Models.Model(o.task.Alias)
	if err != nil {
		return r.settle(ctx, err)
	}
	if l, ok := r.a.Models.(Lower); ok && r.lowered { // a draft by the last rung
		if last, ok := l.Lower(o.task.Alias); ok {
			model = last
		}
	}
	r.model = model
	shopName := o.tenant.Name
	r.prompt, err = r.a.Prompts.Render(o.task.Prompt, o.lang, prompts.Shopper{Shop: shopName, Lang: o.tenant.Lang, Currency: o.tenant.Currency})
	if err != nil {
		return r.settle(ctx, err)
	}
	r.offered = r.a.Tools.Specs(o.turn.Who.Role, o.task.Tools)
	r.known = newEvidence(o.tenant.Currency, r.zone(), r.a.shopTime())
	for _, e := range o.begun.Evidence {
		r.known.add(e.Call.Name, e.Output)
	}
	for _, m := range slices.Concat(o.turn.Context, o.begun.History) {
		r.known.heard(m)
	}
	r.guard = newJudge(r.known)
	for round := 0; round < r.limits.Rounds; round++ {
		if round == r.limits.Rounds-1 {
			r.noTools = true
		}
		r.emit(chat.Event{Kind: chat.EvStep})
		finish, calls, err := r.round(ctx)
		r.flush(false)
		if err != nil && errors.Is(context.Cause(ctx), errTime) && r.lower() {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeoutCause(r.o.ctx, lastMoment, errTime)
			defer cancel() // once a turn at most
			round = -1
			continue
		}
		if err != nil {
			return r.settle(ctx, err)
		}
		if len(calls) > 0 && !r.noTools {
			failed := r.failures
			if err := r.work(ctx, calls); err != nil {
				return r.settle(ctx, err)
			}
			if r.handoff != nil {
				return chat.Completed, nil // a person has the word
			}
			if r.failures-failed < len(calls) {
				r.barren = 0
			} else if r.barren++; r.barren >= maxBarren && r.lower() {
				round = -1
			}
			continue
		}
		if !r.spoke() && (finish == llm.Stop || len(calls) > 0) && r.lower() {
			round = -1
			continue
		}
		switch {
		case finish == llm.Filter:
			return chat.Refused, nil
		case finish == llm.Length:
			if !r.spoke() {
				r.write(say(o.lang, sayEnough))
			}
			return chat.Truncated, nil
		case len(calls) > 0: // it wants tools that it may no longer have
			if !r.spoke() {
				r.write(say(o.lang, sayEnough))
			}
			return chat.Truncated, nil
		case !r.spoke():
			r.write(r.silence())
		}
		return chat.Completed, nil
	}
	return chat.Truncated, nil // not reached: the last round has no tools
}

// maxBarren is how many rounds in a row a model may make calls of which every one fails.
const maxBarren = 2

// lastMoment is what the last rung gets when a slower one has used the turn's time up.
const lastMoment = 10 * time.Second

// Lower is implemented by Models that have a last resort: the alias's last rung alone, false when it is the only one.
type Lower interface {
	Lower(alias string) (llm.Model, bool)
}

// lower hands the turn to the last rung when the model got nowhere: nothing was said and nothing shown. What its calls left is
// not handed on, they brought nothing.
func (r *run) lower() bool {
	l, ok := r.a.Models.(Lower)
	if !ok || r.lowered || r.said || r.shown {
		return false
	}
	m, ok := l.Lower(r.o.task.Alias)
	if !ok {
		return false
	}
	r.a.log().Warn("model got nowhere, its last rung answers", "conversation", r.o.turn.Conversation, "turn", r.o.begun.Turn, "rung", r.rung)
	r.model, r.lowered, r.noTools, r.barren, r.failures = m, true, false, 0, 0
	r.messages, r.calls = nil, map[string]int{}
	return true
}

func (r *run) zone() *time.Location {
	if loc, err := time.LoadLocation(r.o.turn.Zone); err == nil {
		return loc
	}
	return time.UTC
}

// spoke says whether the round that just ended said anything.
func (r *run) spoke() bool {
	n := len(r.messages)
	return n > 0 && r.messages[n-1].Role == chat.Bot && len(r.messages[n-1].Calls) == 0 && !blank(r.messages[n-1].Text)
}

func blank(s string) bool {
	for _, c := range s {
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// silence is what stands for an answer that the model left empty.
func (r *run) silence() string {
	switch {
	case r.shown:
		return say(r.o.lang, sayFound)
	case r.failures > 0:
		return say(r.o.lang, sayToolFailed)
	}
	return say(r.o.lang, sayNothing)
}

var errCut = errors.New("the model's stream ended without an ending")

// round is one call of the model. A context that proves too long is fitted into what the model names, once.
func (r *run) round(ctx context.Context) (llm.Finish, []chat.ToolCall, error) {
	window := r.a.Models.Window(r.o.task.Alias)
	for try := 0; ; try++ {
		finish, calls, began, err := r.stream(ctx, window)
		var e *llm.Error
		if err != nil && !began && try == 0 && errors.As(err, &e) && e.Kind == llm.TooLong && e.Window > 0 && (window == 0 || e.Window < window) {
			window = e.Window
			continue
		}
		return finish, calls, err
	}
}

func (r *run) stream(ctx context.Context, window int) (finish llm.Finish, calls []chat.ToolCall, began bool, err error) {
	req := r.request(ctx, window)
	if ctx.Err() != nil {
		return "", nil, false, ctx.Err()
	}
	var told *chat.Usage
	r.thinking.Reset()
	tokens := 0       // of this round, as far as text and calls tell
	runtime.Gosched() // an answer is work of milliseconds: who has just sent a message goes first
	for d, err := range r.model.Stream(ctx, req) {
		if err != nil {
			r.count(told, req, tokens)
			return "", nil, began, err
		}
		r.ladder(d)
		if d.Usage != nil {
			told = d.Usage
		}
		r.thought += len(d.Reasoning)
		r.thinking.WriteString(d.Reasoning)
		if d.Text != "" {
			began = true
			r.bytes += len(d.Text)
			tokens += tokensOf(d.Text)
			r.text(d.Text)
			runtime.Gosched()
		}
		if d.Call != nil {
			began = true
			tokens += tokensOf(string(d.Call.Args)) + 8
			calls = append(calls, *d.Call)
		}
		if d.Finish != "" {
			finish = d.Finish
		}
		if ctx.Err() != nil {
			break // a model that does not listen
		}
		if r.bytes > r.limits.Bytes || r.thought > 16*r.limits.Bytes || r.output+tokens > r.limits.Tokens || len(calls) > 64 {
			finish, calls = llm.Length, nil
			break
		}
	}
	r.count(told, req, tokens)
	if ctx.Err() != nil {
		return "", nil, began, ctx.Err()
	}
	if finish == "" {
		return "", nil, began, &llm.Error{Kind: llm.Cut, Err: fmt.Errorf("%w: %w", errCut, llm.ErrTruncated)}
	}
	return finish, calls, began, nil
}

// count adds what a round used: as the model told it, else estimated.
func (r *run) count(told *chat.Usage, req *llm.Request, tokens int) {
	var u chat.Usage
	if told != nil {
		u = *told
	} else {
		u = chat.Usage{Input: int64(requestTokens(req)), Output: int64(tokens), Estimated: true}
	}
	r.usage.Add(u)
	r.output += max(tokens, int(u.Output-u.Reasoning))
}

// Ladder is implemented by Models that can tell which models an alias tries, in order: the first is nothing to mention.
type Ladder interface{ Rungs(alias string) []string }

func (r *run) ladder(d llm.Delta) {
	if d.Rung == "" || d.Rung == r.rung {
		return
	}
	usual := r.rung == ""
	if l, ok := r.a.Models.(Ladder); ok {
		rungs := l.Rungs(r.o.task.Alias)
		usual = len(rungs) == 0 || rungs[0] == d.Rung
	}
	r.rung = d.Rung
	r.emit(chat.Event{Kind: chat.EvRung, Rung: d.Rung})
	if !usual {
		r.emit(chat.Event{Kind: chat.EvNotice, Text: say(r.o.lang, sayOtherRung)})
	}
}

// request is byte-stable at its front: prompt, tools, earlier messages. What changes from turn to turn is in Volatile.
func (r *run) request(ctx context.Context, window int) *llm.Request {
	o := r.o
	left := r.limits.Tokens - r.output
	if o.turn.MaxTokens > 0 {
		left = min(left, o.turn.MaxTokens-r.output)
	}
	if window > 0 {
		left = min(left, max(window/4, 256)) // the question needs room, too
	}
	req := &llm.Request{
		Task: o.task.Name, Lang: o.lang, System: r.prompt.Text, Volatile: r.volatile() + r.standing(ctx), MaxTokens: max(1, min(left, 4096)),
		Who: o.turn.Who, Conversation: o.turn.Conversation, Turn: o.begun.Turn, Window: window,
	}
	into := &req.Tools
	if r.noTools {
		into = &req.Withheld
	}
	for _, s := range r.offered {
		*into = append(*into, llm.Tool{
			Name: s.Name, Description: s.Description, Input: s.Input,
			Check: func(args json.RawMessage) error { return r.a.Tools.Check(s.Name, args) },
			Mend:  s.Effect == tools.Read,
		})
	}
	req.Messages = r.fit(ctx, req, window)
	if r.draft {
		req.Messages = quoted(req.Messages)
	}
	return req
}

func (r *run) volatile() string {
	now := r.a.shopTime().In(r.zone())
	return fmt.Sprintf("Now: %s (%s). The shopper writes in %s.", now.Format("Monday, 2006-01-02 15:04 MST"), now.Format("Z07:00"),
		map[string]string{"zh": "Chinese", "en": "English"}[r.o.lang])
}
