package assistant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/telemetry"
	"shopkeeper/prompts"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// run is one turn under way. It lives in one goroutine; tools report to it over a channel.
type run struct {
	a        *Assistant
	o        *opening
	limits   Limits
	sink     func(chat.Event) bool // nil: nobody iterates
	inSink   bool                  // a panic is the reader's, not ours
	gone     bool                  // the reader broke off
	ended    bool
	next     int64
	answerID string // id of the answer's message

	model   llm.Model
	prompt  prompts.Prompt
	offered []tools.Spec
	known   *evidence
	guard   *judge

	events   []chat.Event
	messages []chat.Message
	evidence []chat.Evidence
	usage    chat.Usage
	rung     string
	struck   int
	bytes    int             // of text from the model
	thought  int             // bytes of reasoning
	thinking strings.Builder // reasoning of the round under way: a model that thinks wants it back with its calls
	output   int             // tokens, estimated or told
	shown    bool            // a card was shown
	failures int             // tool calls that failed
	said     bool            // visible text in this turn
	calls    map[string]int
	callIDs  map[string]bool
	noTools  bool
	draft    bool           // nobody reads along, nothing is kept: writes are only planned
	planned  *shop.Proposal // in a draft
	barren   int            // rounds in a row whose calls all failed
	lowered  bool           // the last rung has taken over

	summary    string
	summarised int
	handoff    *chat.Handoff
	unsaid     []chat.Event // of the handoff: told once it is committed
}

func (a *Assistant) newRun(o *opening, sink func(chat.Event) bool) *run {
	r := &run{
		a: a, o: o, limits: a.Limits.filled(), sink: sink, next: first(o.begun), answerID: a.newID(),
		calls: map[string]int{}, callIDs: map[string]bool{}, summary: o.begun.Summary, summarised: o.begun.Summarised,
	}
	return r
}

// emit gives an event its id and hands it to the log and the reader. After the ending nothing is emitted.
func (r *run) emit(e chat.Event) {
	if r.ended {
		return
	}
	e.ID, e.Turn, e.After = r.next, r.o.begun.Turn, r.a.now().Sub(r.o.turn.Message.At).Milliseconds()
	r.next++
	r.events = append(r.events, e)
	if e.Kind == chat.EvEnded {
		r.ended = true
		return // published once it is committed
	}
	r.publish(e)
}

func (r *run) publish(e chat.Event) {
	if r.draft {
		return
	}
	ctx := context.WithoutCancel(r.o.ctx)
	if err := r.a.Log.Append(ctx, r.o.place(), e); err != nil {
		r.a.log().WarnContext(ctx, "append event", "conversation", r.o.turn.Conversation, "error", err)
	}
	if r.sink != nil && !r.gone {
		r.inSink = true
		ok := r.sink(e)
		r.inSink = false
		if !ok {
			r.gone = true
			r.o.cancel(errLeft)
		}
	}
}

func (r *run) begin() { r.emit(chat.Event{Kind: chat.EvBegun, Text: r.answerID}) }

