package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

var amy = shop.Principal{Tenant: "a", ID: "amy", Key: "k9", Role: shop.Agent}

func expect(w desk.Row) desk.Expect { return desk.Expect{Revision: w.Revision, LastUser: w.LastUser} }

// handOver is a commit that gives the conversation to the queue.
func handOver(b chat.Begun) chat.Commit {
	c := answer(b, "One moment.")
	c.Handoff = &chat.Handoff{Reason: "complaint", Summary: "A broken lamp.", Text: "A person takes over."}
	return c
}

func testDesk(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	commit(t, s, handOver(begin(t, s, ann, "c1", say("u1", "My lamp broke."), chat.New)))
	rows, err := s.DeskRows(ctx, agent, desk.Query{View: desk.Queue})
	must(t, err)
	if len(rows) != 1 || rows[0].Owner.Kind != chat.Queue || rows[0].Reason != "complaint" || rows[0].Gist != "A broken lamp." || rows[0].Waiting.IsZero() || len(rows[0].Clocks) != 2 || rows[0].Clocks[0].Name != desk.HandoffWait {
		t.Fatalf("queue %+v", rows)
	}
	for _, who := range []shop.Principal{ann, bob, in("b", agent), {Tenant: "a", ID: "m", Merchant: "m", Role: shop.Merchant}} {
		_, err := s.DeskRow(ctx, who, "c1")
		refused(t, err, shop.NotFound)
		_, err = s.Take(ctx, who, "c1", expect(rows[0]))
		refused(t, err, shop.NotFound)
	}
	// What the customer goes on to write is stored at once and waits since the first of it.
	waiting := rows[0].Waiting
	for i := range 2 {
		b := begin(t, s, ann, "c1", say(fmt.Sprint("more", i), "Hello?"), chat.New)
		same(t, "turn", b.Turn, "")
	}
	_, err = s.Take(ctx, agent, "c1", expect(rows[0]))
	refused(t, err, shop.Conflict)
	row, err := s.DeskRow(ctx, agent, "c1")
	must(t, err)
	same(t, "waiting", row.Waiting, waiting)
	row, sent, err := s.Reply(ctx, agent, "c1", expect(row), chat.Message{ID: "r1", Text: "Sorry, a new one is on its way."})
	must(t, err)
	if row.Owner != (chat.Owner{Kind: chat.Agent, Agent: "gus"}) || !row.Waiting.IsZero() || sent.Author != "gus" || row.Clocks[0].Ended.IsZero() {
		t.Errorf("after the reply %+v", row)
	}
	again, sent2, err := s.Reply(ctx, agent, "c1", desk.Expect{}, chat.Message{ID: "r1", Text: "Sorry, a new one is on its way."})
	must(t, err)
	if again.Revision != row.Revision || sent2.ID != "r1" {
		t.Errorf("the same reply again: %+v", again)
	}
	_, _, err = s.Reply(ctx, agent, "c1", expect(row), chat.Message{ID: "r1", Text: "Else."})
	refused(t, err, shop.Conflict)
	_, _, err = s.Reply(ctx, amy, "c1", expect(row), chat.Message{ID: "r2", Text: "Me too."})
	refused(t, err, shop.Conflict)
	_, err = s.Take(ctx, amy, "c1", expect(row))
	refused(t, err, shop.Conflict)
	_, err = s.AddNote(ctx, amy, "c1", "She is upset.")
	must(t, err)
	_, ms, err := s.Conversation(ctx, ann, "c1")
	must(t, err)
	same(t, "what the customer reads", texts(ms), "My lamp broke. | One moment. | A person takes over. | Hello? | Hello? | Sorry, a new one is on its way.")
	_, ms, err = s.Conversation(ctx, agent, "c1")
	must(t, err)
	same(t, "what the desk reads", texts(ms), "My lamp broke. | One moment. | A person takes over. | Hello? | Hello? | Sorry, a new one is on its way. | She is upset.")

	begin(t, s, ann, "c1", say("u9", "Thanks!"), chat.New)
	row, err = s.DeskRow(ctx, agent, "c1")
	must(t, err)
	same(t, "clocks", len(row.Clocks), 3)
	row, err = s.SetLabels(ctx, agent, "c1", desk.Labels{Tags: []string{"lamp"}, Priority: 2})
	must(t, err)
	same(t, "tags", strings.Join(row.Tags, " "), "lamp")
	_, err = s.SetLabels(ctx, agent, "c1", desk.Labels{Priority: 4})
	refused(t, err, shop.Invalid)
	row, err = s.HandBack(ctx, agent, "c1", expect(row), "A new lamp was sent.")
	must(t, err)
	if row.Owner.Kind != chat.Assistant || row.Segment != 1 {
		t.Errorf("handed back %+v", row)
	}
	b := begin(t, s, ann, "c1", say("u10", "Show me lamps."), chat.New)
	same(t, "the assistant reads", texts(b.History), "Thanks! | Show me lamps.") // the thanks were not answered yet
	same(t, "and the summary", b.Summary, "A new lamp was sent.")
	commit(t, s, answer(b, "Here."))
	row, err = s.DeskRow(ctx, agent, "c1")
	must(t, err)
	row, err = s.CloseConversation(ctx, agent, "c1", expect(row))
	must(t, err)
	same(t, "closed", row.Closed, true)
	counts, err := s.DeskCounts(ctx, agent)
	must(t, err)
	same(t, "open ones", len(counts), 0)
	b = begin(t, s, ann, "c1", say("u11", "And kettles?"), chat.New)
	commit(t, s, answer(b, "Here, too."))
	row, err = s.DeskRow(ctx, agent, "c1")
	must(t, err)
	same(t, "open again", row.Closed, false)
}

