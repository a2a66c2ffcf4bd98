package api

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"

	"shopkeeper/gateway/route"
	"shopkeeper/shop"
)

func zipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Bodies may be gzip, and are bounded by what comes out of it.
func TestGzipBodies(t *testing.T) {
	h := plan{}.open(t)
	const gz = "Content-Encoding: gzip"
	body := []byte(`{"model":"shopper","messages":[{"role":"user","content":"hello"}]}`)
	h.do("POST", "/v1/chat/completions", "ann", zipped(t, body), gz).want(200)
	h.do("POST", "/v1/chat/completions", "ann", zipped(t, body), "Content-Encoding: GZIP").want(200)
	h.do("POST", "/v1/chat/completions", "ann", body, "Content-Encoding: identity").want(200)
	bomb := zipped(t, append([]byte(`{"x":"`), bytes.Repeat([]byte("a"), 300<<20)...))
	if len(bomb) > 1<<20 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	h.do("POST", "/v1/chat/completions", "ann", bomb, gz).refused(413, "too_large").clear()
	h.do("POST", "/api/chat", "ann", bomb, gz).refused(413, "too_large").clear()
	h.do("POST", "/v1/chat/completions", "ann", body, gz).refused(400, "broken_body").clear()
	cut := zipped(t, body)
	h.do("POST", "/v1/chat/completions", "ann", cut[:len(cut)-6], gz).refused(400, "broken_body").clear()
	for _, other := range []string{"br", "deflate", "gzip, gzip", "zstd"} {
		if a := h.do("POST", "/v1/chat/completions", "ann", body, "Content-Encoding: "+other).want(415); !strings.Contains(string(a.body), "gzip") {
			t.Errorf("%s: %s", other, a.body)
		}
	}
}

// What a raw request may cost is reckoned by the tokens that it allows: they must be a number of tokens.
func TestAbsurdTokens(t *testing.T) {
	asked := 0
	h := plan{options: func(o *Options) {
		o.RawModels = func() []string { return []string{"raw"} }
		o.Raw = func(w http.ResponseWriter, _ *http.Request, _ *route.Request, _ shop.Principal) error {
			asked++
			w.Header().Set("Content-Type", "application/json")
			_, err := w.Write([]byte(`{"id":"chatcmpl-raw1","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,"logprobs":null,"message":{"role":"assistant","content":"raw","refusal":null,"shop":{"cards":[]}},"finish_reason":"stop"}],` +
				`"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},"shop":{"conversation":"x","ending":"completed","rung":""}}`))
			return err
		}
	}}.open(t)
	for _, field := range []string{"max_tokens", "max_completion_tokens"} {
		for _, v := range []string{"-1", "0", "1e18", "1000000000000000000", "99999999999999999999", "1.5", `"many"`, "true", "[]", "{}"} {
			a := h.do("POST", "/v1/chat/completions", "app", `{"model":"raw","messages":[],"`+field+`":`+v+`}`).refused(400, "invalid_request")
			if a.clear(); !strings.Contains(string(a.body), field) {
				t.Errorf("%s = %s: %s", field, v, a.body)
			}
		}
		for _, v := range []string{"1", "4096", "null"} {
			h.do("POST", "/v1/chat/completions", "app", `{"model":"raw","messages":[],"`+field+`":`+v+`}`).want(200)
		}
	}
	if asked != 6 {
		t.Errorf("the model was asked %d times", asked)
	}
}
