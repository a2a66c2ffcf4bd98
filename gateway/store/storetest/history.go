package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

func testBegin(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	b := begin(t, s, ann, "c1", say("u1", "Show me kettles"), chat.New)
	same(t, "number", b.Number, 1)
	same(t, "turns", b.Conversation.Turns, 1)
	same(t, "history", texts(b.History), "Show me kettles")
	same(t, "owner", b.Conversation.Owner.Kind, chat.Assistant)
	same(t, "title", b.Conversation.Title, "Show me kettles")
	same(t, "language", b.Conversation.Lang, "en")
	same(t, "task", b.Conversation.Task, "shopper")
	same(t, "whose", b.Conversation.For, ann)
	if b.Turn == "" || b.Repeated != nil || b.Running != "" || b.History[0].Role != chat.User || b.History[0].At.IsZero() || b.History[0].Turn != b.Turn {
		t.Errorf("begun %+v", b)
	}

	t.Run("stored when it returns", func(t *testing.T) {
		other := db.open(t) // another process
		got, err := other.Read(ctx, ann, "c1")
		must(t, err)
		same(t, "history", texts(got.History), "Show me kettles")
		same(t, "running", got.Running, b.Turn)
		same(t, "turn", got.Turn, "")
	})
	t.Run("busy", func(t *testing.T) {
		_, err := s.Begin(ctx, ann, "c1", "shopper", say("u2", "cheaper"), chat.New)
		refused(t, err, shop.Busy)
		_, err = s.Begin(ctx, ann, "c1", "shopper", chat.Message{}, chat.Regenerate)
		refused(t, err, shop.Busy)
		got, err := s.Read(ctx, ann, "c1")
		must(t, err)
		same(t, "history after a busy message", texts(got.History), "Show me kettles")
		same(t, "revision after a busy message", got.Conversation.Revision, b.Conversation.Revision)
	})
	t.Run("another conversation is not busy", func(t *testing.T) {
		same(t, "number", begin(t, s, ann, "c2", say("u1", "你好"), chat.New).Number, 1)
		got, err := s.Read(ctx, ann, "c2")
		must(t, err)
		same(t, "language", got.Conversation.Lang, "zh")
	})
	t.Run("without ids", func(t *testing.T) {
		_, err := s.Begin(ctx, ann, "", "shopper", say("u1", "x"), chat.New)
		refused(t, err, shop.Invalid)
		if b := begin(t, s, ann, "c3", chat.Message{Text: "no id", Role: chat.Bot}, chat.New); b.History[0].ID == "" || b.History[0].Role != chat.User {
			t.Errorf("message %+v", b.History[0])
		}
	})
	t.Run("nothing is there", func(t *testing.T) {
		_, err := s.Read(ctx, ann, "none")
		refused(t, err, shop.NotFound)
		_, err = s.Begin(ctx, ann, "none", "shopper", chat.Message{}, chat.Regenerate)
		refused(t, err, shop.Invalid)
		_, err = s.Read(ctx, ann, "none")
		refused(t, err, shop.NotFound) // a refused message leaves no conversation behind
	})
}

