package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/tools"
)

// withDesk is a house with people to hand a conversation to. Whoever waits for a change is told of it, or waits for ever.
func withDesk(p plan) plan {
	for _, t := range tools.All(tools.Deps{Desk: true}) {
		if t.Spec().Name == "hand_off" {
			p.tools = append(houseTools(), t)
		}
	}
	p.options = func(o *Options) { o.Desk = o.Conversations.(Desk) }
	p.server = func(s *Server) { s.poll = time.Hour }
	return p
}

var handOff = llmtest.Use(llmtest.Call("c1", "hand_off", `{"reason":"complaint","summary":"A broken lamp."}`))

func (h *house) row(conversation string) (r deskRow) {
	h.t.Helper()
	var v struct{ Row deskRow }
	h.do("GET", "/api/desk/conversations/"+conversation, "agent", nil).want(200).json(&v)
	return v.Row
}

func (h *house) act(conversation, act, key, more string) answered {
	h.t.Helper()
	r := h.row(conversation)
	return h.do("POST", "/api/desk/conversations/"+conversation+"/"+act, key, json.RawMessage(fmt.Sprintf(`{"revision":%d,"last_user":%q%s}`, r.Revision, r.LastUser, more)))
}

func rowOf(t *testing.T, e event) (r deskRow) {
	t.Helper()
	if err := json.Unmarshal([]byte(e.data), &r); err != nil || e.name != "conversation" {
		t.Fatalf("%+v: %v", e, err)
	}
	return r
}

// What happens reaches every agent's stream, and a stream that was cut goes on where it was.
func TestDeskLive(t *testing.T) {
	h := withDesk(plan{model: turns(handOff)}).open(t)
	h.server.poll = 5 * time.Millisecond
	live := h.stream("GET", "/api/desk/events", "agent", nil)
	other := h.stream("GET", "/api/desk/events", "admin", nil)
	h.chat("ann", "c1", "m1", "My lamp broke.")
	queued := live.until(func(e event) bool { return strings.Contains(e.data, `"owner":{"kind":"queue"}`) })
	if r := rowOf(t, queued); r.ID != "c1" || r.Reason != "complaint" || r.Summary != "A broken lamp." || r.Skill != "complaint" || r.Assigned != "agent-1" || r.Waiting == nil || len(r.Viewers) != 0 {
		t.Errorf("queued %+v", r)
	}
	h.do("POST", "/api/desk/conversations/c1/presence", "admin", json.RawMessage(`{"doing":"typing"}`)).want(204)
	if r := rowOf(t, live.until(func(e event) bool { return strings.Contains(e.data, `"typing"`) })); len(r.Viewers) != 1 || r.Viewers[0].Agent != "root" {
		t.Errorf("looked at %+v", r)
	}
	live.leave()
	h.now.Add(time.Minute)
	h.act("c1", "take", "admin", "").want(200)
	taken := other.until(func(e event) bool { return strings.Contains(e.data, `"owner":{"kind":"agent"`) })
	again := h.stream("GET", "/api/desk/events", "agent", nil, "Last-Event-ID: "+queued.id)
	if r := rowOf(t, again.until(func(event) bool { return true })); r.Owner.Agent != "root" || r.Revision != rowOf(t, taken).Revision {
		t.Errorf("what was missed: %+v", r)
	}
	var agents []struct {
		ID, State string
		Open      int
	}
	h.do("GET", "/api/desk/agents", "agent", nil).want(200).json(&agents)
	if i := slices.IndexFunc(agents, func(a struct {
		ID, State string
		Open      int
	},
	) bool {
		return a.ID == "root"
	}); i < 0 || agents[i].Open != 1 {
		t.Errorf("agents %+v", agents)
	}
	h.do("POST", "/api/desk/conversations/none/presence", "agent", json.RawMessage(`{"doing":"viewing"}`)).want(404)
	h.do("POST", "/api/desk/conversations/c1/presence", "agent", json.RawMessage(`{"doing":"dancing"}`)).want(400)
	h.do("POST", "/api/desk/conversations/c1/presence", "boss", json.RawMessage(`{"doing":"viewing"}`)).want(404) // another shop's
	h.do("GET", "/api/desk/agents", "ann", nil).want(403)
	h.do("GET", "/api/desk/events", "agent", nil, "Last-Event-ID: yesterday").want(400)
}

// An agent who writes while the assistant does has the word: the turn ends as cancelled, what it wrote stays before the agent's words,
// and the shopper hears the agent at once.
func TestReplyTakesTheWord(t *testing.T) {
	slow := hold("I am still ")
	h := withDesk(plan{model: turns(slow)}).open(t)
	s := h.stream("POST", "/api/chat", "ann", say("c1", "m1", "hello"))
	<-slow.reached
	own := h.stream("GET", "/api/conversations/c1/events", "ann", nil)
	own.until(func(e event) bool { return e.name == "owner" })
	h.act("c1", "reply", "agent", `,"id":"r1","text":"Hello from a person."`).want(200)
	s.part("abort")
	if e := own.until(func(e event) bool { return e.name == "owner" }); !strings.Contains(e.data, `"agent-1"`) {
		t.Errorf("owner %s", e.data)
	}
	own.until(func(e event) bool { return e.id == "r1" })
	h.eventually(func() bool {
		var c conversationView
		h.do("GET", "/api/conversations/c1", "ann", nil).want(200).json(&c)
		said := ""
		for _, m := range c.Messages {
			said += string(m.Role) + " " + m.Text + " " + string(m.Ending) + "|"
		}
		return said == "user hello |assistant I am still  cancelled|agent Hello from a person. |"
	})
	if got := types(h.chat("ann", "c1", "m2", "thanks")); got != "start data-owner finish" {
		t.Errorf("answered with %s", got)
	}
}

