package storetest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

func doc(kind shop.DocumentKind, id, text string) shop.Document {
	return shop.Document{Tenant: "a", Kind: kind, ID: id, Lang: "en", Title: id, Text: text}
}

// cited are the passages that are in force: id, version as cited, quote.
func cited(t *testing.T, s *store.Store, tenant string) string {
	t.Helper()
	var out []string
	for p, err := range s.AllPassages(t.Context(), tenant) {
		must(t, err)
		out = append(out, p.ID+" "+p.Version+" "+p.Quote)
	}
	return strings.Join(out, ", ")
}

func revisionOf(t *testing.T, s *store.Store) int64 {
	t.Helper()
	_, r, _, err := s.Revision(t.Context(), "a")
	must(t, err)
	return r
}

// Imported documents: published at once, a new version when the file says something else.
func testDocuments(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	returns := doc(shop.Policy, "returns", "30 days")
	returns.Label = "2026-01"
	must(t, s.PutDocument(ctx, returns))
	must(t, s.PutDocument(ctx, doc(shop.FAQ, "faq", "问")))
	must(t, s.PutDocument(ctx, doc(shop.Macro, "hello", "Hello")))
	theirs := doc(shop.FAQ, "faq", "b's")
	theirs.Tenant = "b"
	must(t, s.PutDocument(ctx, theirs))
	same(t, "passages", cited(t, s, "a"), "faq/faq@1#1 1 问, policy/returns@1#1 2026-01 30 days")
	before := revisionOf(t, s)
	must(t, s.PutDocument(ctx, doc(shop.FAQ, "faq", "问")))
	same(t, "revision after the same document", revisionOf(t, s), before)
	returns.Text, returns.Label = "60 days", "2026-02"
	must(t, s.PutDocument(ctx, returns))
	if revisionOf(t, s) <= before {
		t.Error("a changed document moves no revision")
	}
	same(t, "passages", cited(t, s, "a"), "faq/faq@1#1 1 问, policy/returns@2#1 2026-02 60 days")
	ps, err := s.Passages(ctx, "a", []string{"policy/returns@2#1", "policy/returns@1#1", "none", "faq/faq@1#1"})
	must(t, err)
	if len(ps) != 2 || ps[0].Version != "2026-02" || ps[1].Quote != "问" {
		t.Errorf("passages %+v", ps)
	}
	same(t, "another tenant's", cited(t, s, "b"), "faq/faq@1#1 1 b's")

	// What a person made of it stays while the file is what it was.
	edited := doc(shop.Policy, "returns", "90 days")
	edited.Author = "gus"
	d, err := s.SaveDocument(ctx, edited, 2)
	must(t, err)
	_, err = s.Publish(ctx, admin, shop.Policy, "returns", shop.Publication{Version: d.Version})
	must(t, err)
	must(t, s.PutDocument(ctx, returns))
	same(t, "edited, then imported again", cited(t, s, "a"), "faq/faq@1#1 1 问, policy/returns@3#1 3 90 days")
	returns.Text = "10 days"
	must(t, s.PutDocument(ctx, returns))
	same(t, "edited, then imported anew", cited(t, s, "a"), "faq/faq@1#1 1 问, policy/returns@4#1 2026-02 10 days")

	unknown := doc(shop.FAQ, "x", "x")
	unknown.Tenant = "unknown"
	refused(t, s.PutDocument(ctx, unknown), shop.NotFound)
	refused(t, s.PutDocument(ctx, doc("poem", "x", "x")), shop.Invalid)
	refused(t, s.PutDocument(ctx, doc(shop.FAQ, "", "x")), shop.Invalid)
}

