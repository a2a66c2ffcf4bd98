package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
)

// seen reads a whole stream's ids and parts.
func idsOf(es []event) (ids []string) {
	for _, e := range es {
		if e.id != "" {
			ids = append(ids, e.id)
		}
	}
	return ids
}

func TestResume(t *testing.T) {
	wait := hold("One two three ")
	h := plan{model: turns(llmtest.Use(llmtest.Call("call-1", "search_products", map[string]any{"query": "lamp"})), wait)}.open(t)
	first := h.stream("POST", "/api/chat", "ann", say("c1", "m1", "lamps"))
	e := first.until(func(e event) bool { return strings.Contains(e.data, "data-products") })
	first.leave() // lost, not stopped
	<-wait.reached

	// Without Last-Event-ID: the running turn from its start.
	again := h.stream("GET", "/api/chat/c1/stream", "ann", nil)
	if p := again.part("start"); p.MessageID == "" {
		t.Fatal("no start")
	}
	// With it: on from there, and nothing twice.
	on := h.stream("GET", "/api/chat/c1/stream", "ann", nil, "Last-Event-ID: "+e.id)
	close(wait.release)
	all, rest := again.rest(), on.rest()
	for _, r := range rest {
		if r.id != "" && !(len(r.id) > len(e.id) || r.id > e.id) {
			t.Fatalf("event %s again, after %s", r.id, e.id)
		}
	}
	tail := func(es []event) string {
		var out []string
		for _, e := range es {
			if strings.Contains(e.data, `"text-`) || strings.Contains(e.data, `"finish`) {
				out = append(out, e.data)
			}
		}
		return strings.Join(out, "\n")
	}
	if tail(all) != tail(rest) || !strings.Contains(tail(rest), `"type":"finish"`) || all[len(all)-1].data != uiDone || rest[len(rest)-1].data != uiDone {
		t.Fatalf("from the start:\n%s\nresumed:\n%s", tail(all), tail(rest))
	}

	// It has ended: told to its end with Last-Event-ID, 204 without; 204 too when all of it was read.
	h.do("GET", "/api/chat/c1/stream", "ann", nil).want(204)
	ended := h.do("GET", "/api/chat/c1/stream", "ann", nil, "Last-Event-ID: "+e.id).want(200)
	if tail(ended.events()) != tail(rest) {
		t.Fatalf("replayed:\n%s", ended.body)
	}
	ids := idsOf(rest)
	h.do("GET", "/api/chat/c1/stream", "ann", nil, "Last-Event-ID: "+ids[len(ids)-1]).want(204)
	for _, bad := range []string{"x", "-1", "1.5", "99999999999999999999"} {
		h.do("GET", "/api/chat/c1/stream", "ann", nil, "Last-Event-ID: "+bad).refused(400, "invalid_request")
	}
	h.do("GET", "/api/chat/nobodys/stream", "ann", nil).refused(404, "not_found")
	h.do("GET", "/api/chat/nobodys/stream", "ann", nil, "Last-Event-ID: 5").refused(404, "not_found")
}

// Wherever a stream is cut, what was read before and what the resumed stream brings are the whole.
func TestResumeAtEveryEvent(t *testing.T) {
	h := plan{model: &llmtest.Script{Steps: []llmtest.Step{
		func(*llm.Request) ([]llm.Delta, error) {
			return append(llmtest.Text("I will look for it. "), llmtest.Call("call-1", "search_products", map[string]any{"query": "lamp"}), llm.Delta{Finish: llm.Calls}), nil
		},
		llmtest.Say("Here is a lamp for you."),
	}}}.open(t)
	all := h.do("POST", "/api/chat", "ann", say("c1", "m1", "lamps")).want(200).events()
	if len(idsOf(all)) < 10 {
		t.Fatalf("only %d events", len(idsOf(all)))
	}
	for i, e := range all {
		if e.id == "" || i >= len(all)-1 {
			continue
		}
		if i == len(all)-2 && all[i+1].data == uiDone && all[i+1].id == "" {
			continue
		}
		rest := h.do("GET", "/api/chat/c1/stream", "ann", nil, "Last-Event-ID: "+e.id).want(200).events()
		if fmt.Sprint(rest) != fmt.Sprint(all[i+1:]) {
			t.Fatalf("after event %s:\n%v\nwant\n%v", e.id, rest, all[i+1:])
		}
	}
}

