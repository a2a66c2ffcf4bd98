package route

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/shop"
)

// Forwarder sends a request as it came, with a key of its provider. Forward's error, an *llm.Error, means that no answer came;
// an answer of any status is none, its body is the caller's to close. Refused says what an answer of another status than 2xx means:
// nil when it is the client's own matter and passes on as it is, such as 400 and 422.
type Forwarder interface {
	Forward(ctx context.Context, key, path string, body []byte) (*http.Response, error)
	Refused(status int, header http.Header, body []byte) *llm.Error
}

// Raw routes a request as it came to the alias that it names. Candidates are tried in order until one answers with a first real
// delta, or with a whole answer; until then nothing is written. From then on the answer passes as it came, event by event. A stream
// that the target cuts, or that is cancelled, ends with an error event and without [DONE], never like a clean one. An error means that
// nothing was written yet; it is a *shop.Error, or the context's. A refusal (429, 5xx) of the last candidate passes through as the endpoint wrote it.
func (r *Router) Raw(w http.ResponseWriter, req *http.Request, q *Request, who shop.Principal) error {
	tb := r.now.Load()
	a := tb.aliases[q.Model]
	if a == nil {
		return &shop.Error{Kind: shop.NotFound, Msg: fmt.Sprintf("There is no model named %q.", q.Model), Code: "model_not_found", Field: "model"}
	}
	if !a.some(0, raw) {
		return public(q.Model, nil)
	}
	_, path, ok := strings.Cut(req.URL.Path, "/v1")
	if !ok {
		path = req.URL.Path
	}
	output := or(q.MaxTokens, defaultAnswer)
	operation := ""
	if path == "/embeddings" {
		output, operation = 0, "embeddings"
	}
	var key cacheKey
	var keep *copied
	if r.cache != nil {
		if use, refresh := asked(req.Header, path); use {
			key = keyOf(who.Tenant, path, q.Body)
			if v, ok := r.cache.kept.GetIfPresent(key); ok && !refresh {
				return tb.give(req.Context(), w, v, who)
			}
			keep = &copied{ResponseWriter: w, most: r.cache.most}
			w = keep
			w.Header()[CacheHeader] = miss
		}
	}
	kept, err := tb.reserve(req.Context(), a, who, q.tokens(), output)
	if err != nil {
		return err
	}
	defer kept.Settle()
	p := &rawCall{w: w, q: q, path: path}
	p.climb = &climb{
		table: tb, r: r, a: a, who: who, kept: kept, operation: operation, input: q.tokens, about: func(*chat.Call) {},
		open: p.open, tell: p.tell, giveUp: func(err error) { p.failure = err },
	}
	if len(a.rungs) > 1 || len(a.rungs[0]) > 1 {
		p.affinity = q.affinity()
	}
	p.left = a.candidates(p.room[:0], a.rungs, p.affinity, raw)
	p.run(req.Context())
	if p.whole != nil && keep != nil && !keep.over && r.now.Load() == tb {
		r.cache.kept.Set(key, &keptAnswer{w.Header().Get("Content-Type"), q.Stream, keep.body, *p.whole})
	}
	switch {
	case p.failure == nil:
		return nil
	case req.Context().Err() != nil:
		return req.Context().Err()
	case p.lost != nil && p.lost.raw != nil && p.lost.raw.refused != nil:
		p.lost.raw.refused.write(w)
		return nil
	}
	return public(q.Model, p.failure)
}

func raw(t *target) bool { return t.Raw != nil }

// rawCall is a climb for a raw request.
type rawCall struct {
	*climb
	w       http.ResponseWriter
	q       *Request
	path    string
	room    [4]*target
	failure error
	whole   *chat.Call // the call whose answer went out from its first byte to its proper end
}

// rawAnswer is an answer up to its first real delta.
type rawAnswer struct {
	resp   *http.Response
	f      flight
	stream bool
	in     answer // stream
	pass   []byte // stream: what may be written already
	body   []byte // whole, or a refusal of the client's own request
	usage  []byte // of a whole one, as it is written
	ctx    context.Context
	cut    error // what ended the stream behind what pass holds

	refused *refusal // what to show when nothing better comes
}