// answer runs the turn to its one ending, whatever happens on the way.
func (r *run) answer() {
	defer r.a.turns.Done()
	defer r.o.release()
	defer r.o.cancel(nil)
	defer r.a.unregister(r.o)
	ending, prob := chat.Failed, problem(errors.New("panic"), r.o.lang)
	var traced func(string, ...telemetry.Attr)
	r.o.ctx, traced = telemetry.Span(r.o.ctx, "invoke_agent "+r.o.task.Name, telemetry.Operation("invoke_agent"), telemetry.Agent(r.o.task.Name),
		telemetry.Conversation(r.o.turn.Conversation), telemetry.TurnID(r.o.begun.Turn))
	defer func() {
		p := recover()
		if p != nil {
			r.a.log().Error("turn panicked", "turn", r.o.begun.Turn, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			if r.inSink {
				ending, prob, r.gone = chat.Cancelled, nil, true
			}
		}
		r.finish(ending, prob)
		r.traced(traced)
		if p != nil && r.inSink {
			panic(p)
		}
	}()
	ctx, cancel := context.WithTimeoutCause(r.o.ctx, r.limits.Time, errTime)
	defer cancel()
	ending, prob = r.loop(ctx)
}

// traced ends the turn's span.
func (r *run) traced(end func(string, ...telemetry.Attr)) {
	last := r.events[len(r.events)-1]
	failed := ""
	if last.Ending == chat.Failed {
		failed = "the turn failed"
	}
	attrs := []telemetry.Attr{telemetry.Ending(string(last.Ending)), telemetry.Model(r.rung), telemetry.InputTokens(r.usage.Input), telemetry.OutputTokens(r.usage.Output)}
	if r.a.TraceContent {
		attrs = append(attrs, telemetry.InputMessages(spoken(chat.User, r.o.turn.Message.Text)), telemetry.OutputMessages(spoken(chat.Bot, r.messages[len(r.messages)-1].Text)))
	}
	end(failed, attrs...)
}

// spoken is a message in the form of the GenAI conventions.
func spoken(role chat.Role, text string) string {
	type part struct {
		Type    string `json:"type"`
		Content string `json:"content"`
	}
	b, _ := json.Marshal([]struct {
		Role  chat.Role `json:"role"`
		Parts []part    `json:"parts"`
	}{{role, []part{{"text", text}}}}) // strings have no error
	return string(b)
}

// finish stores the turn, then publishes its ending: whoever sees the ending may write the next message at once.
func (r *run) finish(ending chat.Ending, prob *shop.Error) {
	r.flush(true)
	c := r.commit(ending, prob)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.o.ctx), 10*time.Second)
	defer cancel()
	ctx, traced := telemetry.Span(ctx, "commit turn")
	err := r.a.History.Commit(ctx, c)
	traced(failure(err))
	if err != nil {
		var e *shop.Error
		if errors.As(err, &e) && (e.Kind == shop.Conflict || e.Kind == shop.NotFound) {
			ending, prob = chat.Cancelled, nil // somebody took the conversation over, or its owner deleted it
		} else {
			ending, prob = chat.Failed, problem(errors.New("not stored"), r.o.lang)
		}
		if e == nil || e.Code != chat.TakenOver { // then it is stored
			r.a.log().ErrorContext(ctx, "commit turn", "conversation", c.Conversation, "turn", c.Turn, "error", err)
		}
		last := &r.events[len(r.events)-1]
		last.Ending, last.Problem = ending, prob
	}
	r.a.log().InfoContext(ctx, "turn", "conversation", c.Conversation, "turn", c.Turn, "task", r.o.task.Name, "ending", ending,
		"rung", r.rung, "prompt", r.prompt.Version, "input", r.usage.Input, "output", r.usage.Output, "struck", r.struck)
	if r.a.Tell {
		r.a.log().InfoContext(ctx, "turn content", "turn", c.Turn, "message", r.o.turn.Message.Text, "answer", c.Messages[len(c.Messages)-1].Text)
	}
	r.a.unregister(r.o)
	r.o.release()
	if err == nil {
		for _, e := range r.unsaid {
			r.publish(e)
		}
	}
	r.publish(r.events[len(r.events)-1])
}

func failure(err error) string {
	if err == nil {
		return ""
	}
	return telemetry.Mask(err.Error())
}

// commit is what the history keeps. It appends the ending to the events.
func (r *run) commit(ending chat.Ending, prob *shop.Error) chat.Commit {
	if ending != chat.Completed {
		r.handoff = nil
	}
	if ending == chat.Failed && r.a.Opens != nil && r.o.turn.Who.Role == shop.Shopper && failedBefore(r.o.begun.History) {
		r.handoff = &chat.Handoff{Reason: "assistant_failed", Summary: say(r.o.lang, sayGivenUp) + bounded(lastUser(r.o.begun.History), 300), Text: r.handedOff()}
	}
	if r.handoff != nil && !r.ended {
		queue := &chat.Owner{Kind: chat.Queue}
		for _, e := range []chat.Event{{Kind: chat.EvNotice, Text: r.handoff.Text, Owner: queue}, {Kind: chat.EvOwner, Owner: queue}} {
			e.ID, e.Turn, e.After = r.next, r.o.begun.Turn, r.a.now().Sub(r.o.turn.Message.At).Milliseconds()
			r.next++
			r.events, r.unsaid = append(r.events, e), append(r.unsaid, e)
		}
	}
	r.emit(chat.Event{Kind: chat.EvEnded, Ending: ending, Usage: r.usage, Rung: r.rung, Problem: prob, Struck: r.struck})
	r.answerCalls()
	// The last message of a turn is the assistant's own, under the id that the client was told; it carries the ending.
	if n := len(r.messages); n == 0 || r.messages[n-1].Role != chat.Bot || len(r.messages[n-1].Calls) > 0 {
		r.messages = append(r.messages, chat.Message{Role: chat.Bot})
	}
	last := &r.messages[len(r.messages)-1]
	last.ID, last.Ending, last.Rung = r.answerID, ending, r.rung
	for i := range r.messages {
		m := &r.messages[i]
		m.Turn = r.o.begun.Turn
		if m.ID == "" {
			m.ID = r.a.newID()
		}
		if m.At.IsZero() {
			m.At = r.a.now()
		}
	}
	b := r.o.begun
	return chat.Commit{
		Who: r.o.turn.Who, Conversation: r.o.turn.Conversation, Turn: b.Turn, Revision: b.Conversation.Revision, LastUser: b.Conversation.LastUser,
		Messages: r.messages, Evidence: r.evidence, Events: joined(r.events), Ending: ending, Rung: r.rung, Prompt: r.prompt.Version,
		Usage: r.usage, Struck: r.struck, Summary: r.summary, Summarised: r.summarised, Handoff: r.handoff,
	}
}