func testCommit(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	b := begin(t, s, ann, "c1", say("u1", "Show me kettles"), chat.New)
	c := answer(b, "Two kettles.")
	commit(t, s, c)

	got, err := s.Read(ctx, ann, "c1")
	must(t, err)
	same(t, "history", texts(got.History), "Show me kettles | Two kettles.")
	same(t, "running", got.Running, "")
	if len(got.History) != 4 {
		t.Fatalf("%d messages, want 4", len(got.History))
	}
	if got.Conversation.Revision <= b.Conversation.Revision {
		t.Error("the revision did not move")
	}
	if !got.Conversation.Updated.After(b.Conversation.Updated) {
		t.Error("the time of the last change did not move")
	}
	for i, m := range got.History[1:] {
		want := c.Messages[i]
		if m.ID == "" || m.Turn != b.Turn {
			t.Errorf("message %d has id %q, turn %q", i, m.ID, m.Turn)
		}
		want.ID, want.Turn = m.ID, m.Turn
		if d := cmp.Diff(want, m); d != "" {
			t.Errorf("message %d: %s", i, d)
		}
	}
	if d := cmp.Diff(c.Evidence, got.Evidence); d != "" {
		t.Errorf("evidence: %s", d)
	}
	t.Run("two results under one id", func(t *testing.T) {
		b := begin(t, s, ann, "c9", say("u1", "kettles"), chat.New)
		c := answer(b, "Two.")
		again := c.Messages[1]
		again.Text = `{"total":2}`
		c.Messages = slices.Insert(c.Messages, 2, again)
		commit(t, s, c)
		got, err := s.Read(ctx, ann, "c9")
		must(t, err)
		if d := cmp.Diff(c.Evidence, got.Evidence); d != "" {
			t.Errorf("evidence: %s", d)
		}
	})
	t.Run("twice", func(t *testing.T) {
		refused(t, s.Commit(ctx, c), shop.Conflict)
	})
	t.Run("in vain", func(t *testing.T) {
		b := begin(t, s, ann, "c1", say("u2", "cheaper"), chat.New)
		wrong := answer(b, "Never.")
		wrong.Revision++
		refused(t, s.Commit(ctx, wrong), shop.Conflict)
		wrong = answer(b, "Never.")
		wrong.Turn = "unknown"
		refused(t, s.Commit(ctx, wrong), shop.Conflict)
		wrong = answer(b, "Never.")
		wrong.Conversation = "unknown"
		refused(t, s.Commit(ctx, wrong), shop.NotFound)
		got, err := s.Read(ctx, ann, "c1")
		must(t, err)
		same(t, "history", texts(got.History), "Show me kettles | Two kettles. | cheaper")
		same(t, "running", got.Running, b.Turn)
		commit(t, s, answer(b, "One for less."))
	})
	t.Run("numbers go up, evidence is kept", func(t *testing.T) {
		b := begin(t, s, ann, "c1", say("u3", "thanks"), chat.New)
		same(t, "number", b.Number, 3)
		same(t, "evidence", len(b.Evidence), 2)
		same(t, "title", b.Conversation.Title, "Show me kettles")
		same(t, "history", texts(b.History), "Show me kettles | Two kettles. | cheaper | One for less. | thanks")
		c := answer(b, "")
		c.Messages, c.Evidence, c.Ending = nil, nil, chat.Failed
		commit(t, s, c) // a turn that failed before a word
		same(t, "number", begin(t, s, ann, "c1", say("u4", "again"), chat.New).Number, 4)
	})
}

func testRepeated(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	b := begin(t, s, ann, "c1", say("u1", "kettles"), chat.New)
	again := begin(t, s, ann, "c1", say("u1", "kettles"), chat.New)
	same(t, "running", again.Running, b.Turn)
	same(t, "turn", again.Turn, "")
	_, err := s.Begin(ctx, ann, "c1", "shopper", say("u1", "lamps"), chat.New)
	refused(t, err, shop.Conflict)

	c := answer(b, "Two kettles.")
	// A card that a message holds too is kept once; one that differs, or that no message holds, is kept with the event.
	for i, card := range []shop.Card{c.Messages[1].Cards[0], {Kind: "products", ID: "p", Data: []byte(`{"total":2}`)}, {Kind: "policy", ID: "q", Data: []byte(`{}`)}} {
		c.Events = slices.Insert(c.Events, 1+i, chat.Event{ID: c.Events[0].ID + int64(i) + 5, Turn: b.Turn, Kind: chat.EvCard, Card: &card})
	}
	commit(t, s, c)
	again = begin(t, s, ann, "c1", say("u1", "kettles"), chat.New)
	if again.Turn != "" || again.Running != "" || again.Repeated == nil {
		t.Fatalf("begun %+v", again)
	}
	r := again.Repeated
	same(t, "turn", r.Turn, b.Turn)
	same(t, "ending", r.Ending, chat.Completed)
	same(t, "rung", r.Rung, "rules")
	same(t, "prompt", r.Prompt, "hash")
	same(t, "struck", r.Struck, 1)
	same(t, "usage", r.Usage, c.Usage)
	same(t, "answer", texts(r.Messages), "Two kettles.")
	if d := cmp.Diff(c.Events, r.Events); d != "" {
		t.Errorf("events: %s", d)
	}
	if d := cmp.Diff(c.Evidence, r.Evidence); d != "" {
		t.Errorf("evidence: %s", d)
	}
	_, err = s.Begin(ctx, ann, "c1", "shopper", say("u1", "lamps"), chat.Interrupt)
	refused(t, err, shop.Conflict)
	// Long after: the same message still means the same turn.
	turn(t, s, ann, "c1", say("u2", "lamps"), "Three lamps.")
	again = begin(t, s, ann, "c1", say("u1", "kettles"), chat.New)
	if again.Repeated == nil || texts(again.Repeated.Messages) != "Two kettles." {
		t.Errorf("begun %+v", again)
	}
	// Ids are a conversation's own.
	if b := begin(t, s, ann, "c2", say("u1", "lamps"), chat.New); b.Turn == "" {
		t.Errorf("begun %+v", b)
	}
}