// refusal is an answer that is a failure.
type refusal struct {
	status int
	header http.Header
	body   []byte
}

func (r *refusal) write(w http.ResponseWriter) {
	h := w.Header()
	for _, name := range []string{"Content-Type", "Retry-After"} {
		if v := r.header[name]; v != nil {
			h[name] = v
		}
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body)
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

const (
	maxRefusal = 64 << 10
	maxWhole   = 64 << 20
)

// open sends the request and reads on to the first real delta of a stream, or a whole answer.
func (p *rawCall) open(ctx context.Context, t *target) *opening {
	o := p.opening(ctx, t)
	if o.err != nil {
		return o
	}
	x := &rawAnswer{}
	o.raw = x
	var cancel context.CancelCauseFunc
	x.ctx, cancel = context.WithCancelCause(ctx)
	x.f.cancel, x.f.t, x.f.began, x.f.piece = cancel, &t.Target, time.Now(), !p.q.Stream
	p.r.flights.add(&x.f)
	o.stop = func() {
		p.r.flights.remove(&x.f)
		if x.resp != nil {
			x.resp.Body.Close()
		}
		cancel(nil)
	}
	if o.err = p.ask(o, x); o.err != nil {
		o.close()
	}
	return o
}

func (p *rawCall) ask(o *opening, x *rawAnswer) error {
	resp, err := o.t.Raw.Forward(x.ctx, o.k.secret, p.path, p.q.sent(&o.t.Target))
	if err != nil {
		return x.broken(err)
	}
	x.f.headed.Store(true)
	x.resp, o.call.Status = resp, resp.StatusCode
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
		if err != nil {
			return x.broken(err)
		}
		if e := o.t.Raw.Refused(resp.StatusCode, resp.Header, body); e != nil {
			// What an endpoint says of our key is not for a client; HTML is of a proxy between.
			if e.Kind != llm.BadKey && resp.StatusCode >= 400 && len(body) > 0 && body[0] == '{' {
				x.refused = &refusal{resp.StatusCode, resp.Header, body}
			}
			return e
		}
		x.body = body
		return nil
	}
	kind := resp.Header.Get("Content-Type")
	if len(kind) >= 17 && strings.EqualFold(kind[:17], "text/event-stream") {
		x.stream = true
		return p.listen(o, x)
	}
	return p.readWhole(o, x)
}

// readWhole reads an answer that is no stream. It is passed on only when it is whole.
func (p *rawCall) readWhole(o *opening, x *rawAnswer) error {
	size := x.resp.ContentLength
	if size > maxWhole {
		return &llm.Error{Kind: llm.Down, Status: x.resp.StatusCode, Err: errEndless}
	}
	body := make([]byte, 0, max(size+1, 512)) // one more: the end is seen without growing
	for {
		n, err := x.resp.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return x.broken(err)
		}
		if len(body) > maxWhole {
			return &llm.Error{Kind: llm.Down, Status: x.resp.StatusCode, Err: errEndless}
		}
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
	}
	usage, finish, ok := wholeAnswer(body)
	if !ok {
		return &llm.Error{Kind: llm.Down, Status: x.resp.StatusCode, Err: fmt.Errorf("the answer is no JSON object: %.80q", body)}
	}
	if finish == overloaded {
		x.refused = &refusal{x.resp.StatusCode, x.resp.Header, body}
		return &llm.Error{Kind: llm.Down, Status: x.resp.StatusCode, Err: errors.New("the endpoint ran out of resources")}
	}
	x.body, x.usage, o.finish, o.said = body, usage, llm.Finish(finish), int64(len(body))
	p.spoke(p.a, o.t, &o.call)
	return nil
}