// failedBefore says whether the turn before failed, too: one failure may be tried again, two are enough.
func failedBefore(ms []chat.Message) bool {
	for _, m := range slices.Backward(ms) {
		if m.Role == chat.Bot && m.Ending != "" {
			return m.Ending == chat.Failed
		}
	}
	return false
}

// answerCalls gives every call an answer: a history with an open call is refused by upstreams.
func (r *run) answerCalls() {
	answered := map[string]bool{}
	for _, m := range r.messages {
		if m.Role == chat.Tool {
			answered[m.CallID] = true
		}
	}
	for _, m := range r.messages {
		for _, c := range m.Calls {
			if !answered[c.ID] {
				r.messages = append(r.messages, chat.Message{Role: chat.Tool, CallID: c.ID, Name: c.Name, Failed: true, Text: "The call was cancelled."})
			}
		}
	}
}

// joined folds neighbouring pieces of text into one event, under the last one's id.
func joined(es []chat.Event) []chat.Event {
	var out []chat.Event
	for _, e := range es {
		if n := len(out); n > 0 && e.Kind == chat.EvText && out[n-1].Kind == chat.EvText {
			e.Text = out[n-1].Text + e.Text
			out[n-1] = e
			continue
		}
		out = append(out, e)
	}
	return out
}

// text passes a piece of the model's text through the guard.
func (r *run) text(s string) {
	if out := r.guard.Write(s); out != "" {
		r.write(out)
	}
}

// flush lets go what the guard still holds: at the end of a round's text, or of the turn.
func (r *run) flush(final bool) {
	if r.guard == nil {
		return
	}
	if out := r.guard.Flush(); out != "" {
		r.write(out)
	}
	r.struck += r.guard.Struck()
	if final {
		r.guard = nil
	} else {
		r.guard = newJudge(r.known)
	}
}

// write shows text that needs no guard any more and keeps it in the message under way.
func (r *run) write(s string) {
	if n := len(r.messages); n == 0 || r.messages[n-1].Role != chat.Bot || len(r.messages[n-1].Calls) > 0 {
		r.messages = append(r.messages, chat.Message{Role: chat.Bot, At: r.a.now()})
	}
	r.messages[len(r.messages)-1].Text += s
	if strings.TrimSpace(s) != "" {
		r.said = true
	}
	r.emit(chat.Event{Kind: chat.EvText, Text: s})
}

// settle names the ending that an error of the model means.
func (r *run) settle(ctx context.Context, err error) (chat.Ending, *shop.Error) {
	if ctx.Err() != nil {
		if !errors.Is(context.Cause(ctx), errTime) {
			return chat.Cancelled, nil
		}
		if r.said {
			return chat.Truncated, nil
		}
		return chat.Failed, &shop.Error{Kind: shop.Unavailable, Code: "timeout", Msg: say(r.o.lang, saySlow)}
	}
	r.a.log().ErrorContext(ctx, "model failed", "conversation", r.o.turn.Conversation, "turn", r.o.begun.Turn, "error", err)
	var e *llm.Error
	if errors.As(err, &e) {
		p := &shop.Error{Kind: shop.Unavailable, Code: "model_" + e.Kind.String(), Msg: say(r.o.lang, sayModelDown)}
		if e.Kind == llm.RateLimited {
			p.Retry = e.Retry
		}
		return chat.Failed, p
	}
	return chat.Failed, problem(err, r.o.lang)
}
