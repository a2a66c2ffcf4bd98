package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"iter"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// small is a server with nothing behind it: a fuzzer asks it a thousand times a second.
func small() *Server {
	keys := map[[32]byte]shop.Key{}
	for secret, k := range houseKeys {
		k.ID, k.Hash = "k-"+secret, sha256.Sum256([]byte(secret))
		keys[k.Hash] = k
	}
	return New(Options{
		Chats: fixedChats{}, Keys: fixedKeys(keys), Conversations: noConversations{}, Catalogue: noCatalogue{},
		Limits: Limits{Requests: -1, Open: -1, Sessions: -1, Turns: -1, Tokens: -1}, Secret: bytes.Repeat([]byte{7}, 32), Storefront: "acme",
		Now: func() time.Time { return time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC) },
	})
}

type fixedKeys map[[32]byte]shop.Key

func (k fixedKeys) Key(_ context.Context, hash [32]byte) (shop.Key, error) {
	if v, ok := k[hash]; ok {
		return v, nil
	}
	return shop.Key{}, &shop.Error{Kind: shop.NotFound}
}

func (fixedKeys) Tenant(_ context.Context, id string) (shop.Tenant, error) {
	if id != "acme" {
		return shop.Tenant{}, &shop.Error{Kind: shop.NotFound}
	}
	return acme, nil
}

type fixedChats struct{}

func (fixedChats) Run(_ context.Context, t assistant.Turn) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		for _, e := range []chat.Event{{Kind: chat.EvBegun, Turn: "t"}, {Kind: chat.EvText, Text: t.Message.Text}, {Kind: chat.EvEnded, Ending: chat.Completed}} {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (fixedChats) Start(_ context.Context, t assistant.Turn) (assistant.Started, error) {
	return assistant.Started{Conversation: t.Conversation, Turn: "t"}, nil
}

func (fixedChats) Follow(context.Context, shop.Principal, string, int64) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		_ = yield(chat.Event{ID: 1, Kind: chat.EvBegun, Text: "a"}, nil) && yield(chat.Event{ID: 2, Kind: chat.EvEnded, Ending: chat.Completed}, nil)
	}
}
func (fixedChats) Stop(context.Context, shop.Principal, string) error             { return nil }
func (fixedChats) Running(context.Context, shop.Principal, string) (int64, error) { return 0, nil }

type noConversations struct{}

var errNone = &shop.Error{Kind: shop.NotFound, Msg: "There is none."}

func (noConversations) Conversations(context.Context, shop.Principal, int, time.Time) ([]chat.Conversation, error) {
	return nil, nil
}

func (noConversations) Conversation(context.Context, shop.Principal, string) (chat.Conversation, []chat.Message, error) {
	return chat.Conversation{}, nil, errNone
}

func (noConversations) Rate(context.Context, shop.Principal, string, int, string) error { return nil }

func (noConversations) RatingOf(context.Context, shop.Principal, string) (*desk.Given, error) {
	return nil, nil
}

func (noConversations) Saw(context.Context, shop.Principal, string) error { return nil }

func (noConversations) ConversationRevision(context.Context, shop.Principal, string) (int64, error) {
	return 0, errNone
}

func (noConversations) DeleteConversation(context.Context, shop.Principal, string) error {
	return errNone
}

func (noConversations) Feedback(context.Context, shop.Principal, string, string, int, string) error {
	return errNone
}

type noCatalogue struct{}

func (noCatalogue) PutProducts(context.Context, string, []shop.Product, []string) error { return nil }

func (noCatalogue) Products(context.Context, string, []string) ([]shop.Product, error) {
	return nil, nil
}

// FuzzBody: whatever a body holds, the answer is a success or a clear error of the client's, as JSON or as a stream.
func FuzzBody(f *testing.F) {
	for i, r := range routesWithBody("m1") {
		f.Add(uint8(i), []byte(r.body))
	}
	for _, s := range []string{
		`{"id":"c1","messages":[{"role":"user","parts":[{"type":"text","text":"\ud83d\ude00"}]}]}`, `{"id":"c1","messages":[{"role":"user","parts":[{"type":"text","text":"\ud83d"}]}]}`,
		`{"model":"shopper","stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url"}]},{"role":"tool","content":"{}"}]}`,
		`{"products":[{"id":"a","title":"b","attrs":{"x":{"value":16,"unit":"GB"}},"variants":[{"id":"v"}],"words":{"zh":{"title":"t"}}}],"delete":["x"]}`,
		`{"user":null,"origin":"https://a","previous":"a.b.c"}`, `[[[[`, `"\u`, "{\"a\":\xff}", `{"message":"m","value":1e2,"note":"\u202e"}`, `{"metadata":{"conversation":""}}`,
	} {
		for i := range routesWithBody("m1") {
			f.Add(uint8(i), []byte(s))
		}
	}
	s := small()
	routes := routesWithBody("m1")
	f.Fuzz(func(t *testing.T, n uint8, body []byte) {
		r := routes[int(n)%len(routes)]
		req := httptest.NewRequest(r.method, r.path, bytes.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+r.secret)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, req)
		if w.Code >= 500 {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		if w.Code >= 400 {
			(answered{t, w.Code, w.Header(), w.Body.Bytes()}).clear()
			return
		}
		if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("no JSON: %s", w.Body)
		}
		if !utf8.Valid(w.Body.Bytes()) {
			t.Fatalf("no UTF-8: %q", w.Body)
		}
	})
}

