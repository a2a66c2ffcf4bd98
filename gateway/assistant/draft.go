package assistant

import (
	"context"
	"slices"
	"strings"

	"shopkeeper/gateway/chat"
	"shopkeeper/prompts"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// Drafting asks for an answer to what a customer wrote last that nobody has seen yet.
type Drafting struct {
	Who          shop.Principal // who may send it: staff of the tenant, or the shop's own server
	Conversation chat.Conversation
	Messages     []chat.Message // oldest first, as the history has them
	Evidence     []chat.Evidence
	Last         bool // by the alias's last rung, where it has several
}

// Draft is an answer that was made with reads and planned writes: nothing is stored and nothing is done.
type Draft struct {
	Text     string
	Lang     string
	Cards    []shop.Card    // what its facts come from
	Proposal *shop.Proposal // planned, the last one if there are several
	Evidence []chat.Evidence
	Used     []Used // the passages that the text rests on
	Ending   chat.Ending
	Rung     string
	Prompt   string // version
	Struck   int
	Failures int // of tools
}

// drafted bounds how much of a conversation a draft is made from.
const drafted = 40

// Draft runs a task's loop once over a conversation, beside it: no turn is opened, no event is sent, no proposal is kept. What the
// customer wrote in a row since the last answer is one message. An error is an answer that never began.
func (a *Assistant) Draft(ctx context.Context, task Task, d Drafting) (Draft, error) {
	ms := conversed(d.Messages, d.Conversation.Lang)
	if len(ms) == 0 || ms[len(ms)-1].Role != chat.User {
		return Draft{}, &shop.Error{Kind: shop.Invalid, Msg: "There is no message to answer."}
	}
	if err := a.enter(); err != nil {
		return Draft{}, err
	}
	defer a.turns.Done()
	o := &opening{
		turn:   Turn{Who: d.Who, Task: task.Name, Conversation: d.Conversation.ID, Message: ms[len(ms)-1]},
		task:   task,
		tenant: a.tenant(d.Who.Tenant),
		begun:  chat.Begun{Conversation: d.Conversation, Turn: a.newID(), History: ms, Evidence: d.Evidence},
		lang:   d.Conversation.Lang,
	}
	if o.lang == "" {
		o.lang = text.Lang(o.turn.Message.Text)
	}
	o.turn.Zone, o.turn.Message.At = o.tenant.Zone, a.now()
	o.ctx, o.cancel = context.WithCancelCause(ctx)
	defer o.cancel(nil)
	r := a.newRun(o, nil)
	r.draft, r.lowered = true, d.Last
	ctx, cancel := context.WithTimeoutCause(o.ctx, r.limits.Time, errTime)
	defer cancel()
	ending, _ := r.loop(ctx)
	r.flush(true)
	out := Draft{Lang: o.lang, Proposal: r.planned, Evidence: r.evidence, Ending: ending, Rung: r.rung, Prompt: r.prompt.Version, Struck: r.struck, Failures: r.failures}
	var said []string
	for _, m := range r.messages {
		if m.Role == chat.Bot && !blank(m.Text) && len(m.Calls) == 0 {
			said = append(said, strings.TrimSpace(m.Text))
		}
		out.Cards = append(out.Cards, m.Cards...)
	}
	out.Text, out.Used = cite(strings.Join(said, "\n\n"), passagesOf(r.evidence))
	return out, context.Cause(o.ctx)
}

// conversed is a conversation between a customer and who answered: people's replies are answers, notes and notices are not there,
// what was asked for a person is no call. Messages in a row are one.
func conversed(ms []chat.Message, lang string) (out []chat.Message) {
	passed := map[string]bool{}
	for _, m := range ms[max(0, len(ms)-4*drafted):] {
		m.Text = m.Read(lang)
		switch m.Role {
		case chat.Notice, chat.Note:
			continue
		case chat.Person:
			m.Role = chat.Bot
		case chat.Bot:
			m.Calls = slices.DeleteFunc(slices.Clone(m.Calls), func(c chat.ToolCall) bool {
				passed[c.ID] = passed[c.ID] || c.Name == "hand_off"
				return c.Name == "hand_off"
			})
			if blank(m.Text) && len(m.Calls) == 0 {
				continue
			}
		case chat.Tool:
			if passed[m.CallID] {
				continue
			}
		}
		if n := len(out); n > 0 && m.Role == chat.User && out[n-1].Role == chat.User && !m.Replaced {
			m.Text = out[n-1].Text + "\n" + m.Text
			out = out[:n-1]
		}
		out = append(out, m)
	}
	from := max(0, len(out)-drafted)
	for from < len(out) && out[from].Role != chat.User { // calls and their results stay together
		from++
	}
	return out[from:]
}

// quoted is a request's conversation with the customer's words as data.
func quoted(ms []chat.Message) []chat.Message {
	out := slices.Clone(ms)
	for i, m := range out {
		if m.Role == chat.User {
			out[i].Text = prompts.Customer(m.Text)
		}
	}
	return out
}

// knows is what a conversation proves to people of the shop: it holds what was looked up and said, and how its proposals stand.
func (a *Assistant) knows(tenant string, said []chat.Message, known []chat.Evidence, proposals []shop.Proposal) *evidence {
	t := a.tenant(tenant)
	r := run{a: a, o: &opening{turn: Turn{Zone: t.Zone}}}
	e := newEvidence(t.Currency, r.zone(), a.shopTime())
	e.deeds.person = true
	for _, k := range known {
		e.add(k.Call.Name, k.Output)
	}
	for _, m := range said {
		e.heard(m)
	}
	for _, p := range proposals {
		e.proposed(p.Tool, p.State)
	}
	return e
}

// Undone says whether a text of a person claims that something was done that was not.
func (a *Assistant) Undone(tenant string, said []chat.Message, known []chat.Evidence, proposals []shop.Proposal, written string) bool {
	g := newPromises(a.knows(tenant, said, known, proposals))
	g.Write(written)
	g.Flush()
	return g.Struck() > 0
}

// Unproven is the first sentence of a person's text that the guard strikes something out of, as it was written; "" when there is none.
// What people promise is theirs; figures, and that something was done, have to be so.
func (a *Assistant) Unproven(tenant string, said []chat.Message, known []chat.Evidence, proposals []shop.Proposal, written string) string {
	e := a.knows(tenant, said, known, proposals)
	g := newJudge(e)
	clean := g.Write(written)
	clean += g.Flush()
	if g.Struck() == 0 {
		return ""
	}
	for _, sentence := range sentencesOf(written) {
		one := newJudge(e)
		one.Write(sentence)
		one.Flush()
		if one.Struck() > 0 {
			return sentence
		}
	}
	return strings.TrimSpace(clean) // only the sentences together say it
}