func testRegenerate(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	turn(t, s, ann, "c1", say("u1", "kettles"), "One.")
	turn(t, s, ann, "c1", say("u2", "cheaper"), "Two.")
	b := begin(t, s, ann, "c1", say("ignored", "ignored"), chat.Regenerate)
	same(t, "history", texts(b.History), "kettles | One. | cheaper")
	same(t, "number", b.Number, 3)
	same(t, "last user", b.Conversation.LastUser, "u2")
	got, err := s.Read(ctx, ann, "c1")
	must(t, err)
	same(t, "history meanwhile", texts(got.History), "kettles | One. | cheaper | Two.")
	commit(t, s, answer(b, "Three."))
	got, err = s.Read(ctx, ann, "c1")
	must(t, err)
	same(t, "history", texts(got.History), "kettles | One. | cheaper | Three.")
	_, ms, err := s.Conversation(ctx, ann, "c1")
	must(t, err)
	same(t, "all that was said", texts(ms), "kettles | One. | cheaper | [Two.] | Three.")

	t.Run("a failed one leaves the old answer", func(t *testing.T) {
		b := begin(t, s, ann, "c1", chat.Message{}, chat.Regenerate)
		c := answer(b, "")
		c.Messages, c.Ending = nil, chat.Failed
		commit(t, s, c)
		got, err := s.Read(ctx, ann, "c1")
		must(t, err)
		same(t, "history", texts(got.History), "kettles | One. | cheaper | Three.")
	})
	t.Run("the message again gets the newest answer", func(t *testing.T) {
		commit(t, s, answer(begin(t, s, ann, "c1", chat.Message{}, chat.Regenerate), "Four."))
		b := begin(t, s, ann, "c1", say("u2", "cheaper"), chat.New)
		if b.Repeated == nil || texts(b.Repeated.Messages) != "Four." {
			t.Errorf("begun %+v", b)
		}
		_, ms, err := s.Conversation(ctx, ann, "c1")
		must(t, err)
		same(t, "all that was said", texts(ms), "kettles | One. | cheaper | [Two.] | [Three.] | Four.")
	})
	t.Run("interrupted", func(t *testing.T) {
		old := begin(t, s, ann, "c1", chat.Message{}, chat.Regenerate)
		b := begin(t, s, ann, "c1", say("u3", "stop"), chat.Interrupt)
		commit(t, s, answer(old, "Half")) // what it wrote takes the old answer's place, as if it had been stopped
		commit(t, s, answer(b, "Stopped."))
		got, err := s.Read(ctx, ann, "c1")
		must(t, err)
		same(t, "history", texts(got.History), "kettles | One. | cheaper | Half | stop | Stopped.")
	})
}

func testInterrupt(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	first := begin(t, s, ann, "c1", say("u1", "kettles"), chat.New)
	b := begin(t, s, ann, "c1", say("u2", "no, lamps"), chat.Interrupt)
	same(t, "history", texts(b.History), "kettles | no, lamps")
	same(t, "number", b.Number, 2)
	late := answer(first, "Two ket")
	late.Ending = chat.Cancelled
	commit(t, s, late)
	got, err := s.Read(ctx, ann, "c1")
	must(t, err)
	same(t, "history", texts(got.History), "kettles | Two ket | no, lamps")
	same(t, "running", got.Running, b.Turn)
	same(t, "revision", got.Conversation.Revision, b.Conversation.Revision)
	refused(t, s.Commit(ctx, late), shop.Conflict)
	commit(t, s, answer(b, "Three lamps."))
	got, err = s.Read(ctx, ann, "c1")
	must(t, err)
	same(t, "history", texts(got.History), "kettles | Two ket | no, lamps | Three lamps.")

	t.Run("its message again", func(t *testing.T) {
		again := begin(t, s, ann, "c1", say("u1", "kettles"), chat.New)
		if again.Repeated == nil || again.Repeated.Ending != chat.Cancelled || texts(again.Repeated.Messages) != "Two ket" {
			t.Errorf("begun %+v", again.Repeated)
		}
	})
	t.Run("its message again before its commit came", func(t *testing.T) {
		begin(t, s, ann, "c2", say("u1", "kettles"), chat.New)
		begin(t, s, ann, "c2", say("u2", "lamps"), chat.Interrupt)
		again := begin(t, s, ann, "c2", say("u1", "kettles"), chat.New)
		if again.Repeated == nil || again.Repeated.Ending != chat.Cancelled || len(again.Repeated.Events) == 0 || again.Turn != "" {
			t.Errorf("begun %+v", again)
		}
	})
	t.Run("nothing to interrupt", func(t *testing.T) {
		same(t, "number", begin(t, s, ann, "c3", say("u1", "kettles"), chat.Interrupt).Number, 1)
	})
	t.Run("the running message itself", func(t *testing.T) {
		b := begin(t, s, ann, "c4", say("u1", "kettles"), chat.New)
		same(t, "running", begin(t, s, ann, "c4", say("u1", "kettles"), chat.Interrupt).Running, b.Turn)
	})
}