// What waits at a hand-back is answered by the assistant, though nobody asks for it.
func TestHandBackIsAnswered(t *testing.T) {
	h := withDesk(plan{model: turns(handOff, llmtest.Say("Two kettles."))}).open(t)
	h.chat("ann", "c1", "m1", "My lamp broke.")
	h.act("c1", "reply", "agent", `,"id":"r1","text":"A new one is on its way."`).want(200)
	h.chat("ann", "c1", "m2", "Thanks!")
	h.chat("ann", "c1", "m3", "Have you got kettles?")
	own := h.stream("GET", "/api/conversations/c1/events", "ann", nil)
	own.until(func(e event) bool { return e.id == "m3" })
	h.act("c1", "handback", "agent", "").want(200)
	own.until(func(e event) bool { return strings.Contains(e.data, "Two kettles.") })
	h.eventually(func() bool { return h.row("c1").Owner.Kind == "assistant" })
	h.act("c1", "handback", "agent", "").refused(409, "conflict")
}

// The answer that nobody asked for is in no customer's way.
func TestHandBackKeepsNobodyWaiting(t *testing.T) {
	slow := hold("You are ")
	h := withDesk(plan{model: turns(handOff, slow, llmtest.Say("Two kettles."))}).open(t)
	h.chat("ann", "c1", "m1", "My lamp broke.")
	h.act("c1", "reply", "agent", `,"id":"r1","text":"A new one is on its way."`).want(200)
	h.chat("ann", "c1", "m2", "Thanks!")
	h.act("c1", "handback", "agent", "").want(200)
	<-slow.reached
	if got := textOf(h.chat("ann", "c1", "m3", "And kettles?")); got != "Two kettles." {
		t.Errorf("answered with %q", got)
	}
}

func TestMergeRoute(t *testing.T) {
	h := withDesk(plan{model: turns(llmtest.Say("Hello."), handOff)}).open(t)
	h.chat("ann", "c1", "m1", "kettles")
	h.chat("ann", "c2", "m1", "My lamp broke.")
	for into, status := range map[string]int{"c2": 400, "none": 404, "not/an id": 404} {
		h.act("c2", "merge", "agent", fmt.Sprintf(`,"into":%q`, into)).want(status)
	}
	var r deskRow
	h.act("c2", "merge", "agent", `,"into":"c1"`).want(200).json(&r)
	if r.ID != "c1" || r.Owner.Agent != "agent-1" || r.Waiting == nil {
		t.Errorf("%+v", r)
	}
	if from := h.row("c2"); from.Merged != "c1" || from.State != "closed" {
		t.Errorf("%+v", from)
	}
	var v struct {
		Customer struct{ Earlier []deskEarlier }
	}
	h.do("GET", "/api/desk/conversations/c1", "agent", nil).want(200).json(&v)
	if len(v.Customer.Earlier) != 1 || v.Customer.Earlier[0].ID != "c2" {
		t.Errorf("%+v", v)
	}
}

// A switched-off assistant is no reason to lose what a shopper writes to a person.
func TestPeopleAnswerWhileTheAssistantIsOff(t *testing.T) {
	off := false
	p := withDesk(plan{model: turns(handOff)})
	h := p.open(t)
	h.assistant.Off = func(string, string) bool { return off }
	h.chat("ann", "c1", "m1", "My lamp broke.")
	off = true
	if got := types(h.chat("ann", "c1", "m2", "hello?")); got != "start data-owner finish" {
		t.Errorf("answered with %s", got)
	}
	h.do("POST", "/api/chat", "ann", say("c2", "m1", "hello")).refused(503, "assistant_off")
}

// The second failure in a row goes to a person, and the wire still says that it failed.
func TestFailedTwiceGoesToAPerson(t *testing.T) {
	p := withDesk(plan{model: turns(llmtest.CutOff("Half"))})
	h := p.open(t)
	h.assistant.Opens = func(string, string, time.Time) string { return "" }
	for i, want := range []string{"assistant", "queue"} {
		ps := h.chat("ann", "c1", fmt.Sprint("m", i), "hello")
		if got := types(ps); !strings.HasSuffix(got, "error") {
			t.Errorf("it ended as %s", got)
		}
		r := h.row("c1")
		if string(r.Owner.Kind) != want {
			t.Errorf("after %d failures it is %s's", i+1, r.Owner.Kind)
		}
		if want == "queue" && (r.Reason != "assistant_failed" || !strings.Contains(r.Summary, "hello")) {
			t.Errorf("%+v", r)
		}
	}
}