// A document's life: drafts behind drafts, one published, reverted, withdrawn.
func testKnowledge(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	publish := func(version int64) error {
		_, err := s.Publish(ctx, admin, shop.FAQ, "gifts", shop.Publication{Version: version})
		return err
	}
	save := func(text string, base int64) (shop.Document, error) {
		d := doc(shop.FAQ, "gifts", text)
		d.Author = "gus"
		return s.SaveDocument(ctx, d, base)
	}
	_, err := s.Versions(ctx, "a", shop.FAQ, "gifts")
	refused(t, err, shop.NotFound)
	d, err := save("We wrap.", 0)
	must(t, err)
	if d.Version != 1 || d.State != shop.Draft || d.Changed.IsZero() {
		t.Errorf("saved %+v", d)
	}
	_, err = save("Mine.", 0)
	refused(t, err, shop.Conflict)
	_, err = save("We wrap for $3.", 1)
	must(t, err)
	same(t, "a draft is cited", cited(t, s, "a"), "")
	must(t, publish(2))
	same(t, "in force", cited(t, s, "a"), "faq/gifts@2#1 2 We wrap for $3.")
	refused(t, publish(2), shop.Conflict)
	refused(t, publish(9), shop.NotFound)
	_, err = s.Publish(ctx, in("b", admin), shop.FAQ, "gifts", shop.Publication{Version: 1})
	refused(t, err, shop.NotFound)

	_, err = save("We wrap.", 2) // reverted
	must(t, err)
	must(t, publish(3))
	same(t, "reverted", cited(t, s, "a"), "faq/gifts@3#1 3 We wrap.")
	vs, err := s.Versions(ctx, "a", shop.FAQ, "gifts")
	must(t, err)
	got := ""
	for _, v := range vs {
		got += string(v.State) + " " + v.Text + "; "
	}
	same(t, "versions", got, "published We wrap.; published We wrap for $3.; draft We wrap.; ")

	es, err := s.Entries(ctx, "a", shop.EntryQuery{Kind: shop.FAQ, State: shop.Published})
	must(t, err)
	if len(es) != 1 || es[0].InForce == nil || es[0].InForce.Version != 3 {
		t.Errorf("entries %+v", es)
	}
	must(t, s.Withdraw(ctx, admin, shop.FAQ, "gifts", 3))
	same(t, "the newest withdrawn", cited(t, s, "a"), "faq/gifts@2#1 2 We wrap for $3.")
	must(t, s.Withdraw(ctx, admin, shop.FAQ, "gifts", 0))
	same(t, "all withdrawn", cited(t, s, "a"), "")
	refused(t, publish(3), shop.Conflict)
	refused(t, s.Withdraw(ctx, admin, shop.FAQ, "none", 0), shop.NotFound)
	refused(t, s.Withdraw(ctx, admin, shop.FAQ, "gifts", 9), shop.NotFound)
	for state, want := range map[shop.DocumentState]int{shop.Withdrawn: 1, shop.Published: 0, shop.Draft: 0, "": 1} {
		es, err := s.Entries(ctx, "a", shop.EntryQuery{State: state})
		must(t, err)
		same(t, "entries "+string(state), len(es), want)
	}
	log, err := s.Audit(ctx, "a", time.Time{}, 10)
	must(t, err)
	var acts []string
	for _, e := range log {
		acts = append(acts, e.Act+" "+e.Object+" "+e.Actor)
	}
	same(t, "audit", strings.Join(acts, "; "), "knowledge_withdrawn faq/gifts@2 admin//id/ada; knowledge_withdrawn faq/gifts@3 admin//id/ada; knowledge_published faq/gifts@3 admin//id/ada; knowledge_published faq/gifts@2 admin//id/ada")
}

