package route

import (
	"bytes"
	"encoding/json"
	"errors"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/jsonscan"
	"shopkeeper/gateway/llm"
)

// answer reads an event stream in passing: what came is handed on event by event as it came, while the ending, the usage and
// the first real delta are noticed. It owns buf.
type answer struct {
	hideUsage bool // the client did not ask for it

	buf  []byte // bytes that were not handed on yet
	at   int    // of buf: the line that was not read yet begins here
	from int    // of buf: the event that it belongs to begins here
	hide bool   // that event is not for the client

	spoke  bool   // something came that a client shows: text, reasoning, a call
	real   bool   // that, or an ending
	finish string // finish_reason
	failed bool   // an error came inside the stream
	done   bool   // [DONE]
	usage  *chat.Usage
	deltas int64
}

// maxEvent bounds what is held for one event. A longer one is no event of a model.
const maxEvent = 4 << 20

var (
	errGarbage = errors.New("an event of the stream is no JSON")
	errEndless = errors.New("an event of the stream does not end")
)

// ended says whether the stream said how it ended.
func (a *answer) ended() bool { return a.finish != "" || a.failed || a.done }

// read takes what came behind a.at into account and returns all complete events of buf. What it returns is valid until the next rest;
// an error means that what follows is not to be shown.
func (a *answer) read() (pass []byte, err error) {
	for {
		n := bytes.IndexByte(a.buf[a.at:], '\n')
		if n < 0 {
			break
		}
		line := bytes.TrimSuffix(a.buf[a.at:a.at+n], []byte("\r"))
		a.at += n + 1
		switch {
		case len(line) == 0 && a.hide:
			a.buf = append(a.buf[:a.from], a.buf[a.at:]...)
			a.at, a.hide = a.from, false
		case len(line) == 0: // the event is complete
			a.from = a.at
		case bytes.HasPrefix(line, []byte("data:")):
			if err := a.event(bytes.TrimSpace(line[5:])); err != nil {
				a.buf, a.at = a.buf[:a.from], a.from
				return a.buf, err
			}
		}
	}
	if len(a.buf)-a.from > maxEvent {
		return a.buf[:a.from], errEndless
	}
	return a.buf[:a.from], nil
}

// rest forgets what read returned and keeps the beginning of the next event, with room for more behind it.
func (a *answer) rest() {
	n := copy(a.buf, a.buf[a.from:])
	a.buf, a.at, a.from = a.buf[:n], a.at-a.from, 0
	if cap(a.buf)-n < 1024 {
		a.buf = append(make([]byte, 0, 2*cap(a.buf)), a.buf...)
	}
}

// event looks at one event's data.
func (a *answer) event(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	if string(data) == "[DONE]" {
		a.done = true
		return nil
	}
	if data[0] != '{' || data[len(data)-1] != '}' {
		return errGarbage
	}
	for v := jsonscan.After(data, `"finish_reason"`); v != nil; v = jsonscan.After(v, `"finish_reason"`) {
		if len(v) > 1 && v[0] == '"' {
			a.finish, a.real = text(v[:jsonscan.SkipString(v, 0)]), true
		}
	}
	if v := jsonscan.After(data, `"error"`); len(v) > 0 && v[0] != 'n' {
		if e := jsonscan.Field(data, 0, "error"); !e.Empty() && string(e.Of(data)) != "null" {
			a.failed = true
			return nil
		}
	}
	if v := jsonscan.After(data, `"usage"`); len(v) > 0 && v[0] == '{' {
		a.counted(data)
	}
	a.deltas++
	if !a.spoke && speaks(data) {
		a.spoke, a.real = true, true
	}
	return nil
}

// counted reads the usage of a chunk and takes it away from a client that did not ask for it.
func (a *answer) counted(data []byte) {
	at := jsonscan.Field(data, 0, "usage")
	if at.Empty() || data[at.From] != '{' {
		return
	}
	if u, ok := usageOf(at.Of(data)); ok {
		a.usage = &u
	}
	if !a.hideUsage {
		return
	}
	if c := jsonscan.Field(data, 0, "choices"); c.Empty() || data[jsonscan.SkipSpace(data, c.From+1)] == ']' {
		a.hide, a.deltas = true, a.deltas-1
		return
	}
	// The usage came with a delta: null in its place, in as many bytes.
	v := at.Of(data)
	copy(v, "null")
	for i := 4; i < len(v); i++ {
		v[i] = ' '
	}
}

// speaks reports whether a chunk holds more than a role: something that a client shows, or acts on.
func speaks(data []byte) (real bool) {
	v := jsonscan.After(data, `"delta"`)
	if len(v) == 0 || v[0] != '{' {
		return len(jsonscan.Field(data, 0, "choices").Of(data)) > 2 // legacy completions have text instead of a delta
	}
	jsonscan.EachField(v, 0, func(key, value jsonscan.Span) bool {
		switch s := string(value.Of(v)); {
		case string(key.Of(v)) == `"role"`, s == "null", s == `""`, s == "[]":
		default:
			real = true
		}
		return !real
	})
	return real
}

// usageOf reads a usage object in the forms that endpoints know.
func usageOf(raw []byte) (chat.Usage, bool) {
	if len(raw) == 0 || raw[0] != '{' {
		return chat.Usage{}, false
	}
	var u struct {
		Prompt  int64 `json:"prompt_tokens"`
		Answer  int64 `json:"completion_tokens"`
		Hit     int64 `json:"prompt_cache_hit_tokens"` // DeepSeek
		Details struct {
			Cached int64 `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		Inner struct {
			Reasoning int64 `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	}
	if json.Unmarshal(raw, &u) != nil || u.Prompt < 0 || u.Answer < 0 {
		return chat.Usage{}, false
	}
	cached := min(max(u.Hit, u.Details.Cached, 0), u.Prompt)
	return chat.Usage{Input: u.Prompt, Cached: cached, Output: u.Answer, Reasoning: min(max(u.Inner.Reasoning, 0), u.Answer)}, true
}

// overloaded is the finish_reason of an endpoint that gave up (DeepSeek).
const overloaded = "insufficient_system_resource"

// endingOf is the ending that a finish_reason stands for.
func endingOf(finish string) chat.Ending {
	switch finish {
	case string(llm.Length):
		return chat.Truncated
	case string(llm.Filter):
		return chat.Refused
	case overloaded, "abort", "error":
		return chat.Failed
	}
	return chat.Completed
}

// wholeAnswer is what a complete JSON answer says of itself, its usage undecoded (usageOf); ok: it is an object that holds an answer.
func wholeAnswer(b []byte) (usage []byte, finish string, ok bool) {
	if !json.Valid(b) {
		return nil, "", false
	}
	end := jsonscan.EachField(b, 0, func(key, value jsonscan.Span) bool {
		switch string(key.Of(b)) {
		case `"usage"`:
			usage = value.Of(b)
		case `"choices"`:
			if v := jsonscan.After(value.Of(b), `"finish_reason"`); len(v) > 1 && v[0] == '"' {
				finish = text(v[:jsonscan.SkipString(v, 0)])
			}
		}
		return true
	})
	return usage, finish, end >= 0
}