func testSummary(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	turn(t, s, ann, "c1", say("u1", "kettles"), "One.")
	turn(t, s, ann, "c1", say("u2", "lamps"), "Two.")
	b := begin(t, s, ann, "c1", say("u3", "shoes"), chat.New)
	c := answer(b, "Three.")
	c.Summary, c.Summarised = "They looked at kettles.", 4 // u1 and the three messages of its answer
	commit(t, s, c)
	b = begin(t, s, ann, "c1", say("u4", "toys"), chat.New)
	same(t, "summary", b.Summary, "They looked at kettles.")
	same(t, "summarised", b.Summarised, 4)
	same(t, "what it does not cover", texts(b.History[b.Summarised:]), "lamps | Two. | shoes | Three. | toys")
	commit(t, s, answer(b, "Four.")) // without a summary: the old one stays
	got, err := s.Read(ctx, ann, "c1")
	must(t, err)
	same(t, "summary", got.Summary, "They looked at kettles.")
	same(t, "summarised", got.Summarised, 4)
	same(t, "evidence", len(got.Evidence), 4)

	b = begin(t, s, ann, "c1", chat.Message{}, chat.Regenerate)
	same(t, "summarised of a regenerated turn", b.Summarised, 4)
	c = answer(b, "Five.")
	c.Summary, c.Summarised = "Kettles, lamps.", 8
	commit(t, s, c)
	got, err = s.Read(ctx, ann, "c1")
	must(t, err)
	for _, e := range got.Evidence { // that of the replaced answer too
		same(t, "evidence of "+e.Turn, string(e.Output), `{"total":1}`)
	}
	same(t, "summary", got.Summary, "Kettles, lamps.")
	same(t, "what it does not cover", texts(got.History[got.Summarised:]), "shoes | Three. | toys | Five.")
}

// A turn whose process is silent for 20 seconds is in nobody's way; a living one is, for as long as it says so.
func testLostProcess(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	b := begin(t, s, ann, "c1", say("u1", "kettles"), chat.New)
	db.clock.pass(15 * time.Second)
	_, err := s.Begin(ctx, ann, "c1", "shopper", say("u2", "lamps"), chat.New)
	refused(t, err, shop.Busy)
	db.clock.pass(10 * time.Second)
	got, err := s.Read(ctx, ann, "c1")
	must(t, err)
	same(t, "running", got.Running, "")
	t.Run("its message again is answered", func(t *testing.T) {
		again := begin(t, s, ann, "c1", say("u1", "kettles"), chat.New)
		if again.Turn == "" || again.Turn == b.Turn || again.Number != 2 {
			t.Fatalf("begun %+v", again)
		}
		same(t, "history", texts(again.History), "kettles")
		refused(t, s.Commit(ctx, answer(b, "Too late.")), shop.Conflict)
		commit(t, s, answer(again, "Two kettles."))
		got, err := s.Read(ctx, ann, "c1")
		must(t, err)
		same(t, "history", texts(got.History), "kettles | Two kettles.")
	})
	t.Run("another message goes on", func(t *testing.T) {
		begin(t, s, ann, "c2", say("u1", "kettles"), chat.New)
		db.clock.pass(25 * time.Second)
		b := begin(t, s, ann, "c2", say("u2", "lamps"), chat.New)
		same(t, "history", texts(b.History), "kettles | lamps")
		_, err := s.Begin(ctx, ann, "c2", "shopper", say("u1", "kettles"), chat.New)
		refused(t, err, shop.Conflict) // the conversation went on without it
	})
}

func testAbandonTurns(t *testing.T, db *database) {
	dead := db.shop(t)
	ctx := t.Context()
	lost := begin(t, dead, ann, "c1", say("u1", "kettles"), chat.New)
	_, _, err := dead.Claim(ctx, ann, "key", [32]byte{1})
	must(t, err)
	s := db.open(t)
	mine := begin(t, s, ann, "c2", say("u1", "lamps"), chat.New)
	n, err := s.AbandonTurns(ctx)
	must(t, err)
	same(t, "abandoned", n, 1)
	commit(t, s, answer(mine, "Mine lives."))
	refused(t, dead.Commit(ctx, answer(lost, "Too late.")), shop.Conflict)
	b := begin(t, s, ann, "c1", say("u1", "kettles"), chat.New)
	same(t, "number", b.Number, 2)
	commit(t, s, answer(b, "Two kettles."))
	n, err = s.AbandonTurns(ctx)
	must(t, err)
	same(t, "abandoned", n, 0)
	if _, found, err := s.Claim(ctx, ann, "key", [32]byte{1}); err != nil || found {
		t.Errorf("the lost request's key: found %v, %v", found, err)
	}
}