func TestStopAndBusyAndInterrupt(t *testing.T) {
	wait, second := hold("Writing "), hold("Still ")
	h := plan{model: turns(wait, second, llmtest.Say("Third."))}.open(t)
	one := h.stream("POST", "/api/chat", "ann", say("c1", "m1", "one"))
	<-wait.reached
	a := h.do("POST", "/api/chat", "ann", say("c1", "m2", "two")).refused(409, "busy")
	if a.header.Get("Retry-After") == "" {
		t.Error("busy without Retry-After")
	}
	h.do("POST", "/api/chat/c1/stop", "ann", nil).want(204)
	one.part("abort")
	if es := one.rest(); len(es) != 1 || es[0].data != uiDone {
		t.Fatalf("after abort: %v", es)
	}
	h.do("POST", "/api/chat/c1/stop", "ann", nil).want(204) // nothing runs: no error

	two := h.stream("POST", "/api/chat", "ann", say("c1", "m3", "two"))
	<-second.reached
	ps, _ := h.do("POST", "/api/chat", "ann", with(say("c1", "m4", "three"), "interrupt", true)).want(200).parts()
	if textOf(ps) != "Third." {
		t.Fatalf("answer %q", textOf(ps))
	}
	two.part("abort")
	var conv conversationView
	h.do("GET", "/api/conversations/c1", "ann", nil).want(200).json(&conv)
	var story []string
	for _, m := range conv.Messages {
		story = append(story, string(m.Role)+":"+strings.TrimSpace(m.Text)+":"+string(m.Ending))
	}
	want := "user:one: assistant:Writing:cancelled user:two: assistant:Still:cancelled user:three: assistant:Third.:completed"
	if got := strings.Join(story, " "); got != want {
		t.Fatalf("history %s\nwant    %s", got, want)
	}
}

// The same message id gives the same turn again: its answer when it ended, the rest of it while it runs; nothing runs twice.
func TestSameMessageAgain(t *testing.T) {
	wait := hold("Slow ")
	model := turns(llmtest.Say("First answer."), wait)
	h := plan{model: model}.open(t)
	first := h.chat("ann", "c1", "m1", "hello")
	again := h.chat("ann", "c1", "m1", "hello")
	if textOf(again) != "First answer." || again[0].MessageID != first[0].MessageID {
		t.Fatalf("again: %s %q", types(again), textOf(again))
	}
	h.do("POST", "/api/chat", "ann", say("c1", "m1", "something else")).refused(409, "conflict")

	running := h.stream("POST", "/api/chat", "ann", say("c1", "m2", "more"))
	<-wait.reached
	same := h.stream("POST", "/api/chat", "ann", say("c1", "m2", "more"))
	close(wait.release)
	running.part("finish")
	if p := same.part("finish"); p.FinishReason != "stop" {
		t.Fatal(p)
	}
	var conv conversationView
	h.do("GET", "/api/conversations/c1", "ann", nil).want(200).json(&conv)
	if len(conv.Messages) != 4 {
		t.Fatalf("%d messages, want 4", len(conv.Messages))
	}
}

