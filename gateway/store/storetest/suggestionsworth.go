package storetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// Another desk's conversations are not ours: what is suggested for them is bound to the message that it told.
func testSuggestionsAsked(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	w := desk.Waiting{Tenant: "a", Conversation: "desk:T1", Message: "1"}
	who := shop.Principal{Tenant: "a", ID: "desk:T1", Role: shop.Shopper, Anon: true}
	told := func(w desk.Waiting, by string, n int) []desk.Suggestion {
		all := drafted(w, who, by, n)
		for i := range all {
			all[i].ID = fmt.Sprint(w.Conversation, "/", w.Message, "/", i) // whoever makes them
			all[i].Said = []chat.Message{{ID: w.Message, Role: chat.User, Text: "My lamp broke."}}
			all[i].Text += " " + by
		}
		return all
	}
	var wg sync.WaitGroup
	for i := range 4 { // asked at once
		wg.Go(func() {
			if err := s.SaveSuggestions(context.WithoutCancel(ctx), w, told(w, fmt.Sprint(i), 2+i%2)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list := func(who shop.Principal, message string) []desk.Suggestion {
		t.Helper()
		all, err := s.SuggestionsAsked(ctx, who, "desk:T1", message)
		must(t, err)
		return all
	}
	all := list(server, "1")
	if len(all) < 2 || len(all) > 3 {
		t.Fatalf("%d suggestions", len(all))
	}
	for _, x := range all {
		if x.Text != all[0].Text || x.Said == nil {
			t.Errorf("of two answers: %q, %q", all[0].Text, x.Text)
		}
	}
	for _, other := range []shop.Principal{in("b", server), in("b", agent), ann} {
		same(t, "for others", len(list(other, "1")), 0)
		_, err := s.MarkSuggestion(ctx, other, all[0].ID, desk.Mark{State: desk.Sent})
		refused(t, err, shop.NotFound)
	}
	same(t, "for the people here", len(list(agent, "1")), len(all))
	_, err := s.MarkSuggestion(ctx, server, all[0].ID, desk.Mark{State: desk.Shown})
	must(t, err)
	x, err := s.MarkSuggestion(ctx, server, all[0].ID, desk.Mark{State: desk.Sent, Distance: 0.25})
	must(t, err)
	if x.State != desk.Sent || x.Distance != 0.25 {
		t.Errorf("sent %+v", x)
	}
	_, err = s.MarkSuggestion(ctx, server, all[0].ID, desk.Mark{State: desk.Sent, Distance: 0.5}) // told twice
	must(t, err)
	_, err = s.MarkSuggestion(ctx, server, all[0].ID, desk.Mark{State: desk.Dismissed, Reason: "tone"})
	refused(t, err, shop.Conflict)
	same(t, "distance", list(server, "1")[0].Distance, 0.25)
	w.Message = "2"
	suggest(t, s, w, told(w, "x", 1))
	same(t, "of the message before", stateOf(t, s, server, all[1].ID), desk.Superseded)
	same(t, "what was sent of it", stateOf(t, s, server, all[0].ID), desk.Sent)
	same(t, "of the last", stateOf(t, s, server, "desk:T1/2/0"), desk.Generated)
	same(t, "nobody waits for us", waiting(t, s, 9), "")

	// They go with time, and with their shopper, whoever they were told to be of at first.
	cut := db.clock.Now()
	w.Message, who = "3", ann
	late := told(w, "y", 1)
	late[0].Created = cut.Add(time.Hour)
	suggest(t, s, w, late)
	old, err := s.Old(ctx, store.KeptConversations, cut)
	must(t, err)
	gone, err := s.Sweep(ctx, store.KeptConversations, cut)
	must(t, err)
	same(t, "old and swept", fmt.Sprint(old, gone), fmt.Sprint(len(all)+1, len(all)+1))
	same(t, "kept", len(kept(t, s, "suggestions")), 1)
	w.Message, who = "0", shop.Principal{Tenant: "a", ID: "desk:T1", Role: shop.Shopper, Anon: true}
	suggest(t, s, w, told(w, "z", 1))
	_, err = s.Erase(ctx, "a", "ann")
	must(t, err)
	same(t, "erased", len(kept(t, s, "suggestions")), 0)
}

// What became of suggestions is summed up from their events, and neither erasing nor a backup loses a sum.
func testSuggestionWorth(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	from := db.clock.Now()
	for i := range 30 {
		c := fmt.Sprint("c", i)
		w := queued(t, s, ann, c, "u1")
		all := drafted(w, ann, "", 1+i%3)
		for k := range all {
			all[k].Intent, all[k].Source, all[k].Prompt = []string{"orders", "policy"}[i%2], []desk.Source{desk.FromFacts, desk.FromMacro}[k%2], fmt.Sprint("p", i%2)
		}
		suggest(t, s, w, all)
		for _, m := range []desk.Mark{{State: desk.Shown}, {State: desk.Inserted}, {State: desk.Dismissed, Reason: "wrong", Note: "she is upset"}, {State: desk.Reported, Reason: "unsafe", Note: "hers"}}[:i%5] {
			_, err := s.MarkSuggestion(ctx, agent, all[0].ID, m)
			must(t, err)
		}
		row, err := s.DeskRow(ctx, agent, c)
		must(t, err)
		e := expect(row)
		if i%5 < 3 {
			e.Suggestion = all[0].ID
		}
		switch i % 4 {
		case 0:
			begin(t, s, ann, c, say("u2", "Hello?"), chat.New)
		default:
			_, _, err = s.Reply(ctx, agent, c, e, chat.Message{ID: "r1", Text: strings.Repeat("We send a new lamp.", i%4)})
			must(t, err)
		}
		db.clock.pass(7 * time.Hour)
	}
	worth := func() (sums map[string]int64, distance float64) {
		t.Helper()
		all, err := s.SuggestionWorth(ctx, "a", from, db.clock.Now())
		must(t, err)
		sums = map[string]int64{}
		for _, w := range all {
			key := w.Day + " " + w.Intent + " " + w.Source + " " + w.Prompt + " "
			for kind, n := range map[desk.SuggestionState]int64{
				desk.Generated: w.Generated, desk.Shown: w.Shown, desk.Inserted: w.Inserted, desk.Edited: w.Edited, desk.Sent: w.Sent,
				desk.Dismissed: w.Dismissed, desk.Reported: w.Reported, desk.Expired: w.Expired, desk.Superseded: w.Superseded,
			} {
				if n > 0 {
					sums[key+string(kind)] = n
				}
			}
			distance += w.Distance * float64(w.Sent)
		}
		return sums, distance
	}
	got, distance := worth()
	want, far, notes := map[string]int64{}, 0.0, 0
	for _, e := range kept(t, s, "suggestion_events") {
		day := time.UnixMicro(int64(e["at"].(float64))).UTC().Format(time.DateOnly)
		want[fmt.Sprintf("%s %s %s %s %s", day, e["intent"], e["source"], e["prompt"], e["kind"])]++
		if e["kind"] == "sent" {
			far += e["distance"].(float64)
		}
		if e["note"] != "" {
			notes++
		}
	}
	if d := cmp.Diff(want, got); d != "" || len(got) < 20 || far == 0 || notes == 0 {
		t.Fatalf("%d sums, distance %v, %d notes; (-recount +report):\n%s", len(got), far, notes, d)
	}
	if d := far - distance; d < -1e-9 || d > 1e-9 {
		t.Errorf("distance %v, want %v", distance, far)
	}
	none, err := s.SuggestionWorth(ctx, "b", from, db.clock.Now())
	must(t, err)
	same(t, "another shop's", len(none), 0)
	none, err = s.SuggestionWorth(ctx, "a", db.clock.Now(), db.clock.Now().Add(time.Hour))
	must(t, err)
	same(t, "another time's", len(none), 0)

	var file bytes.Buffer
	_, err = s.Backup(ctx, &file)
	must(t, err)
	count := len(kept(t, s, "suggestions"))
	erased := func() {
		t.Helper()
		_, err = s.Erase(ctx, "a", "ann")
		must(t, err)
		same(t, "suggestions of who is erased", len(kept(t, s, "suggestions")), 0)
		for _, e := range kept(t, s, "suggestion_events") {
			if e["note"] != "" {
				t.Errorf("a note is left: %v", e["note"])
			}
		}
		after, _ := worth()
		if d := cmp.Diff(want, after); d != "" {
			t.Errorf("the sums without their shopper (-want +got):\n%s", d)
		}
	}
	erased()
	_, err = s.Restore(ctx, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file.Bytes())), nil }, true)
	must(t, err)
	same(t, "suggestions of the backup", len(kept(t, s, "suggestions")), count)
	x, err := s.Suggestion(ctx, agent, "c1/u1/0")
	must(t, err)
	if x.Text != "We send a new lamp." || x.For.ID != "ann" {
		t.Errorf("restored %+v", x)
	}
	if after, far := worth(); len(after) != len(want) || far != distance {
		t.Errorf("restored sums %v, distance %v", after, far)
	}
	// With the accounts of calls go those of suggestions; with a conversation go its suggestions and what was noted to them.
	must(t, s.DeleteConversation(ctx, ann, "c3"))
	for _, x := range kept(t, s, "suggestions") {
		if x["conversation"] == "c3" {
			t.Error("a suggestion of what was deleted is left")
		}
	}
	for _, e := range kept(t, s, "suggestion_events") {
		if e["note"] != "" && strings.HasPrefix(e["suggestion"].(string), "c3/") {
			t.Errorf("a note is left: %v", e["note"])
		}
	}
	events := len(kept(t, s, "suggestion_events"))
	old, err := s.Old(ctx, store.KeptCalls, db.clock.Now())
	must(t, err)
	var gone int64
	for n := int64(1); n > 0; gone += n {
		n, err = s.Sweep(ctx, store.KeptCalls, db.clock.Now())
		must(t, err)
	}
	same(t, "events that are old, and swept", fmt.Sprint(old, gone, len(kept(t, s, "suggestion_events"))), fmt.Sprint(events, events, 0))
}
