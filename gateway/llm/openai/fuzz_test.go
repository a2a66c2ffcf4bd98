package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"shopkeeper/gateway/llm"
)

// body is a transport that answers every request with one body.
type body struct {
	status int
	bytes  []byte
	piece  int
}

func (b body) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: b.status, Header: http.Header{}, Body: io.NopCloser(&pieces{bytes.NewReader(b.bytes), b.piece}), Request: r}, nil
}

type pieces struct {
	r io.Reader
	n int
}

func (p *pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), max(1, p.n))]) }

// Whatever bytes an endpoint sends: one ending or one error, never both, calls with ids, nothing marked in the text, no hang.
func FuzzStream(f *testing.F) {
	for _, c := range [][]string{
		{": keep-alive", says("Hello"), ends("stop"), done},
		{says("Half")},
		{`data: {"error":{"message":"no","code":429}}`},
		{"event: error\ndata: dead"},
		{delta(`"reasoning":"hm"`), delta(`"tool_calls":[{"index":0,"id":"a","function":{"name":"search_products","arguments":"{\"query\":\"x\"}</｜DSML｜parameter"}}]`), ends("tool_calls"), done},
		{says(dsmlTea), ends("stop"), done},
		{says("```json\n" + jsonTea + "\n```"), ends("length")},
		{`{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}`},
		{`data: {"choices":[],"usage":{"prompt_tokens":1}}`, done},
		{says(strings.Repeat("\n", 300))},
		{"data: {\"choices\":[{\"index\":0,", "data: \"delta\":{\"content\":\"split\"}}]}", done},
		{"\xff\xfe", "<html>"},
		{says(`{"text": "a\ud83c\udf75\n`), says(`b"}`), ends("stop")},
	} {
		f.Add([]byte(strings.Join(c, "\n\n")+"\n\n"), uint8(3), uint8(0))
	}
	f.Fuzz(func(t *testing.T, raw []byte, piece, mode uint8) {
		if len(raw) > 64<<10 {
			t.Skip()
		}
		c, err := New(Options{
			URL: "http://h", Model: "m", Tools: []string{Native, Schema, Text}[mode%3], HTTP: &http.Client{Transport: body{200, raw, int(piece)}},
			Liveness: time.Minute, NewID: func() string { return "id" },
		})
		if err != nil {
			t.Fatal(err)
		}
		endings, failures := 0, 0
		var text strings.Builder
		for d, err := range c.Stream(context.Background(), ask("x")) {
			if endings+failures > 0 {
				t.Fatal("something after the end")
			}
			if err != nil {
				failures++
				continue
			}
			text.WriteString(d.Text)
			if !utf8.ValidString(d.Text) {
				t.Errorf("invalid text %q", d.Text)
			}
			if d.Call != nil && (d.Call.ID == "" || d.Call.Name == "") {
				t.Errorf("call %+v", d.Call)
			}
			if d.Finish != "" {
				endings++
			}
		}
		if endings+failures != 1 {
			t.Errorf("%d endings, %d errors", endings, failures)
		}
		for _, m := range []string{"<tool_call", "<｜DSML", "<function=", "<|im_end|>"} {
			if strings.Contains(text.String(), m) {
				t.Errorf("%q is shown in %q", m, text.String())
			}
		}
	})
}

// An error body of any kind becomes an error with a bounded text, and a status of the wire decides more than its words.
func FuzzErrorBody(f *testing.F) {
	for _, s := range []string{
		`{"error":{"message":"no","type":"t","code":"c"}}`, `{"error":"text"}`, `{"object":"error","message":"maximum context length is 4096 tokens","code":400}`,
		`{"detail":[{"msg":"x"}]}`, `{"error":{"n_ctx":4096,"message":{"a":1}}}`, `<html>`, ``, `null`, `[]`, `{"error":null}`, `{"error":{"code":429}}`,
	} {
		f.Add([]byte(s), uint16(500))
	}
	f.Fuzz(func(t *testing.T, raw []byte, status uint16) {
		s := int(status%600) + 1
		e := failed(s, 0, readError(raw))
		if e.Status != s && s != 0 {
			t.Errorf("status %d became %d", s, e.Status)
		}
		if n := len(e.Error()); n > 2000 {
			t.Errorf("an error of %d bytes", n)
		}
		if !utf8.ValidString(e.Error()) {
			t.Errorf("invalid text %q", e.Error())
		}
		if e.Window < 0 {
			t.Errorf("window %d", e.Window)
		}
		if (s == 401 || s == 402 || s == 403) && e.Kind != llm.BadKey {
			t.Errorf("%d is %v", s, e.Kind)
		}
		_ = inBand(raw)
	})
}