// Whoever takes the word stops the answer that is being written: what it wrote is kept in its place, and it gives nothing away.
func testTakenOver(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	b := begin(t, s, ann, "c1", say("u1", "hi"), chat.New)
	row, err := s.DeskRow(ctx, agent, "c1")
	must(t, err)
	row, _, err = s.Reply(ctx, agent, "c1", expect(row), chat.Message{ID: "r1", Text: "Hello from a person."})
	must(t, err)
	late := handOver(b)
	late.Ending = chat.Cancelled
	must(t, s.Commit(ctx, late))
	after, err := s.DeskRow(ctx, agent, "c1")
	must(t, err)
	if after.Owner != row.Owner || after.Reason != "" || after.Revision != row.Revision {
		t.Errorf("a late answer changed %+v to %+v", row, after)
	}
	_, ms, err := s.Conversation(ctx, ann, "c1")
	must(t, err)
	same(t, "history", texts(ms), "hi | One moment. | Hello from a person.")
	refused(t, s.Commit(ctx, late), shop.Conflict)
}

// racer acts on what it has seen of a conversation, which may be old by then.
type racer struct {
	who  shop.Principal
	seen desk.Row
}

// Two agents, the assistant and the customer act on one conversation in every order, each on what it has seen.
func testDeskInterleavings(t *testing.T, db *database) {
	n := 200
	if v, err := strconv.Atoi(os.Getenv("SHOPKEEPER_DESK_INTERLEAVINGS")); err == nil {
		n = v
	}
	s := db.shop(t)
	for seed := range n {
		if interleave(t, s, rand.New(rand.NewPCG(uint64(seed), 3)), fmt.Sprint("c", seed)); t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

func interleave(t *testing.T, s *store.Store, r *rand.Rand, id string) {
	ctx := t.Context()
	won := func(what string, err error) bool { // a Conflict or Busy is how one of them loses
		var e *shop.Error
		if err != nil && (!errors.As(err, &e) || e.Kind != shop.Conflict && e.Kind != shop.Busy) {
			t.Errorf("%s: %v", what, err)
		}
		return err == nil
	}
	var (
		written  []string // what was acknowledged, by whom it may be
		lastUser string
		owner    = chat.Owner{Kind: chat.Assistant}
		running  *chat.Begun
		lost     *chat.Begun // was overtaken and may still commit
		handoffs int
	)
	answering := map[string]bool{} // messages that a turn was opened for
	agents := []*racer{{who: agent}, {who: amy}}
	took := func(w chat.Owner) {
		if owner.Kind == chat.Assistant && w.Kind == chat.Agent && running != nil {
			lost, running = running, nil
		}
		owner = w
	}
	for step := range 24 {
		name := fmt.Sprint("s", step)
		switch r.IntN(12) {
		case 0, 1, 2: // the customer
			b, err := s.Begin(ctx, ann, id, "shopper", say(name, name), chat.New)
			if !won("message", err) {
				continue
			}
			written, lastUser = append(written, name), name
			if (b.Turn != "") != (owner.Kind == chat.Assistant) {
				t.Errorf("the assistant's turn is %q while %v owns", b.Turn, owner)
			}
			if b.Turn != "" {
				running, answering[name] = &b, true
			}
		case 3, 4: // the assistant
			if running == nil {
				continue
			}
			c := answer(*running, name)
			if r.IntN(3) == 0 {
				c.Handoff = &chat.Handoff{Reason: "other", Summary: name, Text: "notice " + name}
			}
			if !won("commit", s.Commit(ctx, c)) {
				t.Errorf("the running turn could not be committed")
			}
			written = append(written, name)
			if running.Conversation.LastUser != lastUser {
				t.Errorf("an answer to %s, and %s is the last message", running.Conversation.LastUser, lastUser)
			}
			if c.Handoff != nil {
				handoffs++
				owner = chat.Owner{Kind: chat.Queue}
			}
			running = nil
		case 5: // the assistant, late
			if lost == nil {
				continue
			}
			c := answer(*lost, name)
			c.Handoff = &chat.Handoff{Reason: "other", Summary: name, Text: "notice " + name}
			if r.IntN(2) == 0 {
				c.Ending = chat.Cancelled
			}
			var e *shop.Error
			if err := s.Commit(ctx, c); (c.Ending == chat.Cancelled) != (err == nil) || err != nil && (!errors.As(err, &e) || e.Code != chat.TakenOver) {
				t.Errorf("late commit that ended %s: %v", c.Ending, err)
			}
			written = append(written, name)
			lost = nil
		case 6: // the customer's client, which did not hear that its message arrived
			if lastUser == "" {
				continue
			}
			b, err := s.Begin(ctx, ann, id, "shopper", say(lastUser, lastUser), chat.New)
			if !won("message again", err) || b.Turn == "" {
				continue
			}
			if answering[lastUser] || owner.Kind != chat.Assistant { // else it waits for the assistant since it was handed back
				t.Errorf("the message %s opened another turn", lastUser)
			}
			running, answering[lastUser] = &b, true
		default:
			a := agents[r.IntN(2)]
			if a.seen.ID == "" || r.IntN(3) == 0 { // looks again, or acts on what it saw
				w, err := s.DeskRow(ctx, a.who, id)
				var e *shop.Error
				if errors.As(err, &e) && e.Kind == shop.NotFound && lastUser == "" {
					continue
				}
				must(t, err)
				a.seen = w
				if r.IntN(2) == 0 {
					continue
				}
			}
			mine := owner.Kind != chat.Agent || owner.Agent == a.who.ID
			switch r.IntN(7) {
			case 6:
				w, err := s.CloseConversation(ctx, a.who, id, expect(a.seen))
				if won("close", err) {
					if !mine {
						t.Errorf("%s closed what %s has", a.who.ID, owner.Agent)
					}
					if owner.Kind == chat.Assistant && running != nil {
						lost, running = running, nil
					}
					owner = w.Owner
					a.seen = w
				}
			case 0:
				w, err := s.Take(ctx, a.who, id, expect(a.seen))
				if won("take", err) {
					if !mine {
						t.Errorf("%s took what %s has", a.who.ID, owner.Agent)
					}
					took(w.Owner)
					a.seen = w
				}
			case 1:
				w, err := s.HandBack(ctx, a.who, id, expect(a.seen), "back")
				if won("hand back", err) {
					if !mine {
						t.Errorf("%s gave back what %s has", a.who.ID, owner.Agent)
					}
					took(w.Owner)
					a.seen = w
				}
			case 2:
				w, err := s.Assign(ctx, a.who, id, expect(a.seen), "")
				if won("queue", err) {
					if !mine {
						t.Errorf("%s put back what %s has", a.who.ID, owner.Agent)
					}
					if owner.Kind == chat.Assistant && running != nil {
						lost, running = running, nil
					}
					owner = w.Owner
					a.seen = w
				}
			default:
				w, _, err := s.Reply(ctx, a.who, id, expect(a.seen), chat.Message{ID: name, Text: name})
				if won("reply", err) {
					if !mine {
						t.Errorf("%s replied in what %s has", a.who.ID, owner.Agent)
					}
					if a.seen.LastUser != lastUser {
						t.Errorf("a reply to %s, and %s is the last message", a.seen.LastUser, lastUser)
					}
					written = append(written, name)
					took(w.Owner)
					a.seen = w
				}
			}
		}
		if w, err := s.DeskRow(ctx, agent, id); err == nil && w.Owner != owner {
			t.Errorf("step %d: owner %v, want %v", step, w.Owner, owner)
		}
	}
	if lastUser == "" {
		return
	}
	_, ms, err := s.Conversation(ctx, ann, id)
	must(t, err)
	count, notices := map[string]int{}, 0
	for _, m := range ms {
		if m.Role == chat.Notice {
			notices++
			continue
		}
		if m.Text != "" && m.Role != chat.Tool {
			count[m.Text]++
		}
	}
	for _, w := range written {
		if count[w] != 1 {
			t.Errorf("message %s is there %d times: %s", w, count[w], texts(ms))
		}
	}
	if notices != handoffs || len(count) != len(written) {
		t.Errorf("%d notices of %d handoffs, %d messages of %d", notices, handoffs, len(count), len(written))
	}
}
