package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"shopkeeper/gateway/llm"
)

// said is an error as endpoints write it: {"error":{…}}, {"error":"…"}, vLLM's flat {"object":"error",…}, FastAPI's {"detail":…}.
type said struct {
	Message, Type, Code string
	Status              int // from a numeric code
	Window              int // llama.cpp's n_ctx
}

func (s said) String() string {
	text := strings.Join(strings.Fields(s.Message), " ")
	if len(text) > 500 {
		text = strings.ToValidUTF8(text[:500], "") + "…"
	}
	return strings.TrimSpace(strings.Join([]string{s.Type, s.Code, text}, " "))
}

func readError(body []byte) said {
	var outer struct {
		Error   json.RawMessage `json:"error"`
		Message json.RawMessage `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	inner := body
	if json.Unmarshal(body, &outer) != nil {
		return said{Message: strings.ToValidUTF8(string(bytes.TrimSpace(body)), "?")}
	}
	if outer.Error != nil {
		inner = outer.Error
	}
	var text string
	if json.Unmarshal(inner, &text) == nil {
		return said{Message: text}
	}
	var e struct {
		Message, Type, Code json.RawMessage
		Window              int `json:"n_ctx"`
	}
	if json.Unmarshal(inner, &e) != nil {
		return said{Message: strings.ToValidUTF8(string(body), "?")}
	}
	s := said{Message: loose(e.Message), Type: loose(e.Type), Code: loose(e.Code), Window: e.Window}
	if s.Message == "" {
		s.Message = loose(outer.Detail)
	}
	if n, err := strconv.Atoi(s.Code); err == nil && n >= 400 && n < 600 {
		s.Status = n
	}
	return s
}

// loose is a JSON string's text, or any other value as it is written.
func loose(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	if in := raw[1:]; raw[0] == '"' && bytes.IndexByte(in, '"') == len(in)-1 && bytes.IndexByte(in, '\\') < 0 && utf8.Valid(in) {
		return string(in[:len(in)-1]) // a token, as nearly always
	}
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

var (
	tooLong = regexp.MustCompile(`(?i)context[ _](?:length|size|window)|maximum (?:model|context|sequence|input) length|max_model_len|longer than the model|prompt is too long|exceed_context|too many (?:input )?tokens|input is too large to process|reduce the length`)
	// The limit as servers write it: "maximum context length is 4096 tokens", "context size (4096 tokens)",
	// "maximum model length of 4096", "model's context length (4096 tokens)", "max_model_len (4096)", "must be <= 4096".
	limits = regexp.MustCompile(`(?i)(?:context[ _](?:length|size|window)|(?:model|sequence|input) length|max_model_len|n_ctx|must be <=)[^0-9.;]{0,24}?(\d{3,8})`)
	quota  = regexp.MustCompile(`(?i)insufficient[_ ](?:quota|balance)|billing|exceeded your current quota|account.{0,20}(?:deactivated|suspended)`)
	busy   = regexp.MustCompile(`(?i)rate[_ ]?limit|too many requests|throttl`)
)

// failed maps a refused request. status 0 is an error inside a stream, which says HTTP 200 and means something else.
func failed(status int, retry time.Duration, s said) *llm.Error {
	if status == 0 {
		status = s.Status
	}
	e := &llm.Error{Status: status, Retry: retry, Err: fmt.Errorf("the endpoint says: %s", s)}
	all := s.Type + " " + s.Code + " " + s.Message
	switch {
	case quota.MatchString(all) && status != 400 && status != 422:
		e.Kind = llm.BadKey
	case status == 401 || status == 402 || status == 403:
		e.Kind = llm.BadKey
	case status != 429 && (status == 413 || tooLong.MatchString(all)):
		e.Kind, e.Window = llm.TooLong, s.Window
		if m := limits.FindStringSubmatch(s.Message); e.Window == 0 && m != nil {
			e.Window, _ = strconv.Atoi(m[1])
		}
	case status == 429 || status == 0 && busy.MatchString(all):
		e.Kind = llm.RateLimited
	case status >= 300 && status < 400: // the address is wrong, not the request
		e.Kind, e.Err = llm.Down, errors.New("the endpoint redirects: set the address that it names")
	case status == 408 || status == 409 || status == 425 || status == 0 || status >= 500:
		e.Kind = llm.Down
	case status >= 300:
		e.Kind = llm.BadRequest
	}
	return e
}

// inBand maps an error that came inside a stream of status 200.
func inBand(raw []byte) *llm.Error {
	s := readError(raw)
	switch s.Type {
	case brokenEvent:
		return &llm.Error{Kind: llm.Cut, Status: 200, Err: fmt.Errorf("%w: an event is no JSON: %.80q", llm.ErrTruncated, s.Message)}
	case notAStream:
		return &llm.Error{Kind: llm.Down, Status: 200, Err: fmt.Errorf("the answer is no event stream: %.200q", s.Message)}
	}
	if e := failed(0, 0, s); e.Status != 0 || e.Kind != llm.Down {
		return e
	} else if t := strings.ToLower(s.Type + s.Code); strings.Contains(t, "invalid_request") || strings.Contains(t, "badrequest") {
		e.Kind = llm.BadRequest
		return e
	} else {
		return e
	}
}

// broken maps what ended an exchange without an answer of the endpoint. started: bytes of an answer came.
func broken(ctx context.Context, err error, started bool) *llm.Error {
	cause := context.Cause(ctx)
	var late *slow
	if errors.As(cause, &late) {
		return &llm.Error{Kind: llm.Down, Err: late}
	}
	if ctx.Err() != nil {
		if !errors.Is(cause, ctx.Err()) {
			cause = fmt.Errorf("%w: %w", ctx.Err(), cause)
		}
		return &llm.Error{Kind: llm.Down, Err: cause}
	}
	if started {
		if errors.Is(err, io.EOF) {
			return &llm.Error{Kind: llm.Cut, Status: 200, Err: llm.ErrTruncated}
		}
		return &llm.Error{Kind: llm.Cut, Status: 200, Err: fmt.Errorf("%w: %w", llm.ErrTruncated, err)}
	}
	return &llm.Error{Kind: llm.Down, Err: err}
}