// The incremental reader of a JSON string says the same as encoding/json, whatever the pieces.
func FuzzUnquote(f *testing.F) {
	for _, s := range []string{"plain", "a\"b\\c\n\t", "茶 🍵 \u2028", "\ufffd", ""} {
		f.Add(s, uint8(1))
	}
	f.Fuzz(func(t *testing.T, s string, n uint8) {
		s = strings.ToValidUTF8(s, "?")
		if strings.ContainsAny(s, "\b\f") {
			t.Skip() // they become blanks
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var u unquote
		var got strings.Builder
		for b = b[1:]; len(b) > 0; b = b[min(len(b), int(n)+1):] {
			got.WriteString(u.add(b[:min(len(b), int(n)+1)]))
		}
		if got.String() != s || !u.done {
			t.Errorf("%q became %q", s, got.String())
		}
	})
}

// A chunk that is read in passing says what the decoded one says.
func FuzzReadChunk(f *testing.F) {
	for _, s := range []string{
		says("tea 茶 \"\\\n"), ends("stop"), delta(`"role":"assistant","content":""`), delta(`"content":null,"reasoning_content":"hm"`), delta(`"reasoning":"hm"`),
		delta(`"content":[{"type":"text","text":"x"}]`), delta(`"refusal":"no"`), delta(`"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]`),
		`{"object":"error","message":"no"}`, `{"object":"error","choices":[{"delta":{"content":"x"}}]}`, `{"error":{"message":"no"},"choices":[{"delta":{"content":"x"}}]}`,
		`{"error":null,"usage":null,"choices":[{"index":0,"delta":{"content":"x"},"logprobs":{"content":[{"token":"}]"}]},"finish_reason":null}]}`,
		`{"choices":[{"index":0,"delta":{"content":"x"}},{"index":0,"delta":{"content":"y"}}]}`, `{"choices":[{"index":1,"delta":{"content":"x"}}]}`,
		`{"choices":[]}`, `{"choices":[null]}`, `{"choices":null,"usage":{"prompt_tokens":3}}`, `{"choices":[{"delta":null}]}`, `{"choices":{}}`, `[]`, `"x"`, `{"choices":[{"delta":"x"}]}`,
		`{"choices":[{"delta":{"content":"x"}}],"choices":[]}`, ` {  "choices" : [ { "delta" : { "content" : "x" } } ] } `,
	} {
		f.Add([]byte(strings.TrimPrefix(s, "data: ")))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			t.Skip()
		}
		got, err := readChunk(raw)
		var want chunk
		if e := json.Unmarshal(raw, &want); e != nil {
			if err == nil {
				t.Fatalf("%s is read, but %v", raw, e)
			}
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if got.failed() != want.failed() || got.moves() != want.moves() || len(got.Choices) != len(want.Choices) || (got.Usage == nil) != (want.Usage == nil) {
			t.Fatalf("%s: failed %v, moves %v, %d choices; decoded: failed %v, moves %v, %d choices", raw, got.failed(), got.moves(), len(got.Choices), want.failed(), want.moves(), len(want.Choices))
		}
		for i, c := range got.Choices {
			w := want.Choices[i]
			if c.Index != w.Index || c.FinishReason != w.FinishReason || c.Delta.content() != w.Delta.content() || c.Delta.reasoning() != w.Delta.reasoning() || c.Message.content() != w.Message.content() || len(c.Delta.calls()) != len(w.Delta.calls()) {
				t.Fatalf("%s: choice %d is %+v, decoded %+v", raw, i, c, w)
			}
		}
	})
}