// listen reads a stream to its first real delta.
func (p *rawCall) listen(o *opening, x *rawAnswer) error {
	b := buffers.Get().(*[]byte)
	x.in = answer{hideUsage: !p.q.wantsUsage, buf: (*b)[:0]}
	for {
		pass, err := x.more()
		switch {
		case x.in.failed && !x.in.real, x.in.finish == overloaded && !x.in.spoke:
			shown := append([]byte(nil), pass...)
			if begun := x.in.buf[x.in.from:x.in.at]; len(begun) > 0 { // its line came, the blank one behind it did not yet
				shown = append(append(shown, begun...), '\n')
			}
			if !x.in.failed && !x.in.done { // it said how it ended; what follows in the stream is not waited for
				shown = append(shown, doneEvent...)
			}
			x.refused = &refusal{http.StatusOK, x.resp.Header, shown}
			return &llm.Error{Kind: llm.Down, Status: http.StatusOK, Err: fmt.Errorf("the stream begins with a failure: %.200q", pass)}
		case x.in.real: // err then belongs to what follows
			x.pass, x.cut = pass, err
			p.spoke(p.a, o.t, &o.call)
			x.f.spoke.Store(true)
			return nil
		case errors.Is(err, io.EOF):
			return &llm.Error{Kind: llm.Cut, Status: http.StatusOK, Err: llm.ErrTruncated}
		case err != nil:
			return x.broken(err)
		}
	}
}

// more reads once and returns every event that was not passed on yet; before the first real delta they are kept.
func (x *rawAnswer) more() ([]byte, error) {
	a := &x.in
	if a.real || len(a.buf) == 0 {
		a.rest()
	} else if cap(a.buf)-len(a.buf) < 512 {
		if len(a.buf) > maxEvent {
			return nil, errEndless
		}
		a.buf = append(make([]byte, 0, 2*cap(a.buf)), a.buf...)
	}
	n, err := x.resp.Body.Read(a.buf[len(a.buf):cap(a.buf)])
	a.buf = a.buf[:len(a.buf)+n]
	if n > 0 {
		x.f.move(time.Now())
	}
	pass, perr := a.read()
	if perr == nil && errors.Is(err, io.EOF) && a.from < len(a.buf) {
		a.buf = append(a.buf, "\n\n"...) // the last event lacked its end
		pass, perr = a.read()
	}
	if perr != nil {
		return pass, perr
	}
	return pass, err
}

// broken classes what ended an exchange.
func (x *rawAnswer) broken(err error) error {
	var l *late
	if errors.As(context.Cause(x.ctx), &l) {
		return &llm.Error{Kind: llm.Down, Err: l}
	}
	var e *llm.Error
	if errors.As(err, &e) {
		return e
	}
	if x.resp != nil {
		return &llm.Error{Kind: llm.Cut, Status: x.resp.StatusCode, Err: fmt.Errorf("%w: %w", llm.ErrTruncated, err)}
	}
	return &llm.Error{Kind: llm.Down, Err: err}
}

const doneEvent = "data: [DONE]\n\n"

// passed are the headers of an answer that mean something to a client.
var passed = []string{"Content-Type", "Openai-Processing-Ms"}

