package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"shopkeeper/gateway/chat"
)

// answered is a response that was read to its end.
type answered struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// request makes one; body may be a string or anything JSON. Headers are "Name: value".
func (h *house) request(ctx context.Context, method, path, secret string, body any, headers ...string) *http.Request {
	h.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	case []byte:
		r = bytes.NewReader(b)
	default:
		j, err := json.Marshal(b)
		if err != nil {
			h.t.Fatal(err)
		}
		r = bytes.NewReader(j)
	}
	req, err := http.NewRequestWithContext(ctx, method, h.url+path, r)
	if err != nil {
		h.t.Fatal(err)
	}
	if secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	if r != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Set(name, value)
	}
	return req
}

func (h *house) do(method, path, secret string, body any, headers ...string) answered {
	h.t.Helper()
	res, err := h.client.Do(h.request(h.t.Context(), method, path, secret, body, headers...))
	if err != nil {
		h.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatalf("%s %s: read: %v", method, path, err)
	}
	return answered{h.t, res.StatusCode, res.Header, b}
}

func (a answered) want(status int) answered {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// refused also says which machine word the error must have.
func (a answered) refused(status int, code string) answered {
	a.t.Helper()
	a.want(status)
	if got := a.code(); got != code {
		a.t.Fatalf("code %q, want %q: %s", got, code, a.body)
	}
	return a
}

func (a answered) code() string {
	var p struct {
		Code  string
		Error struct{ Code string }
	}
	_ = json.Unmarshal(a.body, &p)
	if p.Error.Code != "" {
		return p.Error.Code
	}
	return p.Code
}

func (a answered) json(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
}

// events are the data lines of a stream, with the ids that stood before them.
func (a answered) events() []event {
	a.t.Helper()
	var out []event
	r := newEventReader(bytes.NewReader(a.body))
	for {
		e, err := r.next()
		if err != nil {
			return out
		}
		out = append(out, e)
	}
}

// parts are a UI stream's parts, without [DONE]; done says whether that came last.
func (a answered) parts() (ps []part, done bool) {
	a.t.Helper()
	for _, e := range a.events() {
		if e.data == uiDone {
			done = true
			continue
		}
		ps = append(ps, e.part(a.t))
	}
	return ps, done
}

// part is a UI part as a client reads it.
type part struct {
	Type, ID, Delta, ErrorText, FinishReason, MessageID, ToolCallID, ToolName string
	Data, Input, Output                                                       json.RawMessage
	MessageMetadata                                                           struct {
		Conversation, Ending, Rung string
		Usage                      chat.Usage
	}
}

func types(ps []part) string {
	var out []string
	for _, p := range ps {
		if n := len(out); n > 0 && out[n-1] == p.Type && p.Type == "text-delta" {
			continue
		}
		out = append(out, p.Type)
	}
	return strings.Join(out, " ")
}

func textOf(ps []part) string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.Delta)
	}
	return b.String()
}

type event struct{ id, name, data string }

func (e event) part(t *testing.T) (p part) {
	t.Helper()
	if err := json.Unmarshal([]byte(e.data), &p); err != nil {
		t.Fatalf("part %q: %v", e.data, err)
	}
	return p
}

type eventReader struct{ r *bufio.Reader }

func newEventReader(r io.Reader) *eventReader { return &eventReader{bufio.NewReader(r)} }

func (r *eventReader) next() (e event, err error) {
	for {
		line, err := r.r.ReadString('\n')
		if err != nil {
			return e, err
		}
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "":
			if e.data != "" {
				return e, nil
			}
		case name == "id":
			e.id = value
		case name == "event":
			e.name = value
		case name == "data":
			e.data = value
		}
	}
}

// stream is a response that is read while it is written.
type stream struct {
	t      *testing.T
	cancel context.CancelFunc
	res    *http.Response
	events *eventReader
}

func (h *house) stream(method, path, secret string, body any, headers ...string) *stream {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.t.Context())
	res, err := h.client.Do(h.request(ctx, method, path, secret, body, headers...))
	if err != nil {
		cancel()
		h.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(res.Body)
		h.t.Fatalf("%s %s: status %d: %s", method, path, res.StatusCode, b)
	}
	s := &stream{h.t, cancel, res, newEventReader(res.Body)}
	h.t.Cleanup(s.leave)
	return s
}

// leave closes the connection.
func (s *stream) leave() {
	s.cancel()
	_ = s.res.Body.Close()
}

// until reads on to the first event that ok takes.
func (s *stream) until(ok func(event) bool) event {
	s.t.Helper()
	for {
		e, err := s.events.next()
		if err != nil {
			s.t.Fatalf("the stream ended before what the test waits for: %v", err)
		}
		if ok(e) {
			return e
		}
	}
}

func (s *stream) part(kind string) part {
	s.t.Helper()
	return s.until(func(e event) bool { return strings.Contains(e.data, `"type":"`+kind+`"`) }).part(s.t)
}

func (s *stream) rest() (out []event) {
	for {
		e, err := s.events.next()
		if err != nil {
			return out
		}
		out = append(out, e)
	}
}

// say is the body of a chat request.
func say(conversation, message, text string) map[string]any {
	return map[string]any{
		"id": conversation, "trigger": submit,
		"messages": []any{map[string]any{"id": message, "role": "user", "parts": []any{map[string]any{"type": "text", "text": text}}}},
	}
}

func with(m map[string]any, name string, v any) map[string]any {
	out := map[string]any{name: v}
	for k, v := range m {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// ask is the body of a Chat Completions request.
func ask(texts ...string) map[string]any {
	var ms []any
	for _, t := range texts {
		role, text, ok := strings.Cut(t, ": ")
		if !ok || role != "user" && role != "assistant" && role != "system" && role != "tool" {
			role, text = "user", t
		}
		ms = append(ms, map[string]any{"role": role, "content": text})
	}
	return map[string]any{"model": "shopper", "messages": ms}
}

// chat sends a message and reads the whole stream.
func (h *house) chat(secret, conversation, message, text string) []part {
	h.t.Helper()
	ps, _ := h.do("POST", "/api/chat", secret, say(conversation, message, text)).want(200).parts()
	return ps
}