// Versions come into force and end by themselves; each time the revision moves on, so that indexes hear of it.
func testKnowledgeDates(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	start := db.clock.Now()
	publish := func(text string, base int64, from, until time.Duration) {
		t.Helper()
		d, err := s.SaveDocument(ctx, doc(shop.Macro, "hours", text), base)
		must(t, err)
		p := shop.Publication{Version: d.Version}
		if from > 0 {
			p.Effective = start.Add(from)
		}
		if until > 0 {
			p.Ends = start.Add(until)
		}
		_, err = s.Publish(ctx, admin, shop.Macro, "hours", p)
		must(t, err)
		d, err = s.SaveDocument(ctx, doc(shop.Policy, "hours", text), base)
		must(t, err)
		_, err = s.Publish(ctx, admin, shop.Policy, "hours", shop.Publication{Version: d.Version, Effective: p.Effective, Ends: p.Ends})
		must(t, err)
	}
	publish("nine to five", 0, 0, 0)
	publish("closed for the holidays", 1, 10*time.Hour, 20*time.Hour)
	publish("eight to six", 2, 30*time.Hour, 0)
	publish("nine to half past five", 3, 0, 0)
	last := int64(0)
	for _, step := range []struct {
		after time.Duration
		want  string
		moved bool
	}{
		{time.Hour, "nine to half past five", true},
		{2 * time.Hour, "nine to half past five", false},
		{11 * time.Hour, "closed for the holidays", true},
		{21 * time.Hour, "nine to half past five", true},
		{31 * time.Hour, "eight to six", true},
	} {
		db.clock.pass(start.Add(step.after).Sub(db.clock.Now()))
		ms, err := s.Macros(ctx, "a", "en", db.clock.Now())
		must(t, err)
		if len(ms) != 1 || ms[0].Text != step.want {
			t.Errorf("after %v the macro is %+v, want %q", step.after, ms, step.want)
		}
		if got := cited(t, s, "a"); !strings.HasSuffix(got, step.want) || strings.Contains(got, ",") {
			t.Errorf("after %v cited %q, want %q", step.after, got, step.want)
		}
		now := revisionOf(t, s)
		if now < last || (now > last) != step.moved {
			t.Errorf("after %v the revision went from %d to %d", step.after, last, now)
		}
		last = now
	}
	ms, err := s.Macros(ctx, "a", "zh", db.clock.Now())
	must(t, err)
	same(t, "macros of another language", len(ms), 0)
	ms, err = s.Macros(ctx, "a", "", start.Add(15*time.Hour))
	must(t, err)
	same(t, "macros of another time", ms[0].Text, "closed for the holidays")
	planned := doc(shop.Macro, "planned", "x")
	planned.Effective, planned.Ends = start.Add(100*time.Hour), start.Add(200*time.Hour)
	d, err := s.SaveDocument(ctx, planned, 0)
	must(t, err)
	d, err = s.Publish(ctx, admin, shop.Macro, "planned", shop.Publication{Version: d.Version})
	must(t, err)
	if !d.Effective.Equal(planned.Effective) || !d.Ends.Equal(planned.Ends) {
		t.Errorf("published as %v to %v, the draft says %v to %v", d.Effective, d.Ends, planned.Effective, planned.Ends)
	}
	d, err = s.SaveDocument(ctx, doc(shop.Macro, "hours", "x"), 4)
	must(t, err)
	_, err = s.Publish(ctx, admin, shop.Macro, "hours", shop.Publication{Version: d.Version, Ends: start})
	refused(t, err, shop.Invalid)
}

// One draft a suggestion, however often and from however many sides it is proposed.
func testPropose(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	d := doc(shop.Macro, "", "We are sorry.")
	refused(t, s.Propose(ctx, d), shop.Invalid)
	d.Origin = "suggestion:S1"
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := s.Propose(context.WithoutCancel(ctx), d); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	es, err := s.Entries(ctx, "a", shop.EntryQuery{})
	must(t, err)
	if len(es) != 1 || es[0].Newest.Version != 1 || es[0].Newest.ID != "suggestion-s1" || !es[0].Candidate() {
		t.Fatalf("entries %+v", es)
	}
	must(t, s.Withdraw(ctx, admin, shop.Macro, "suggestion-s1", 1))
	must(t, s.Propose(ctx, d))
	vs, err := s.Versions(ctx, "a", shop.Macro, "suggestion-s1")
	must(t, err)
	same(t, "versions of a dismissed one", len(vs), 1)
	d.ID, d.Origin = "suggestion-s1", "suggestion:S2" // a better text for the same document
	must(t, s.Propose(ctx, d))
	d.Tenant, d.Origin = "b", "suggestion:S1"
	must(t, s.Propose(ctx, d))
	vs, err = s.Versions(ctx, "a", shop.Macro, "suggestion-s1")
	must(t, err)
	same(t, "versions", len(vs), 2)
	edited, err := s.SaveDocument(ctx, doc(shop.Macro, "suggestion-s1", "Sorry!"), 2)
	must(t, err)
	same(t, "origin of what a person made of it", edited.Origin, "suggestion:S2")
}