func TestRegenerate(t *testing.T) {
	h := plan{model: &llmtest.Script{Steps: []llmtest.Step{llmtest.Say("Old answer."), llmtest.Say("New answer.")}}}.open(t)
	h.chat("ann", "c1", "m1", "hello")
	body := map[string]any{"id": "c1", "trigger": regenerate, "messages": []any{map[string]any{"id": "m1", "role": "user", "parts": []any{map[string]any{"type": "text", "text": "hello"}}}}, "messageId": "x"}
	ps, done := h.do("POST", "/api/chat", "ann", body).want(200).parts()
	if textOf(ps) != "New answer." || !done {
		t.Fatalf("%s %q", types(ps), textOf(ps))
	}
	var conv conversationView
	h.do("GET", "/api/conversations/c1", "ann", nil).want(200).json(&conv)
	if len(conv.Messages) != 3 || !conv.Messages[1].Replaced || conv.Messages[1].Text != "Old answer." || conv.Messages[2].Replaced {
		t.Fatalf("%+v", conv.Messages)
	}
	h.do("POST", "/api/chat", "ann", with(body, "id", "fresh")).want(400)
}

// Regenerate with interrupt stops the answer under way and writes another one.
func TestRegenerateInterrupts(t *testing.T) {
	wait := hold("Old ")
	h := plan{model: turns(wait, llmtest.Say("New."))}.open(t)
	old := h.stream("POST", "/api/chat", "ann", say("c1", "m1", "hello"))
	<-wait.reached
	ps, _ := h.do("POST", "/api/chat", "ann", map[string]any{"id": "c1", "trigger": regenerate, "interrupt": true}).want(200).parts()
	if textOf(ps) != "New." {
		t.Fatal(textOf(ps))
	}
	old.part("abort")
}

// A closed connection on /v1 cancels at once, down to the model.
func TestLeavingCompletionsCancelsAtOnce(t *testing.T) {
	for _, streamed := range []bool{true, false} {
		t.Run(fmt.Sprint("streamed=", streamed), func(t *testing.T) {
			wait := hold("Word ")
			h := plan{model: turns(wait)}.open(t)
			if streamed {
				s := h.stream("POST", "/v1/chat/completions", "ann", with(ask("hello"), "stream", true))
				<-wait.reached
				s.leave()
			} else {
				ctx, cancel := timeoutless(t)
				go func() {
					<-wait.reached
					cancel()
				}()
				if _, err := h.client.Do(h.request(ctx, "POST", "/v1/chat/completions", "ann", ask("hello"))); err == nil {
					t.Fatal("an answer came")
				}
			}
			h.eventually(func() bool {
				var l conversationList
				h.do("GET", "/api/conversations", "ann", nil).want(200).json(&l)
				var conv conversationView
				h.do("GET", "/api/conversations/"+l.Conversations[0].ID, "ann", nil).want(200).json(&conv)
				return conv.Messages[len(conv.Messages)-1].Ending == chat.Cancelled
			})
		})
	}
}

// A closed connection on /api/chat is a lost one: the turn runs on and is there to be read.
func TestLeavingChatIsALostConnection(t *testing.T) {
	wait := hold("Word ")
	h := plan{model: turns(wait), assistant: func(a *assistant.Assistant) { a.Grace = time.Hour }}.open(t)
	s := h.stream("POST", "/api/chat", "ann", say("c1", "m1", "hello"))
	<-wait.reached
	s.leave()
	close(wait.release)
	h.eventually(func() bool {
		var conv conversationView
		h.do("GET", "/api/conversations/c1", "ann", nil).want(200).json(&conv)
		m := conv.Messages[len(conv.Messages)-1]
		return m.Ending == chat.Completed && m.Text != ""
	})
}

// Pings keep a silent stream alive, and are comments: no event has them.
func TestPing(t *testing.T) {
	wait := hold("")
	h := plan{model: turns(wait), server: func(s *Server) { s.ping = time.Millisecond }}.open(t)
	s := h.stream("POST", "/api/chat", "ann", say("c1", "m1", "hello"))
	<-wait.reached
	for n := 0; n < 3; {
		line, err := s.events.r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == ": ping\n" {
			n++
		}
	}
	close(wait.release)
	s.part("finish")
}

// The default ping is every 15 seconds, on the clock.
func TestPingEvery15Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &memoryWriter{}
		out := newSSE(w, New(Options{}).ping, func() {})
		time.Sleep(46 * time.Second)
		synctest.Wait()
		out.close()
		if got := strings.Count(w.String(), ": ping\n\n"); got != 3 {
			t.Fatalf("%d pings in 46 seconds", got)
		}
	})
}

