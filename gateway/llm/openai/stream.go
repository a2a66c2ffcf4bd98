package openai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
)

// linger bounds what is waited for once the ending came: the usage chunk and [DONE].
const linger = 2 * time.Second

// Stream is one request. Text and reasoning go out as they come, calls whole and before the ending; the last delta has the
// ending and the usage, estimated when the endpoint told none. A stream that breaks first tells the estimated usage, then its
// error. Nothing is repeated here but a request that the endpoint refused for its form alone.
func (c *Client) Stream(ctx context.Context, req *llm.Request) iter.Seq2[llm.Delta, error] {
	return func(yield func(llm.Delta, error) bool) {
		for try := 0; ; try++ {
			again, err := c.once(ctx, req, yield, try < 3)
			if again {
				continue
			}
			if err != nil {
				yield(llm.Delta{}, err)
			}
			return
		}
	}
}

// once says again when the endpoint refused the form of the request and taught us a better one. Its error was not yielded yet.
func (c *Client) once(ctx context.Context, req *llm.Request, yield func(llm.Delta, error) bool, mayLearn bool) (again bool, err error) {
	body, err := c.encode(req)
	if err != nil {
		return false, &llm.Error{Kind: llm.BadRequest, Err: err}
	}
	// The exchange outlives its caller by a moment where that saves its connection (events.leave).
	caller := ctx
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(caller))
	defer context.AfterFunc(caller, func() { cancel(context.Cause(caller)) })()
	leave := func() { cancel(nil) }
	defer func() { leave() }()
	watch := newWatch(&c.o, cancel)
	defer watch.stop()
	resp, err := c.wire.forward(ctx, c.base, "/chat/completions", c.o.Key, body)
	if err != nil {
		return false, err
	}
	watch.answered()
	if resp.StatusCode >= 300 {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // what came of it says what there is to say
		resp.Body.Close()
		e := failed(resp.StatusCode, retryAfter(resp.Header), readError(said))
		return mayLearn && resp.StatusCode >= 400 && c.quirks.learn(e), e
	}
	in := newEvents(resp.Body, watch)
	leave = func() { in.leave(cancel) }
	err = c.newAnswer(req).read(ctx, in, yield)
	if errors.Is(err, errLeft) {
		return false, nil
	}
	return false, err
}

// errLeft: the caller broke off the iteration.
var errLeft = errors.New("the reader left")

// answer is what is known of an answer while it streams.
type answer struct {
	c     *Client
	req   *llm.Request
	tools offered
	yield func(llm.Delta, error) bool

	think  think
	text   reader
	tidy   tidy
	native calls

	finish  string // as the endpoint says it
	usage   *chat.Usage
	blanks  int  // blank characters in a row, of whichever kind
	shown   bool // visible text went out
	refusal bool
	tokens  int64     // estimated, of what came
	held    llm.Delta // words that are not handed on yet
}

func (c *Client) newAnswer(req *llm.Request) *answer {
	a := &answer{c: c, req: req, tools: offer(slices.Concat(req.Tools, req.Withheld))}
	a.text = &leak{tools: a.tools}
	if c.o.Tools == Schema && len(req.Tools) > 0 {
		a.text = &schemaReader{leak: leak{tools: a.tools}}
	}
	return a
}

// read takes the stream to its end. Its errors are *llm.Error or errLeft.
func (a *answer) read(ctx context.Context, in *events, yield func(llm.Delta, error) bool) error {
	a.yield = yield
	for {
		if !in.more() {
			if err := a.release(); err != nil {
				return err
			}
		}
		in.watch.waiting()
		raw, err := in.next()
		if err != nil {
			if a.finish != "" || in.done {
				break
			}
			return a.cut(broken(ctx, err, true))
		}
		k, err := readChunk(raw)
		if err != nil {
			return a.cut(&llm.Error{Kind: llm.Cut, Status: 200, Err: fmt.Errorf("%w: read chunk: %w", llm.ErrTruncated, err)})
		}
		if k.failed() {
			if a.finish != "" {
				break // it had answered
			}
			return a.cut(inBand(raw))
		}
		if k.Usage != nil {
			a.usage = k.Usage.usage()
		}
		if k.moves() {
			in.watch.moved() // before it is handed on: a slow reader is not the endpoint's fault
		}
		err = a.take(k)
		switch {
		case errors.Is(err, errFlood):
			return a.flooded()
		case errors.Is(err, errImagined):
			a.finish = "stop"
			return a.close()
		case err != nil:
			return err
		}
		if a.finish != "" {
			in.watch.linger(linger)
		}
	}
	return a.close()
}

var (
	errFlood    = errors.New("white space without end")
	errImagined = errors.New("the model goes on without its tools' results")
)

// take reads a chunk's first choice.
func (a *answer) take(k *chunk) error {
	for _, ch := range k.Choices {
		if ch.Index != 0 {
			continue
		}
		for _, m := range []*message{&ch.Delta, &ch.Message} {
			if err := a.message(m); err != nil {
				return err
			}
		}
		if a.finish == "" {
			a.finish = ch.FinishReason
		}
	}
	return nil
}