// tell writes the answer.
func (p *rawCall) tell(ctx context.Context, o *opening) {
	defer o.close()
	x := o.raw
	h := p.w.Header()
	for _, name := range passed {
		if v := x.resp.Header[name]; v != nil {
			h[name] = v
		}
	}
	if !x.stream {
		h["Content-Length"] = []string{strconv.Itoa(len(x.body))}
		p.w.WriteHeader(x.resp.StatusCode)
		_, err := p.w.Write(x.body)
		_ = http.NewResponseController(p.w).Flush() // the client does not wait for the accounts
		if u, read := usageOf(x.usage); read {
			o.usage = &u
		}
		ending := o.ending()
		switch {
		case x.resp.StatusCode > 299:
			ending = chat.Failed
		case err != nil:
			ending = chat.Cancelled
		}
		p.record(o, ending, nil)
		p.complete(o)
		return
	}
	h["Cache-Control"], h["X-Accel-Buffering"] = noStore, noBuffer
	p.w.WriteHeader(x.resp.StatusCode)
	err := p.stream(x)
	a := &x.in
	if b := a.buf; cap(b) <= 64<<10 {
		b = b[:0]
		buffers.Put(&b)
	}
	o.usage, o.finish, o.said = a.usage, llm.Finish(a.finish), 4*a.deltas
	switch {
	case errors.Is(err, errReader), ctx.Err() != nil:
		ending := chat.Cancelled
		if a.finish != "" {
			ending = o.ending()
		} else if !errors.Is(err, errReader) && !a.ended() { // the reader may be there: it is the server that stops
			_, _ = io.WriteString(p.w, cancelEvent)
			_ = http.NewResponseController(p.w).Flush()
		}
		p.record(o, ending, nil)
	case err != nil && !a.ended():
		e := classed(x.broken(err))
		p.r.log.LogAttrs(ctx, slog.LevelWarn, "raw answer was cut", slog.String("target", o.t.Name), slog.String("error", e.Error()))
		_, _ = io.WriteString(p.w, cutEvent)
		_ = http.NewResponseController(p.w).Flush()
		o.t.fail(o.k, e)
		p.record(o, chat.Failed, e)
	case a.failed:
		p.record(o, chat.Failed, &llm.Error{Kind: llm.Down, Status: http.StatusOK})
	default:
		p.record(o, o.ending(), nil)
		p.complete(o)
	}
}

// complete notes an answer that came to its proper end.
func (p *rawCall) complete(o *opening) {
	if o.call.Ending == chat.Completed {
		p.whole = &o.call
	}
}

var (
	noStore   = []string{"no-store"}
	noBuffer  = []string{"no"}
	errReader = errors.New("the reader left")
)

// slowReader is how long a reader may take nothing.
const slowReader = time.Minute

const (
	cutEvent    = `data: {"error":{"message":"The model's answer was cut off.","type":"server_error","code":"upstream_cut","param":null}}` + "\n\n"
	cancelEvent = `data: {"error":{"message":"The answer was stopped before it was complete.","type":"api_error","code":"cancelled","param":null}}` + "\n\n"
)

// stream passes events on as they come. A stream must have its ending: a finish_reason, an error or [DONE]; nil says that it had.
func (p *rawCall) stream(x *rawAnswer) error {
	flush := http.NewResponseController(p.w)
	// A reader that stops reading is left after a while: it would hold the target's answer for ever.
	var allowed time.Time
	defer func() { _ = flush.SetWriteDeadline(time.Time{}) }() // a writer in a test may have none
	pass, err := x.pass, x.cut
	for {
		if len(pass) > 0 {
			if now := time.Now(); now.Sub(allowed) > slowReader/4 {
				allowed = now
				_ = flush.SetWriteDeadline(now.Add(slowReader))
			}
			if _, werr := p.w.Write(pass); werr != nil {
				return errReader
			}
			_ = flush.Flush() // a writer that cannot flush sends what it holds at its end
		}
		switch {
		case errors.Is(err, io.EOF) && !x.in.ended():
			return llm.ErrTruncated
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		pass, err = x.more()
	}
}

// public is a failure as a client may read it.
func public(alias string, err error) *shop.Error {
	if err == nil {
		return &shop.Error{Kind: shop.NotFound, Msg: fmt.Sprintf("The model %q serves no raw requests.", alias), Code: "model_not_found", Field: "model"}
	}
	out := &shop.Error{Kind: shop.Unavailable, Msg: fmt.Sprintf("The model %q does not answer at the moment; try again later.", alias), Err: err}
	switch e := classed(err); e.Kind {
	case llm.RateLimited:
		out.Kind, out.Msg, out.Retry = shop.Limited, fmt.Sprintf("The model %q is busy; try again later.", alias), e.Retry
	case llm.Full:
		out.Code, out.Msg, out.Retry = "overloaded", fmt.Sprintf("The model %q has as many requests as it takes at once; try again in a moment.", alias), e.Retry
	case llm.BadRequest:
		out.Kind, out.Msg = shop.Invalid, "The request is not a JSON object that the model understands."
	}
	return out
}