// A conversation's own stream: messages and who answers, from where the client was.
func TestConversationEvents(t *testing.T) {
	h := plan{model: &llmtest.Script{Loop: true, Steps: []llmtest.Step{llmtest.Say("Hello there.")}}}.open(t)
	h.chat("ann", "c1", "m1", "one")
	s := h.stream("GET", "/api/conversations/c1/events", "ann", nil)
	if e := s.until(func(event) bool { return true }); e.name != "owner" || !strings.Contains(e.data, `"assistant"`) {
		t.Fatalf("first %+v", e)
	}
	next := func(s *stream) (m messageView, e event) {
		e = s.until(func(e event) bool { return e.name == "message" })
		if err := json.Unmarshal([]byte(e.data), &m); err != nil {
			t.Fatal(err)
		}
		if e.id != m.ID {
			t.Fatalf("event %q has message %q", e.id, m.ID)
		}
		return m, e
	}
	one, _ := next(s)
	answer, last := next(s)
	if one.Text != "one" || answer.Text != "Hello there." {
		t.Fatalf("%+v %+v", one, answer)
	}
	h.chat("ann", "c1", "m2", "two")
	if m, _ := next(s); m.ID != "m2" {
		t.Fatalf("%+v", m)
	}
	s.leave()
	on := h.stream("GET", "/api/conversations/c1/events", "ann", nil, "Last-Event-ID: "+last.id)
	if m, _ := next(on); m.ID != "m2" {
		t.Fatalf("resumed with %+v", m)
	}
	h.do("DELETE", "/api/conversations/c1", "ann", nil).want(204)
	on.rest() // ends: there is nothing left to follow
}

func TestHistoryListAndDelete(t *testing.T) {
	h := plan{}.open(t)
	for i := range 5 {
		h.chat("ann", fmt.Sprint("c", i), "m", fmt.Sprint("question ", i))
		h.now.Add(time.Minute)
	}
	h.chat("bob", "b0", "m", "hello")
	var l conversationList
	h.do("GET", "/api/conversations?limit=3", "ann", nil).want(200).json(&l)
	if len(l.Conversations) != 3 || l.Conversations[0].Title != "question 4" || l.Before == nil {
		t.Fatalf("%+v", l)
	}
	var rest conversationList
	h.do("GET", "/api/conversations?limit=3&before="+l.Before.Format(time.RFC3339Nano), "ann", nil).want(200).json(&rest)
	if len(rest.Conversations) != 2 || rest.Before != nil {
		t.Fatalf("%+v", rest)
	}
	var staff conversationList
	h.do("GET", "/api/conversations", "agent", nil).want(200).json(&staff)
	if len(staff.Conversations) != 6 {
		t.Fatalf("the agent sees %d", len(staff.Conversations))
	}
	h.do("DELETE", "/api/conversations/c0", "ann", nil).want(204)
	h.do("GET", "/api/conversations/c0", "ann", nil).refused(404, "not_found")
	h.do("DELETE", "/api/conversations/c0", "ann", nil).refused(404, "not_found")
	// Deleting stops what is being written.
	wait := hold("Word ")
	g := plan{model: turns(wait)}.open(t)
	s := g.stream("POST", "/api/chat", "ann", say("c1", "m1", "hello"))
	<-wait.reached
	g.do("DELETE", "/api/conversations/c1", "ann", nil).want(204)
	s.rest()
	g.do("GET", "/api/conversations/c1", "ann", nil).refused(404, "not_found")
}