func (a *answer) message(m *message) error {
	if r := m.reasoning(); r != "" {
		if err := a.count(r); err != nil {
			return err
		}
		if err := a.give(llm.Delta{Reasoning: r}); err != nil {
			return err
		}
	}
	if s := m.content(); s != "" {
		if err := a.count(s); err != nil {
			return err
		}
		if err := a.content(s); err != nil {
			return err
		}
	}
	if s := loose(m.Refusal); s != "" {
		a.refusal = true
		if err := a.show(s); err != nil {
			return err
		}
	}
	for _, d := range m.calls() {
		args := d.args()
		if d.Function.Name != "" {
			a.blanks = 0
		}
		if err := a.count(args); err != nil {
			return err
		}
		if !a.native.add(d, args) {
			return a.cut(&llm.Error{Kind: llm.Cut, Status: 200, Err: fmt.Errorf("%w: the arguments of its calls are longer than %d bytes", llm.ErrTruncated, maxArgs)})
		}
	}
	return nil
}

// count keeps the estimate and finds a flood of white space, which a model held by a grammar can write until max_tokens.
func (a *answer) count(s string) error {
	a.tokens += llm.EstimateTokens(s)
	if trimmed := strings.TrimRightFunc(s, isBlank); trimmed != "" {
		a.blanks = len([]rune(s[len(trimmed):]))
	} else {
		a.blanks += len([]rune(s))
	}
	if a.blanks > maxBlanks {
		return errFlood
	}
	return nil
}

func (a *answer) content(s string) error {
	s, thought := a.think.add(s)
	if thought != "" {
		if err := a.give(llm.Delta{Reasoning: thought}); err != nil {
			return err
		}
	}
	if s == "" {
		return nil
	}
	show, err := a.text.add(s)
	if err := a.show(show); err != nil {
		return err
	}
	return err
}

func (a *answer) show(s string) error {
	if s = a.tidy.add(s); s == "" {
		return nil
	}
	a.shown = true
	return a.give(llm.Delta{Text: s})
}

// give hands on a delta, which holds words or something else. Words wait for those that have arrived already: an endpoint that is ahead of us is read in few large pieces.
func (a *answer) give(d llm.Delta) error {
	words := d.Text != "" || d.Reasoning != ""
	if !words || a.held.Text != "" && d.Reasoning != "" || a.held.Reasoning != "" && d.Text != "" {
		if err := a.release(); err != nil {
			return err
		}
	}
	if !words {
		return a.pass(d)
	}
	a.held.Text += d.Text
	a.held.Reasoning += d.Reasoning
	return nil
}

// release hands on the words that wait.
func (a *answer) release() error {
	d := a.held
	if d == (llm.Delta{}) {
		return nil
	}
	a.held = llm.Delta{}
	return a.pass(d)
}

func (a *answer) pass(d llm.Delta) error {
	if !a.yield(d, nil) {
		return errLeft
	}
	return nil
}

// used is the usage as told, else the estimate.
func (a *answer) used() *chat.Usage {
	if a.usage != nil {
		return a.usage
	}
	return &chat.Usage{Input: llm.EstimateRequest(a.req), Output: a.tokens, Estimated: true}
}

// cut ends a broken stream: what was held is shown when it can no longer be a call, what came is counted.
func (a *answer) cut(e *llm.Error) error {
	if a.shown {
		show, _ := a.text.end(false)
		if err := a.show(show); err != nil {
			return err
		}
	}
	if a.tokens > 0 || a.usage != nil {
		if err := a.give(llm.Delta{Usage: a.used()}); err != nil {
			return err
		}
	}
	return e
}

// flooded ends an answer that became nothing but white space. What was whole before it counts.
func (a *answer) flooded() error {
	a.finish = "length"
	return a.close()
}

// close settles a stream that has its ending: held text, calls, the ending.
func (a *answer) close() error {
	whole := a.finish != "length"
	s, thought := a.think.end()
	if thought != "" {
		if err := a.give(llm.Delta{Reasoning: thought}); err != nil {
			return err
		}
	}
	show, err := a.text.add(s)
	if err != nil && !errors.Is(err, errImagined) {
		return err
	}
	rest, leaked := a.text.end(whole)
	if err := a.show(show + rest); err != nil {
		return err
	}
	made := a.native.whole(a.tools, whole)
	if len(made) == 0 {
		made = leaked
	}
	finish, e := a.ending(len(made) > 0)
	if e != nil {
		return a.cut(e)
	}
	if finish == llm.Calls {
		for _, call := range made {
			if call.ID == "" {
				call.ID = a.c.o.NewID()
			}
			if err := a.give(llm.Delta{Call: &call}); err != nil {
				return err
			}
		}
	}
	return a.give(llm.Delta{Finish: finish, Usage: a.used()})
}

// ending is the endpoint's finish_reason in our words. Calls count whatever it says.
func (a *answer) ending(called bool) (llm.Finish, *llm.Error) {
	reason := strings.ToLower(a.finish)
	switch reason {
	case "insufficient_system_resource", "abort", "aborted", "error", "cancelled", "canceled":
		return "", &llm.Error{Kind: llm.Down, Status: 200, Err: fmt.Errorf("the endpoint gave up: finish_reason %q", reason)}
	case "content_filter", "sensitive", "safety":
		return llm.Filter, nil
	}
	switch {
	case a.refusal:
		return llm.Filter, nil
	case called:
		return llm.Calls, nil
	case !a.shown && (reason != "length" || a.blanks > maxBlanks):
		return "", &llm.Error{Kind: llm.Blank, Status: 200, Err: fmt.Errorf("the answer is blank (finish_reason %q)", a.finish)}
	case reason == "length", reason == "max_tokens", reason == "repetition":
		return llm.Length, nil
	}
	return llm.Stop, nil // "stop", "eos", none but [DONE], or a word that nobody documented
}