// FuzzInspect: what passes loses nothing. Every text that goes in as JSON comes out with the characters that it had.
func FuzzInspect(f *testing.F) {
	for _, s := range []string{`"a"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\\ud83d"`, `{"\udc00":1}`, `[["\u0000"]]`, "\"\xff\"", `"\ud83d\u0041"`, `"\uD83D\uDE00\udfff"`, strings.Repeat("[", 65)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if inspect(b) != nil {
			return
		}
		var v any
		if json.Unmarshal(b, &v) != nil {
			return
		}
		var walk func(v any, depth int)
		walk = func(v any, depth int) {
			if depth > maxDepth {
				t.Fatal("too deep, and it passed")
			}
			switch v := v.(type) {
			case string:
				// U+FFFD may stand in the input itself, as it is or escaped; nowhere else may it come from.
				if strings.ContainsRune(v, utf8.RuneError) && !bytes.Contains(b, []byte("\xef\xbf\xbd")) && !bytes.Contains(bytes.ToLower(b), []byte(`\ufffd`)) {
					t.Fatalf("%q lost a character: %q", b, v)
				}
			case []any:
				for _, x := range v {
					walk(x, depth+1)
				}
			case map[string]any:
				for k, x := range v {
					walk(k, depth)
					walk(x, depth+1)
				}
			}
		}
		walk(v, 0)
	})
}

// FuzzCredential: no string that was not given out opens anything.
func FuzzCredential(f *testing.F) {
	s := small()
	token, _, err := s.mint(caller{who: shop.Principal{Tenant: "acme", ID: "ann", Role: shop.Shopper}})
	if err != nil {
		f.Fatal(err)
	}
	p := strings.Split(token, ".")
	for _, c := range []string{token, "a.b.c", "..", p[0] + "." + p[1] + ".", p[0] + "..", "eyJhbGciOiJub25lIn0." + p[1] + ".", "eyJhbGciOiJFZERTQSJ9." + p[1] + "." + p[2], "ann ", "Bearer x", "\x00", strings.Repeat(".", 9000)} {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		if _, ok := houseKeys[strings.TrimSpace(secret)]; ok || strings.TrimSpace(secret) == token {
			return
		}
		req := httptest.NewRequest("GET", "/api/conversations", nil)
		req.Header["Authorization"] = []string{"Bearer " + secret}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, req)
		if w.Code != 401 {
			t.Fatalf("%q: status %d: %s", secret, w.Code, w.Body)
		}
		(answered{t, w.Code, w.Header(), w.Body.Bytes()}).clear()
	})
}

// FuzzMessage: a cleaned message is stable, prints, and keeps what can be seen.
func FuzzMessage(f *testing.F) {
	for _, s := range []string{"hello", "a\r\nb", "\u202ex\u2066", "\x00", "你好\ufeff", "e\u0301", "\u0085"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return // a body with such bytes does not get here
		}
		once, err := cleanMessage("text", s)
		if err != nil {
			return
		}
		twice, err := cleanMessage("text", once)
		if err != nil || twice != once {
			t.Fatalf("%q becomes %q, then %q (%v)", s, once, twice, err)
		}
		for _, r := range once {
			if hidden(r) || r < ' ' && r != '\n' && r != '\t' {
				t.Fatalf("U+%04X is left in %q", r, once)
			}
		}
	})
}

// FuzzAddress: whatever the address, there is an answer, and it is the client's fault if it is an error.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"/api/products?filter=a:b&page=2", "/img/x~black~1.svg", "/api/conversations/%2e%2e", "/v1/models/%ff", "/api/products/a%2Fb", "/?%", "//", "/api/conversations?before=2026-01-01T00:00:00Z&limit=1", "/img/%.svg"} {
		f.Add(s)
	}
	s := small()
	s.o.Picture = func(string, string, string, uint64) []byte { return []byte("<svg/>") }
	s.o.Search = func(context.Context, Browse) (shop.ProductsCard, error) { return shop.ProductsCard{}, nil }
	f.Fuzz(func(t *testing.T, target string) {
		if !strings.HasPrefix(target, "/") {
			return
		}
		u, err := parseTarget(target)
		if err != nil {
			return
		}
		req := httptest.NewRequest("GET", "/", nil)
		req.URL, req.RequestURI = u, target
		req.Header.Set("Authorization", "Bearer ann")
		ctx, cancel := context.WithCancel(req.Context())
		cancel() // an endless stream ends
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, req.WithContext(ctx))
		if w.Code >= 500 {
			t.Fatalf("%q: status %d: %s", target, w.Code, w.Body)
		}
	})
}
