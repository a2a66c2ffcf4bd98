package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/shop"
)

// signIn returns the cookie as a header, and the session.
func (h *house) signIn(key string) (cookie string, session loginReply) {
	h.t.Helper()
	a := h.do("POST", "/api/login", "", map[string]string{"key": key}).want(200)
	a.json(&session)
	first, attributes, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"} {
		if !strings.Contains(attributes, want) {
			h.t.Errorf("cookie %q lacks %s", attributes, want)
		}
	}
	return "Cookie: " + first, session
}

func TestStaffSignIn(t *testing.T) {
	h := plan{}.open(t)
	h.do("POST", "/api/login", "", map[string]string{"key": "wrong"}).refused(401, "invalid_credential")
	h.do("POST", "/api/login", "", map[string]string{"key": "app"}).refused(401, "not_staff")
	h.do("POST", "/api/login", "", map[string]string{}).want(400)
	h.do("POST", "/api/login", "", map[string]string{"key": "admin"}, "Origin: https://evil.example").refused(403, "wrong_origin")
	var nobody loginReply
	h.do("GET", "/api/login", "", nil).want(200).json(&nobody)
	if nobody.SignedIn || len(nobody.Methods) == 0 || nobody.CSRF != "" {
		t.Fatalf("%+v", nobody)
	}
	cookie, session := h.signIn("admin")
	csrf := "X-CSRF-Token: " + session.CSRF
	if !session.SignedIn || session.Tenant != "acme" || session.Role != shop.Admin || session.ID != "root" || len(session.CSRF) < 20 {
		t.Fatalf("%+v", session)
	}
	var again loginReply
	h.do("GET", "/api/login", "", nil, cookie).want(200).json(&again)
	if again.CSRF != session.CSRF || again.ID != "root" {
		t.Fatalf("%+v", again)
	}
	h.do("GET", "/api/admin/audit", "", nil, cookie).want(200)
	h.do("GET", "/api/conversations", "", nil, cookie).want(200)

	off := map[string]any{"on": true}
	h.do("PUT", "/api/admin/assistants/shopper", "", off, cookie).refused(403, "csrf")
	h.do("PUT", "/api/admin/assistants/shopper", "", off, cookie, "X-CSRF-Token: "+strings.Repeat("A", 26)).refused(403, "csrf")
	h.do("PUT", "/api/admin/assistants/shopper", "", off, cookie, csrf, "Origin: https://evil.example").refused(403, "wrong_origin")
	h.do("GET", "/api/admin/audit", "", nil, cookie, "Origin: https://evil.example").refused(403, "wrong_origin")
	h.do("PUT", "/api/admin/assistants/shopper", "", off, cookie, csrf, "Origin: "+h.url).want(200)
	h.do("POST", "/api/session", "", nil, cookie, csrf).want(403)
	for _, path := range []string{"/api/admin/audit", "/api/login"} {
		a := h.do("OPTIONS", path, "", nil, "Origin: https://evil.example", "Access-Control-Request-Method: PUT")
		if a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s invites other sites", path)
		}
	}

	// Another's cookie is nobody's: neither tampered with nor signed by another kind of token.
	head, _, _ := strings.Cut(strings.TrimPrefix(cookie, "Cookie: shopkeeper_staff="), ".")
	h.do("GET", "/api/admin/audit", "", nil, "Cookie: shopkeeper_staff="+head+".e30.x").refused(401, "signed_out")
	browser := h.session("ann", nil)
	h.do("GET", "/api/admin/audit", "", nil, "Cookie: shopkeeper_staff="+browser.Token).refused(401, "signed_out")
	h.do("GET", "/api/conversations", strings.TrimPrefix(cookie, "Cookie: shopkeeper_staff="), nil).want(401)

	// The session ends with its key, with time, and with signing out.
	if a := h.do("POST", "/api/logout", "", nil, cookie, csrf).want(204); !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("signing out leaves the cookie: %q", a.header.Get("Set-Cookie"))
	}
	h.now.Add(12*time.Hour + time.Second)
	h.do("GET", "/api/admin/audit", "", nil, cookie).refused(401, "signed_out")
	cookie, _ = h.signIn("admin")
	if err := h.store.RevokeKey(t.Context(), "k-admin"); err != nil {
		t.Fatal(err)
	}
	h.do("GET", "/api/admin/audit", "", nil, cookie).refused(401, "signed_out")

	entries, err := h.store.Audit(t.Context(), "acme", time.Time{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, e := range entries {
		acts = append(acts, e.Actor+" "+e.Act)
		if strings.Contains(e.Detail, "admin") && e.Act != "assistant_on" {
			t.Errorf("a secret is in the audit: %+v", e)
		}
	}
	if got, want := strings.Join(acts, ", "), "root (k-admin) sign_in, root (k-admin) sign_out, root (k-admin) assistant_on, root (k-admin) sign_in, k-app sign_in_refused"; got != want {
		t.Errorf("audit: %s\nwant   %s", got, want)
	}
}

func TestSignInIsLimited(t *testing.T) {
	h := plan{}.open(t)
	for range 10 {
		h.do("POST", "/api/login", "", map[string]string{"key": "guess"}).want(401)
	}
	if a := h.do("POST", "/api/login", "", map[string]string{"key": "admin"}).want(429); a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// A turn is opened a moment after its message came, from which its events count: its first word is still no later than its end.
func TestFirstWordIsWithinTheTurn(t *testing.T) {
	at := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	e := entryOfTurn(chat.TurnRecord{Opened: at, Closed: at.Add(19 * time.Millisecond), First: 21 * time.Millisecond})
	if e.Duration != 19 || e.TTFT != 19 {
		t.Errorf("took %v ms, first word after %v", e.Duration, e.TTFT)
	}
}

// An admin sees the own shop, others see nothing.
func TestAdminRoutesAreTheAdminsOwn(t *testing.T) {
	h := plan{model: &llmtest.Script{Steps: []llmtest.Step{llmtest.Say("Hello.")}, Loop: true}}.open(t)
	h.chat("ann", "c1", "m1", "hi")
	at := h.now.Now()
	for _, tenant := range []string{"acme", "other"} {
		row := chat.Call{ID: "call-" + tenant, At: at, Who: shop.Principal{Tenant: tenant, Key: "k-app", Role: shop.App}, Alias: "raw-" + tenant, Target: "t-" + tenant, Ending: chat.Failed, Problem: "down", Nano: 7}
		if err := h.store.SaveCalls(t.Context(), []chat.Call{row}); err != nil {
			t.Fatal(err)
		}
	}
	var list struct{ Turns []turnEntry }
	h.do("GET", "/api/admin/turns", "admin", nil).want(200).json(&list)
	if len(list.Turns) != 2 {
		t.Fatalf("%+v", list)
	}
	paths := []string{"/api/admin/live", "/api/admin/targets", "/api/admin/turns", "/api/admin/spend", "/api/admin/assistants", "/api/admin/audit"}
	for _, e := range list.Turns {
		paths = append(paths, "/api/admin/turns/"+e.ID)
		h.do("GET", "/api/admin/turns/"+e.ID, "admin", nil).want(200)
		h.do("GET", "/api/admin/turns/"+e.ID, "boss", nil).want(404)
	}
	for _, path := range paths {
		for _, key := range []string{"agent", "merchant", "ann", "app"} {
			h.do("GET", path, key, nil).refused(403, "not_admin")
		}
		h.do("GET", path, "", nil).want(401)
	}
	for _, key := range []string{"agent", "merchant", "ann", "app"} {
		h.do("PUT", "/api/admin/assistants/shopper", key, map[string]any{"on": false}).want(403)
	}
	for _, path := range paths[:6] {
		if body := string(h.do("GET", path, "boss", nil).want(200).body); strings.Contains(body, "acme") || strings.Contains(body, "c1") {
			t.Errorf("%s shows another shop: %s", path, body)
		}
	}
	for path, word := range map[string]string{
		"/api/admin/spend?by=never": "by", "/api/admin/spend?from=yesterday": "from", "/api/admin/spend?from=2026-03-01T00:00:00Z&to=2026-01-01T00:00:00Z": "from",
		"/api/admin/turns?state=odd": "state", "/api/admin/turns?limit=0": "limit", "/api/admin/audit?before=x": "before",
	} {
		if a := h.do("GET", path, "admin", nil).want(400); !strings.Contains(string(a.body), `"field":"`+word+`"`) {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	h.do("GET", "/api/admin/turns/nonsense", "admin", nil).want(404)
}

// The hour's percentiles are over its calls, each once: the median of what the minutes say would be 30 ms here.
func TestPercentilesOfTheHour(t *testing.T) {
	h := plan{}.open(t)
	type live struct {
		P50    *float64 `json:"ttft_p50_ms"`
		P95    *float64 `json:"ttft_p95_ms"`
		Series []struct {
			P95 float64 `json:"ttft_p95_ms"`
		} `json:"series"`
	}
	var empty live
	h.do("GET", "/api/admin/live", "admin", nil).want(200).json(&empty)
	if empty.P50 != nil || empty.P95 != nil {
		t.Fatalf("without a call: %v, %v", *empty.P50, *empty.P95)
	}
	minute := h.now.Now().Truncate(time.Minute)
	var rows []chat.Call
	call := func(ago int, first time.Duration) {
		at := minute.Add(-time.Duration(ago) * time.Minute)
		rows = append(rows, chat.Call{ID: "c" + strconv.Itoa(len(rows)), At: at, Who: shop.Principal{Tenant: "acme"}, Alias: "raw", First: first, Took: first, Ending: chat.Completed})
	}
	for range 95 {
		call(10, 500*time.Millisecond)
	}
	call(10, 0) // failed before its first word: it has no time
	for range 5 {
		call(20, 30*time.Millisecond)
	}
	call(30, 20*time.Millisecond)
	call(70, 9*time.Second) // before the hour
	if err := h.store.SaveCalls(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	var got live
	h.do("GET", "/api/admin/live", "admin", nil).want(200).json(&got)
	if got.P50 == nil || got.P95 == nil || *got.P50 != 500 || *got.P95 != 500 {
		t.Errorf("of the hour: %+v", got)
	}
	var minutes []float64
	for _, p := range got.Series {
		if p.P95 > 0 {
			minutes = append(minutes, p.P95)
		}
	}
	if !slices.Equal(minutes, []float64{20, 30, 500}) {
		t.Errorf("of the minutes: %v", minutes)
	}
}

func TestTurnTimeline(t *testing.T) {
	var h *house
	after := func(d time.Duration, step llmtest.Step) llmtest.Step {
		return func(req *llm.Request) ([]llm.Delta, error) {
			h.now.Add(d)
			return step(req)
		}
	}
	h = plan{model: &llmtest.Script{Steps: []llmtest.Step{
		llmtest.Use(llmtest.Call("1", "search_products", map[string]string{"query": "headphones", "secret": "hush"})),
		after(20*time.Millisecond, llmtest.Use(llmtest.Call("2", "broken", map[string]string{}))), after(30*time.Millisecond, llmtest.Say("Here you are.")),
	}}}.open(t)
	h.chat("ann", "c1", "m1", "my words stay mine")
	var list struct{ Turns []turnEntry }
	h.do("GET", "/api/admin/turns?state=all", "admin", nil).want(200).json(&list)
	if len(list.Turns) != 1 || list.Turns[0].Kind != "turn" || list.Turns[0].Assistant != "shopper" || list.Turns[0].Ending != chat.Completed || list.Turns[0].Spans != nil {
		t.Fatalf("%+v", list.Turns)
	}
	if list.Turns[0].TTFT != 50 { // what the shopper waited, not what the first call of a model took
		t.Errorf("the first word came after %v ms, want 50", list.Turns[0].TTFT)
	}
	stored, err := h.store.Turns(t.Context(), chat.TurnQuery{Tenant: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	call := chat.Call{ID: "x", At: stored[0].Opened, Who: shop.Principal{Tenant: "acme"}, Conversation: "c1", Turn: stored[0].ID, Assistant: "shopper", Target: "deepseek", First: 20 * time.Millisecond, Took: 50 * time.Millisecond, Ending: chat.Failed, Problem: "cut", Status: 200}
	if err := h.store.SaveCalls(t.Context(), []chat.Call{call}); err != nil {
		t.Fatal(err)
	}
	a := h.do("GET", "/api/admin/turns/"+list.Turns[0].ID, "admin", nil).want(200)
	var one turnEntry
	a.json(&one)
	var got []string
	for _, s := range one.Spans {
		got = append(got, s.Kind+" "+s.Name+" "+s.Status)
	}
	if want := "turn shopper ok, round round ok, tool search_products ok, round round ok, tool broken error, round round ok, model deepseek error"; strings.Join(got, ", ") != want {
		t.Errorf("spans: %s\nwant   %s", strings.Join(got, ", "), want)
	}
	if one.TTFT != list.Turns[0].TTFT {
		t.Errorf("first word: %v ms by itself, %v in the list", one.TTFT, list.Turns[0].TTFT)
	}
	for _, private := range []string{"my words", "hush", "Here you are"} {
		if strings.Contains(string(a.body), private) {
			t.Errorf("the timeline tells what was said: %s", a.body)
		}
	}
	h.do("GET", "/api/admin/turns?state=failed", "admin", nil).want(200).json(&list)
	if len(list.Turns) != 0 {
		t.Fatalf("%+v", list.Turns)
	}
}

func TestAssistantSwitch(t *testing.T) {
	step := hold("Hel")
	var h *house
	off := false
	h = plan{model: turns(step, llmtest.Say("Back."))}.open(t)
	h.assistant.Off = func(tenant, task string) bool { return tenant == "acme" && task == "shopper" && off }
	h.server.o.Switched = func(ctx context.Context) error {
		ws, err := h.store.Switches(ctx, "acme")
		if err == nil && len(ws) == 1 && off == ws[0].On {
			off = !ws[0].On
			if off {
				h.assistant.SwitchedOff("acme", "shopper")
			}
		}
		return err
	}
	s := h.stream("POST", "/api/chat", "ann", say("c1", "m1", "hi"))
	<-step.reached
	h.do("PUT", "/api/admin/assistants/nobody", "admin", map[string]any{"on": false}).want(404)
	h.do("PUT", "/api/admin/assistants/shopper", "admin", map[string]any{}).want(400)
	var w shop.Switch
	h.do("PUT", "/api/admin/assistants/shopper", "admin", map[string]any{"on": false, "reason": "wrong prices"}).want(200).json(&w)
	if w.On || w.By != "root (k-admin)" || w.Reason != "wrong prices" {
		t.Fatalf("%+v", w)
	}
	ps := s.rest()
	if last := ps[len(ps)-1]; !strings.Contains(string(last.data), `"abort"`) && !strings.Contains(string(ps[max(0, len(ps)-2)].data), `"abort"`) {
		t.Fatalf("a running answer ends with %+v", last)
	}
	h.do("POST", "/api/chat", "ann", say("c2", "m2", "hi")).refused(503, "assistant_off")
	a := h.do("POST", "/v1/chat/completions", "ann", map[string]any{"model": "shopper", "messages": []map[string]string{{"role": "user", "content": "hi"}}}).want(503)
	if !strings.Contains(string(a.body), `"code":"assistant_off"`) || a.header.Get("Retry-After") == "" {
		t.Fatalf("%s", a.body)
	}
	var list struct{ Assistants []shop.Switch }
	h.do("GET", "/api/admin/assistants", "admin", nil).want(200).json(&list)
	if len(list.Assistants) != 1 || list.Assistants[0].On {
		t.Fatalf("%+v", list)
	}
	h.do("PUT", "/api/admin/assistants/shopper", "admin", map[string]any{"on": true}).want(200)
	h.chat("ann", "c3", "m3", "hi")
	if a := h.do(http.MethodGet, "/api/admin/audit", "admin", nil).want(200); !strings.Contains(string(a.body), `"act":"assistant_off","object":"shopper","detail":"wrong prices"`) {
		t.Fatalf("%s", a.body)
	}
}