func TestFeedback(t *testing.T) {
	h := plan{}.open(t)
	answer := h.chat("ann", "c1", "m1", "hello")[0].MessageID
	at := "/api/conversations/c1/feedback"
	h.do("POST", at, "ann", map[string]any{"message": answer, "value": 1, "note": "nice"}).want(204)
	h.do("POST", at, "ann", map[string]any{"message": answer, "value": -1}).want(204)
	var conv conversationView
	h.do("GET", "/api/conversations/c1", "ann", nil).want(200).json(&conv)
	if got := conv.Messages[1].Feedback; got != -1 {
		t.Fatalf("the history says %d", got)
	}
	h.do("POST", at, "ann", map[string]any{"message": answer, "value": 0}).want(204)
	h.do("POST", at, "app", map[string]any{"message": answer, "value": 1, "user": "ann"}).want(204)
	h.do("POST", at, "app", map[string]any{"message": answer, "value": 1, "user": "bob"}).refused(404, "not_found")
	h.do("POST", at, "ann", map[string]any{"message": "m1", "value": 1}).refused(404, "not_found") // a question, not an answer
	h.do("POST", at, "ann", map[string]any{"message": answer, "value": 2}).refused(400, "invalid_request")
	h.do("POST", at, "ann", map[string]any{"message": answer}).refused(400, "invalid_request")
	h.do("POST", at, "ann", map[string]any{"message": answer, "value": 1.5}).refused(400, "wrong_type")
	h.do("POST", at, "ann", map[string]any{"value": 1}).refused(400, "invalid_request")
}

// Who may chat: the role's own assistant, and an app for the shopper that it names.
func TestRolesOfChat(t *testing.T) {
	h := plan{}.open(t)
	for secret, code := range map[string]string{"agent": "no_assistant", "merchant": "no_assistant", "admin": "no_assistant", "app": "no_shopper", "widget": "widget_key"} {
		h.do("POST", "/api/chat", secret, say("c-"+secret, "m", "hello")).refused(403, code)
	}
	h.do("POST", "/api/chat", "", say("c", "m", "hello")).refused(401, "missing_credential")
	ps, _ := h.do("POST", "/api/chat", "app", with(say("c1", "m1", "hello"), "user", "ann")).want(200).parts()
	if types(ps) == "" {
		t.Fatal("no parts")
	}
	h.do("GET", "/api/conversations/c1", "ann", nil).want(200) // the same person, whoever speaks for her
	h.do("GET", "/api/conversations/c1?user=ann", "app", nil).want(200)
	h.do("GET", "/api/conversations/c1?user=bob", "app", nil).refused(404, "not_found")
	h.do("GET", "/api/conversations/c1", "app", nil).refused(400, "invalid_request")
	h.do("POST", "/api/chat/c1/stop", "app", map[string]any{"user": "ann"}).want(204)
	h.do("GET", "/api/chat/c1/stream?user=ann", "app", nil).want(204)
}

// A conversation that a person owns: the message is stored at once and the stream says who will answer.
func TestChatWhilePersonOwns(t *testing.T) {
	h := plan{options: func(o *Options) { o.Chats = ownedByQueue{o.Chats} }}.open(t)
	ps := h.chat("ann", "c1", "m1", "hello")
	if got := types(ps); got != "start data-owner finish" {
		t.Fatalf("parts %s", got)
	}
	if string(ps[1].Data) != `{"kind":"queue"}` {
		t.Fatalf("owner %s", ps[1].Data)
	}
}

// A turn whose events stop before its ending is never taken for a finished one.
func TestBrokenOff(t *testing.T) {
	h := plan{options: func(o *Options) { o.Chats = forgetsTheEnd{o.Chats} }}.open(t)
	ps, done := h.do("POST", "/api/chat", "ann", say("c1", "m1", "hello")).want(200).parts()
	if last := ps[len(ps)-1]; last.Type != "error" || done {
		t.Fatalf("%s, [DONE] %v", types(ps), done)
	}
	h.do("POST", "/v1/chat/completions", "ann", ask("hello")).refused(503, "broken_off")
	es := h.do("POST", "/v1/chat/completions", "ann", with(ask("hello"), "stream", true)).want(200).events()
	if last := es[len(es)-1].data; !strings.Contains(last, `"broken_off"`) {
		t.Fatal(last)
	}
}
